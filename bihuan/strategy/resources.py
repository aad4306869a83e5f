"""The lists of targets and of what was achieved: read-only, written by signed plans and reports."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Count, QuerySet, Sum
from django.utils.translation import gettext

from bihuan.kernel.errors import text
from bihuan.kernel.money import show
from bihuan.kit.access import Viewer
from bihuan.kit.crud import Columns, Fields, Filters, resource
from bihuan.process.public import SourcedResource

from .models import Achievement, Target
from .queries import targets_of_units, visible_achievements, visible_targets


@resource(menu="strategy", order=10)
class Targets(SourcedResource[Target]):
    """What each person is to sell of each product in a period (SC-004)."""

    fields = Fields(
        "person", "product", "period", "quantity", "amount", "version", "state", "unit", "document", "at"
    )
    listing = Columns("period", "person", "product", "quantity", "amount", "version", "document")
    filters = Filters("period", "person", "product", "unit", "state", amount="range")
    search = ("person__name", "person__name_pinyin", "product__name", "product__name_pinyin", "product__code")
    order = "-period"
    icon = "target"
    empty = text("还没有目标。销售计划签准后自动写入。")

    def visible_to(self, viewer: Viewer) -> QuerySet[Target]:
        """One's own targets, those of people below, and those whose plan one may read."""
        return visible_targets(viewer)

    def decorate(self, rows: QuerySet[Target]) -> QuerySet[Target]:
        """Bring the plans' titles, and the names a row's own text is made of."""
        return super().decorate(rows.select_related("person", "product"))

    def summary(
        self, viewer: Viewer, search: str, narrow: Callable[[QuerySet[Target]], QuerySet[Target]]
    ) -> list[str]:
        """Quantity and amount added up; for the head of a unit one line for the rows that stay closed to him."""
        shown = narrow(self.visible_to(viewer)).order_by()
        sums = shown.aggregate(quantity=Sum("quantity"), amount=Sum("amount"))
        lines = []
        if sums["amount"] is not None:
            values = {"quantity": f"{sums['quantity'].normalize():,f}", "amount": show(sums["amount"])}
            lines.append(gettext("合计：数量%(quantity)s，金额%(amount)s") % values)
        if viewer.headed and not search:
            hidden = narrow(targets_of_units(viewer)).exclude(pk__in=self.visible_to(viewer).values("pk"))
            rest = hidden.order_by().aggregate(count=Count("pk"), total=Sum("amount"))
            if rest["count"]:
                about = {"count": rest["count"], "total": show(rest["total"])}
                lines.append(gettext("其余%(count)d行%(total)s无权查看") % about)
        return lines


@resource(menu="strategy", order=20)
class Achievements(SourcedResource[Achievement]):
    """What each person has achieved in a period, by the newest report on his task (SC-004 step 5)."""

    fields = Fields(
        "person", "product", "period", "amount", "rate", "day", "version", "state", "unit", "document", "at"
    )
    listing = Columns("period", "person", "amount", "rate", "day", "version", "state", "document")
    filters = Filters("period", "person", "unit", "state", amount="range")
    search = ("person__name", "person__name_pinyin")
    order = "-period"
    icon = "chart-line"
    empty = text("还没有完成情况。任务人填写进度后自动写入。")

    def visible_to(self, viewer: Viewer) -> QuerySet[Achievement]:
        """One's own, those of people below, and those on tasks one may read."""
        return visible_achievements(viewer)

    def decorate(self, rows: QuerySet[Achievement]) -> QuerySet[Achievement]:
        """Bring the tasks' titles, and the names a row's own text is made of."""
        return super().decorate(rows.select_related("person", "product"))
