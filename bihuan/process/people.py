"""Who is asked at a step: the people expressions of formats.md ("People") on the real organisation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bihuan.kernel.errors import Invalid, text
from bihuan.org import public as org
from bihuan.process.engine.state import Chair

OWN_DOCUMENT = text("本人单据,由上级处理")
FALLBACK = text("无人在岗,由流程管理员处理")
ADMIN_SLOT = "proc_admin"


@dataclass(frozen=True, slots=True)
class Circle:
    """What finding people needs to know about the case: its unit, process, moment and how to read values."""

    unit: int
    process_code: str
    at: datetime
    starter: Chair
    value: Callable[[str], Any]  # an expression or path in the case's roots
    did: Callable[[str], tuple[Chair, ...]]  # who passed a step last
    table: Callable[[str, Mapping[str, Any]], Any]  # a routing table's `by`


def find_people(by: Any, circle: Circle) -> list[Chair]:
    """The chairs for a `by`, one per person, in order; empty when nobody is found."""
    found: dict[int, Chair] = {}
    for chair in _chairs(by, circle):
        found.setdefault(chair.person, chair)
    return list(found.values())


def seats_for(by: Any, circle: Circle, own: frozenset[int]) -> list[Chair]:
    """People to ask, never empty: own-document rule, deputies, then the empty-handler rule (rules.md §27).

    `own` are the people whose own work is decided on: each one's superior decides instead, where there
    is none the process administrator. Raises Invalid naming the step's people when even he is missing.
    """
    seated: dict[int, Chair] = {}
    vacant = False
    for found in find_people(by, circle):
        chair = _not_own(found, circle, own)
        vacant = vacant or chair is None
        if chair is not None:
            chair = _deputised(chair, circle, own)
            seated.setdefault(chair.person, chair)
    if vacant or not seated:
        for chair in map(_chair, org.holders(ADMIN_SLOT, circle.unit, circle.at)):
            if chair.person not in own:
                seated.setdefault(chair.person, chair._replace(note=FALLBACK))
    if not seated:
        raise Invalid(text("“{who}”没有在岗人员,也没有流程管理员可以接手"), who=describe(by))
    return list(seated.values())


def describe(by: Any) -> str:
    """A `by` in words, for messages."""
    if isinstance(by, str):
        return org.slot_name(by)
    if isinstance(by, list):
        return "、".join(describe(one.get("by", one) if isinstance(one, dict) else one) for one in by)
    if isinstance(by, dict) and "slot" in by:
        return org.slot_name(by["slot"])
    return str(by)


def _not_own(chair: Chair, circle: Circle, own: frozenset[int]) -> Chair | None:
    """The chair, or the superior's when the person would decide on his own work."""
    level = 1
    while chair.person in own:
        above = org.superior_of(position_id=chair.position, k=level, at=circle.at) if chair.position else []
        if not above:
            return None
        superior = next((seat for seat in above if seat.person.pk not in own), None)
        if superior is not None:
            return Chair(superior.person.pk, superior.position.pk, note=OWN_DOCUMENT)
        level += 1
    return chair


def _deputised(chair: Chair, circle: Circle, own: frozenset[int]) -> Chair:
    """The deputy's chair while one is appointed; a deputy never decides on his own document."""
    deputy = org.deputy_id(chair.person, circle.process_code, circle.at)
    if deputy is None or deputy in own or deputy == chair.person:
        return chair
    return chair._replace(person=deputy, stands_for=chair.person)


def _chairs(by: Any, circle: Circle) -> Iterator[Chair]:
    if isinstance(by, str):
        yield from _slot(by, circle)
    elif isinstance(by, list):
        for one in _chosen(by, circle):
            yield from _chairs(one, circle)
    elif isinstance(by, Mapping):
        kind = next(key for key in _KINDS if key in by)
        yield from _KINDS[kind](by, circle)


def _chosen(by: list[Any], circle: Circle) -> list[Any]:
    """A plain list, or the first true row of a choice."""
    if not (by and isinstance(by[0], Mapping) and ("if" in by[0] or "else" in by[0])):
        return by
    for row in by:
        if "else" in row:
            return [row["else"]]
        if circle.value(row["if"]):
            return [next(value for key, value in row.items() if key != "if")]
    return []


