"""Who is who: seats behind slots, superiors, heads, deputies; what a person may see; the calendar."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from django.db.models import Prefetch, Q, QuerySet

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.calendar import DayKind, WorkCalendar
from bihuan.kernel.errors import NotAllowed, text
from bihuan.kernel.secrecy import Secrecy
from bihuan.kit.access import Viewer
from bihuan.org.lookups import calendar_days, deputy_id, slot_seats
from bihuan.org.models import Binding, Deputy, Holding, Person, Position, Slot, Unit

EVERY_DAY = "daily"
"""The calendar on which every day is worked (formats.md, pack.yaml)."""
_DEEPEST = 30


@dataclass(frozen=True, slots=True)
class Seat:
    """A person in the position through which they are meant."""

    person: Person
    position: Position


def holdings_at(day: date) -> QuerySet[Holding]:
    """Holdings in force on `day` by people who still work here, in positions in use."""
    begun = Q(since=None) | Q(since__lte=day)
    open_ = Q(until=None) | Q(until__gte=day)
    return Holding.objects.filter(begun, open_, person__is_active=True, position__retired_at=None)


def positions_of(person_id: int, day: date | None = None) -> list[Position]:
    """The positions a person holds on `day` (today), the main one first, their units with them."""
    held = holdings_at(day or clock.today()).filter(person=person_id)
    found = held.select_related("position__unit").order_by("-main", "id")
    return [holding.position for holding in found]


def actor_for(person: Person, position: Position | None = None) -> Actor:
    """The actor for `person`, wearing `position` or else the main one; raises NotAllowed for a foreign one."""
    held = positions_of(person.pk)
    if position is not None and position.pk not in {one.pk for one in held}:
        raise NotAllowed(text("“{person}”没有担任“{position}”"), person=person.name, position=position.name)
    worn = position or (held[0] if held else None)
    return Actor(
        person=person.pk,
        name=person.name,
        position=worn.pk if worn else None,
        position_name=worn.name if worn else "",
        admin=person.is_admin,
    )


def viewer_for(person: Person) -> Viewer:
    """What decides what `person` sees; all their positions count together (R-007).

    Clearance: staff up to 内部, people with others below them up to 秘密 (rules.md §26); anything
    above is by name list, that is by grant.
    """
    positions = positions_of(person.pk)
    held = [position.pk for position in positions]
    headed = (
        set(Unit.objects.filter(head__in=held, retired_at=None).values_list("path", flat=True))
        if held
        else set()
    )
    below = _people_below(held, headed) - {person.pk}
    return Viewer(
        person=person.pk,
        positions=frozenset(held),
        unit_paths=frozenset(position.unit.path for position in positions),
        headed=frozenset(headed),
        inferiors=frozenset(below),
        clearance=Secrecy.CONFIDENTIAL if below or headed else Secrecy.INTERNAL,
        admin=person.is_admin,
        companies=frozenset(position.unit.company_id for position in positions if position.unit.company_id),
    )


def _people_below(positions: Collection[int], headed: Iterable[str]) -> set[int]:
    """People in positions below these in the line of superiors, and in the headed units."""
    below: set[int] = set()
    level = set(positions)
    for _ in range(_DEEPEST):
        level = (
            set(Position.objects.filter(superior__in=level).values_list("pk", flat=True)) - below
            if level
            else set()
        )
        if not level:
            break
        below |= level
    places = Q(position__in=below - set(positions))
    for path in headed:
        places |= Q(position__unit__path__startswith=path)
    if not below and not headed:
        return set()
    return set(holdings_at(clock.today()).filter(places).values_list("person", flat=True))


def holders(slot_code: str, unit_id: int, at: datetime) -> list[Seat]:
    """The people who fill a slot seen from a unit: the nearest unit upwards with bindings wins (R-001).

    One entry a person, in order of position and person; empty when the slot is unbound or its
    positions are vacant on that day.
    """
    found = slot_seats(slot_code, unit_id, at)
    if found is None or not found.seats:
        return []
    people = Person.objects.in_bulk([person for person, _ in found.seats])
    positions = Position.objects.in_bulk([position for _, position in found.seats])
    return [Seat(people[person], positions[position]) for person, position in found.seats]


def seats(positions: Collection[int], at: datetime) -> list[Seat]:
    """Who sits in these positions at a moment; one entry a person."""
    held = holdings_at(at.astimezone(clock.TZ).date()).filter(position__in=positions)
    found: dict[int, Seat] = {}
    for holding in held.select_related("person", "position").order_by(
        "position__name_pinyin", "person__name_pinyin", "id"
    ):
        found.setdefault(holding.person_id, Seat(holding.person, holding.position))
    return list(found.values())


def unbound_slots(codes: Iterable[str], unit_id: int) -> list[Slot]:
    """Those of the slots that no position fills, seen from a unit (R-002). Outside parties need none."""
    bound = Binding.objects.filter(unit__in=_units_upwards(unit_id), position__retired_at=None)
    slots = Slot.objects.filter(code__in=list(codes), external=False)
    return list(slots.exclude(pk__in=bound.values("slot")))


def unstaffed_slots(codes: Iterable[str], unit_id: int, at: datetime) -> set[str]:
    """The codes of those slots that nobody fills today, seen from a unit: unbound, or bound to vacant posts (R-023).

    The nearest unit with a binding counts (R-001). Outside parties need nobody.
    """
    inside = set(Slot.objects.filter(code__in=list(codes), external=False).values_list("code", flat=True))
    above = _units_upwards(unit_id)
    bound = Binding.objects.filter(slot__code__in=inside, unit__in=above, position__retired_at=None)
    nearest: dict[str, tuple[int, set[int]]] = {}
    for code, unit, position in bound.values_list("slot__code", "unit", "position"):
        level, posts = nearest.get(code, (-1, set()))
        if above.index(unit) == level:
            posts.add(position)
        elif above.index(unit) > level:
            nearest[code] = (above.index(unit), {position})
    wanted = {post for _, posts in nearest.values() for post in posts}
    held = holdings_at(at.astimezone(clock.TZ).date()).filter(position__in=wanted)
    filled = set(held.values_list("position_id", flat=True))
    return {code for code in inside if not nearest.get(code, (0, set()))[1] & filled}


def _units_upwards(unit_id: int) -> list[int]:
    """Ids from the root down to the unit."""
    path = Unit.objects.values_list("path", flat=True).filter(pk=unit_id).first() or ""
    return [int(part) for part in path.split("/") if part]


def superior_of(
    *, person_id: int | None = None, position_id: int | None = None, k: int = 1, at: datetime
) -> list[Seat]:
    """Who sits `k` steps above a position (of a person: above the main one); empty above the top.

    A position without a superior of its own stands below the head of its unit or of the units above.
    """
    if position_id is None:
        held = positions_of(person_id, at.astimezone(clock.TZ).date()) if person_id is not None else []
        position = held[0] if held else None
    else:
        position = Position.objects.select_related("unit").filter(pk=position_id).first()
    for _ in range(k):
        position = _above(position) if position is not None else None
    return seats([position.pk], at) if position is not None else []


def _above(position: Position) -> Position | None:
    if position.superior_id is not None:
        return Position.objects.select_related("unit").get(pk=position.superior_id)
    heads = _heads_upwards(position.unit_id)
    ids = [head.pk for head in heads]
    higher = heads[ids.index(position.pk) + 1 :] if position.pk in ids else heads
    return next((head for head in higher if head.pk != position.pk), None)


def _heads_upwards(unit_id: int) -> list[Position]:
    """The head positions of a unit and of the units above it, nearest first."""
    path = _units_upwards(unit_id)
    units = (
        Unit.objects.filter(pk__in=path, head__retired_at=None)
        .exclude(head=None)
        .select_related("head__unit")
    )
    found = sorted(units, key=lambda unit: path.index(unit.pk), reverse=True)
    return [unit.head for unit in found if unit.head is not None]


def head_of(unit_id: int, at: datetime) -> list[Seat]:
    """Who heads a unit; where it has no head position, the nearest unit above that has one."""
    heads = _heads_upwards(unit_id)
    return seats([heads[0].pk], at) if heads else []


def deputy_for(person_id: int, process_code: str, at: datetime) -> Person | None:
    """Who acts for a person in a process at a moment; the appointment that names the process goes first."""
    found = deputy_id(person_id, process_code, at)
    return Person.objects.get(pk=found) if found is not None else None


def deputised_by(person_id: int, at: datetime) -> list[Deputy]:
    """The appointments under which a person acts for others at a moment."""
    day = at.astimezone(clock.TZ).date()
    return list(
        Deputy.objects.filter(deputy=person_id, since__lte=day, until__gte=day).select_related("person")
    )


def calendar_for(unit_id: int | None = None, code: str = "cn") -> WorkCalendar:
    """The calendar that holds in a unit: the general days, overridden by those of the units above and itself."""
    if code == EVERY_DAY:
        return WorkCalendar(code, {}, every_day=True)
    return _calendar(code, calendar_days(code, unit_id))


@lru_cache(maxsize=64)
def _calendar(code: str, days: tuple[tuple[date | str, str], ...]) -> WorkCalendar:
    """Made once for the same days."""
    found = {day if isinstance(day, date) else date.fromisoformat(day): DayKind(kind) for day, kind in days}
    return WorkCalendar(code, found)


def missing_years(today: date, code: str = "cn") -> list[int]:
    """Of this year and the next, those whose holidays are not in (rules.md §15: the page says so)."""
    calendar = calendar_for(None, code)
    return [year for year in (today.year, today.year + 1) if not calendar.knows(year)]


def with_people(positions: QuerySet[Position]) -> QuerySet[Position]:
    """Positions with those who hold them today, as `held` holdings."""
    held = holdings_at(clock.today()).select_related("person").order_by("person__name_pinyin")
    return positions.prefetch_related(Prefetch("holdings", queryset=held, to_attr="held"))
