"""Who fills the slots of a process, seen from one unit: read at once for a whole manual."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.org.public import Binding, Position, Slot, Unit, holdings_at


@dataclass(frozen=True, slots=True)
class Post:
    """A position that fills a slot, and who holds it today."""

    name: str
    people: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} {'、'.join(self.people)}".strip()


@dataclass(frozen=True, slots=True)
class Staff:
    """The posts by slot code; `outside` are slots of outside parties, which need none."""

    posts: Mapping[str, tuple[Post, ...]] = field(default_factory=dict)
    outside: frozenset[str] = frozenset()

    def lacks(self, slot: str) -> bool:
        """Whether nobody would be responsible (R-023)."""
        return slot not in self.outside and not any(post.people for post in self.posts.get(slot, ()))


def home_unit(by: Actor) -> Unit | None:
    """The unit from which a person looks at the manual: his post's, else the topmost company."""
    if by.position is not None:
        post = Position.objects.select_related("unit").filter(pk=by.position).first()
        if post is not None:
            return post.unit
    return Unit.objects.filter(kind="company", retired_at=None).order_by("path").first()


def staff_of(slots: Collection[str], unit: Unit | None, at: datetime) -> Staff:
    """The posts of these slots seen from a unit: the nearest unit upwards with a binding counts (R-001)."""
    outside = frozenset(Slot.objects.filter(code__in=slots, external=True).values_list("code", flat=True))
    if unit is None:
        return Staff({}, outside)
    above = [int(part) for part in unit.path.split("/") if part]
    rows = Binding.objects.filter(slot__code__in=slots, unit__in=above, position__retired_at=None)
    nearest: dict[str, tuple[int, list[Position]]] = {}
    for row in rows.select_related("slot", "position").order_by("position__name_pinyin", "id"):
        level = above.index(row.unit_id)
        best = nearest.get(row.slot.code)
        if best is None or level > best[0]:
            nearest[row.slot.code] = (level, [row.position])
        elif level == best[0]:
            best[1].append(row.position)
    people = _people([one.pk for _, posts in nearest.values() for one in posts], at)
    return Staff(
        {
            slot: tuple(Post(one.name, tuple(people.get(one.pk, ()))) for one in posts)
            for slot, (_, posts) in nearest.items()
        },
        outside,
    )


def _people(positions: Collection[int], at: datetime) -> dict[int, list[str]]:
    held = holdings_at(at.astimezone(clock.TZ).date()).filter(position__in=positions)
    found: dict[int, list[str]] = {}
    for row in held.select_related("person").order_by("person__name_pinyin", "id"):
        found.setdefault(row.position_id, []).append(row.person.name)
    return found
