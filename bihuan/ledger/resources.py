"""The ledger's lists: read-only, for entries are written by postings only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import Count, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext

from bihuan.kernel.errors import text
from bihuan.kernel.money import show
from bihuan.kit.access import Viewer
from bihuan.kit.crud import Columns, Fields, Filters, Related, Resource, resource
from bihuan.process.public import SourcedResource

from .domain.moves import Pot
from .models import Account, Entry
from .models.account import UNALLOTTED
from .queries import WARNINGS, used_share, visible_accounts, visible_entries

_NO_ROWS = text("还没有记录。预算和支出由流程过账写入。")


@resource(menu="ledger", order=10)
class Accounts(Resource[Account]):
    """What each department may spend on a subject, and where the money stands (R-114)."""

    fields = Fields("unit", "year", "capped", "planned", "reserved", "committed", "actual", "available")
    listing = Columns(
        "line", "unit", "year", "planned", "reserved", "committed", "actual", "available", "used", "rows"
    )
    labels = {"line": text("科目"), "used": text("已用"), "rows": text("分录")}
    verbs: ClassVar[Mapping[str, str]] = {str(code): str(label) for code, label in Entry.Kind.choices}
    filters = Filters("unit", "year", "subject", "capped")
    search = ("subject", "unit__name", "unit__name_pinyin")
    panels = (Related("entries", text("分录")),)
    create = change = retire = None
    readers = "all"
    order = "-year"
    icon = "coin"
    empty = _NO_ROWS

    def visible_to(self, viewer: Viewer) -> QuerySet[Account]:
        """Accounts of the units the viewer heads, or of companies granted."""
        return visible_accounts(viewer)

    def decorate(self, rows: QuerySet[Account]) -> QuerySet[Account]:
        """A row's text names its unit."""
        return rows.select_related("unit")

    def column_line(self, row: Account) -> str:
        """The subject, or that there is none."""
        return row.subject or gettext(UNALLOTTED)

    def column_used(self, row: Account) -> str:
        """The used share with its warning (80 %, 95 %), or that there is no ceiling."""
        share = used_share(row)
        if share is None:
            return gettext("无预算控制") if not row.capped else "—"
        mark = "⚠" * sum(share >= limit for limit in WARNINGS)
        return f"{share:.0%} {mark}".strip()

    def column_rows(self, row: Account) -> str:
        """The way to the account's entries."""
        return gettext("查看分录")

    def link(self, name: str, row: Account) -> str:
        """To all entries of the account."""
        return f"{reverse('crud:ledger-entries-list')}?account={row.pk}" if name == "rows" else ""

    def summary(
        self, viewer: Viewer, search: str, narrow: Callable[[QuerySet[Account]], QuerySet[Account]]
    ) -> list[str]:
        """The balances added up."""
        rows = narrow(self.visible_to(viewer)).order_by()
        sums = rows.aggregate(**{pot.value: Sum(pot.value) for pot in Pot})
        if sums[Pot.PLANNED.value] is None:
            return []
        values = {pot: show(total) for pot, total in sums.items()}
        line = gettext(
            "合计：预算%(planned)s，预占%(reserved)s，承诺%(committed)s，实际%(actual)s，可用%(available)s"
        )
        return [line % values]


@resource(menu="ledger", order=20)
class Entries(SourcedResource[Entry]):
    """Every movement of money with its source."""

    fields = Fields(
        "number", "kind", "amount", "debit", "credit", "account", "period", "document", "by_name", "at",
        "reverses",
    )  # fmt: skip
    listing = Columns("number", "kind", "amount", "account", "period", "document", "at")
    filters = Filters("kind", "account", "period", at="range", amount="range")
    search = ("number", "document__number", "document__title", "document__title_pinyin")
    order = "-at"
    icon = "list"
    empty = _NO_ROWS

    def visible_to(self, viewer: Viewer) -> QuerySet[Entry]:
        """Entries whose source the viewer may read, or of companies granted."""
        return visible_entries(viewer)

    def decorate(self, rows: QuerySet[Entry]) -> QuerySet[Entry]:
        """Bring the texts of account and document, not the document's content."""
        return super().decorate(rows.select_related("account__unit", "reverses"))

    def options(self, field: str, viewer: Viewer) -> QuerySet[Any]:
        """Accounts are named by their units."""
        found = super().options(field, viewer)
        return found.select_related("unit") if field == "account" else found

    def summary(
        self, viewer: Viewer, search: str, narrow: Callable[[QuerySet[Entry]], QuerySet[Entry]]
    ) -> list[str]:
        """Sums by kind of what is shown, and one line for entries of one's own accounts that stay closed.

        With a search there is no such line: whether a hidden title holds a word is nobody's to find out.
        """
        shown = narrow(self.visible_to(viewer)).order_by()
        sums = shown.values("kind").annotate(total=Sum("amount")).order_by("kind")
        parts = [f"{gettext(Entry.Kind(one['kind']).label)} {show(one['total'])}" for one in sums]
        lines = [gettext("合计（含冲销）：%(sums)s") % {"sums": "，".join(parts)}] if parts else []
        if not search:
            known = Entry.objects.filter(account__in=visible_accounts(viewer).values("pk"))
            hidden = narrow(known).exclude(pk__in=self.visible_to(viewer).values("pk")).order_by()
            rest = hidden.aggregate(count=Count("pk"), total=Sum("amount"))
            if rest["count"]:
                values = {"count": rest["count"], "total": show(rest["total"] or Decimal(0))}
                lines.append(gettext("其余%(count)d行%(total)s无权查看") % values)
        return lines
