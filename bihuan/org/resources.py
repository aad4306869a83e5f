"""Administration of the organisation."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext

from bihuan.kernel import clock
from bihuan.kernel.errors import text
from bihuan.kit.access import Viewer
from bihuan.kit.crud import Columns, Fields, Filters, Import, Related, Resource, Timeline, resource
from bihuan.org import queries, services
from bihuan.org.models import CalendarDay, Deputy, Holding, Person, Position, Unit


@resource(menu="org", order=10)
class Units(Resource[Unit]):
    """The tree of companies, stores, departments and teams."""

    fields = Fields("code*", "name*", "short_name", "kind*", "parent", "head")
    listing = Columns("name", "code", "kind", "parent", "head")
    filters = Filters("kind", "parent")
    search = ("code", "name", "short_name", "name_pinyin")
    panels = (Related("positions"), Related("children", text("下级单位")), Timeline())
    create, change, retire = services.open_unit, services.change_unit, services.retire_unit
    imports = Import(key="code")
    readers = "all"
    order = "path"
    icon = "sitemap"


@resource(menu="org", order=20)
class Positions(Resource[Position]):
    """Real posts; slots of the packs are bound to them."""

    fields = Fields("code*", "name*", "unit*", "superior")
    listing = Columns("name", "code", "unit", "people", "superior")
    labels = {"people": text("任职人员")}
    filters = Filters("unit", "superior")
    search = ("code", "name", "name_pinyin", "unit__name_pinyin")
    panels = (Related("holdings"), Related("inferiors", text("下级岗位")), Timeline())
    create, change, retire = services.open_position, services.change_position, services.retire_position
    imports = Import(key="code")
    readers = "all"
    icon = "briefcase"

    def decorate(self, rows: QuerySet[Position]) -> QuerySet[Position]:
        """Bring the people with their positions."""
        return queries.with_people(rows)

    def column_people(self, row: Position) -> str:
        """Who holds the position today."""
        return "、".join(holding.person.name for holding in _held(row))


def _held(row: Position) -> list[Holding]:
    """The prefetched holdings of a listed position; read for a single one."""
    found = getattr(row, "held", None)
    if found is None:
        today = queries.holdings_at(clock.today()).filter(position=row)
        found = list(today.select_related("person").order_by("person__name_pinyin"))
    return list(found)


@resource(menu="org", order=30)
class People(Resource[Person]):
    """Employees."""

    fields = Fields("username*", "name*", "email", "mobile:phone", "joined_on", "is_admin")
    listing = Columns("name", "username", "mobile", "email", "is_active")
    filters = Filters("is_active", "is_admin", joined_on="range")
    search = ("username", "name", "name_pinyin")
    private = ("mobile",)
    panels = (Related("holdings"), Related("deputies"), Timeline())
    create, change, retire = services.open_person, services.change_person, services.close_person
    imports = Import(key="username")
    readers = "all"
    icon = "users"
    retire_label = text("离职")

    def may_read_private(self, row: Person, viewer: Viewer) -> bool:
        """A mobile number is for the person, those above and administrators."""
        return viewer.admin or row.pk == viewer.person or row.pk in viewer.inferiors

    def options(self, field: str, viewer: Viewer) -> QuerySet[Person]:
        """People have no references on their form."""
        return Person.objects.none()


@resource(menu="org", order=35, in_menu=False)
class Holdings(Resource[Holding]):
    """Who holds which position, from a day to a day."""

    fields = Fields("person*", "position*", "main", "since", "until")
    listing = Columns("person", "position", "main", "since", "until")
    filters = Filters("person", "position", "main")
    search = ("person__name_pinyin", "position__name_pinyin", "person__name", "position__name")
    create, change, retire = services.hold_position, services.change_holding, services.leave_position
    imports = Import(key=("person", "position"))
    readers = "all"
    icon = "certificate"
    retire_label = text("卸任")


@resource(menu="org", order=50)
class Deputies(Resource[Deputy]):
    """Who stands in for whom."""

    fields = Fields("person*", "deputy*", "since*", "until*", "processes", "reason")
    listing = Columns("person", "deputy", "since", "until", "reason")
    filters = Filters("person", "deputy", until="range")
    search = ("person__name_pinyin", "deputy__name_pinyin", "person__name", "deputy__name")
    create, change, retire = services.appoint_deputy, services.change_deputy, services.end_deputy
    readers = "all"
    row_name = "appointment"
    order = "-since"
    icon = "arrows-exchange"
    retire_label = text("撤销")


@resource(menu="org", order=60)
class CalendarDays(Resource[CalendarDay]):
    """Holidays and make-up work days; a unit's own day goes before the general one."""

    fields = Fields("date*", "kind*", "name", "calendar", "unit")
    listing = Columns("date", "kind", "name", "unit", "calendar")
    filters = Filters("kind", "unit", "calendar", date="range")
    search = ("name",)
    create, change = services.open_calendar_day, services.change_calendar_day
    retire = services.remove_calendar_day
    imports = Import(key=("calendar", "unit", "date"), headings={"type": "kind"})
    readers = "all"
    order = "-date"
    icon = "calendar"

    def notices(self, viewer: Viewer) -> list[str]:
        """Say honestly which year's holidays are not in (rules.md §15)."""
        years = queries.missing_years(clock.today())
        return [
            gettext("未导入%(year)d年安排：这一年的期限只按周末计算，请从CSV导入") % {"year": year}
            for year in years
        ]