def _slot(code: str, circle: Circle) -> Iterator[Chair]:
    slot = org.slot_seats(code, circle.unit, circle.at)
    if slot is not None and slot.external:
        for chair in find_people(slot.via or {"starter": True}, circle):
            yield chair._replace(note=text("代录外部意见"))
    elif slot is not None:
        yield from (Chair(person, position) for person, position in slot.seats)


def _by_slot(by: Mapping[str, Any], circle: Circle) -> Iterator[Chair]:
    yield from _slot(by["slot"], circle)


def _by_person(by: Mapping[str, Any], circle: Circle) -> Iterator[Chair]:
    yield from _from_value(org.person_by_username(by["person"]))


def _by_position(by: Mapping[str, Any], circle: Circle) -> Iterator[Chair]:
    yield from map(_chair, org.position_holders(by["position"], circle.at))


def _head_of(by: Mapping[str, Any], circle: Circle) -> Iterator[Chair]:
    unit = circle.value(by["head_of"]) if isinstance(by["head_of"], str) else by["head_of"]
    if unit is not None:
        yield from map(_chair, org.head_of(_id_of(unit), circle.at))


def _superior(by: Mapping[str, Any], circle: Circle) -> Iterator[Chair]:
    of = circle.value(by["of"]) if "of" in by else circle.value("doc.meta.author")
    for chair in _from_value(of):
        yield from map(_chair, _above(chair, int(by["superior"]), circle))


def _chain(by: Mapping[str, Any], circle: Circle) -> Iterator[Chair]:
    """Superiors of the author one after the other, up to the holder of a slot."""
    last = {seat.person.pk for seat in org.holders(by["chain"]["until"], circle.unit, circle.at)}
    for chair in _from_value(circle.value("doc.meta.author")):
        for level in range(1, 20):
            above = _above(chair, level, circle)
            yield from map(_chair, above)
            if not above or last & {seat.person.pk for seat in above}:
                return


def _above(chair: Chair, level: int, circle: Circle) -> list[org.Seat]:
    position = chair.position or org.main_position(chair.person)
    return org.superior_of(position_id=position, k=level, at=circle.at) if position else []


def _chair(seat: org.Seat) -> Chair:
    return Chair(seat.person.pk, seat.position.pk)


def _field(by: Mapping[str, Any], circle: Circle) -> Iterator[Chair]:
    yield from _from_value(circle.value(by["field"]))


def _starter(by: Mapping[str, Any], circle: Circle) -> Iterator[Chair]:
    yield circle.starter


def _did(by: Mapping[str, Any], circle: Circle) -> Iterator[Chair]:
    steps = by["did"] if isinstance(by["did"], list) else [by["did"]]
    for step in steps:
        chairs = circle.did(step)
        if chairs:
            yield from chairs
            return


def _table(by: Mapping[str, Any], circle: Circle) -> Iterator[Chair]:
    yield from _chairs(circle.table(by["table"], by.get("with", {})), circle)


def _expr(by: Mapping[str, Any], circle: Circle) -> Iterator[Chair]:
    yield from _from_value(circle.value(by["expr"]))


def _from_value(value: Any) -> Iterator[Chair]:
    """People from a value: an id, a record of a person, a chair, or a list of these."""
    if value is None:
        return
    if isinstance(value, Chair):
        yield value
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _from_value(one)
    else:
        person = _id_of(value)
        yield Chair(person, org.main_position(person))


def _id_of(value: Any) -> int:
    if isinstance(value, Mapping):
        return int(value["id"])
    return int(value)


_KINDS: dict[str, Callable[[Mapping[str, Any], Circle], Iterator[Chair]]] = {
    "slot": _by_slot,
    "person": _by_person,
    "position": _by_position,
    "head_of": _head_of,
    "superior": _superior,
    "chain": _chain,
    "field": _field,
    "starter": _starter,
    "did": _did,
    "table": _table,
    "expr": _expr,
}
