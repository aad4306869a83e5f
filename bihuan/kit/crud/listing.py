"""The list behind a register: what an address may ask for, and the page it gets. Allow-listed, keyset-paged."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import reduce
from operator import and_, or_
from typing import Any, cast
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db.models import F, Field, ForeignKey, Model, Q, QuerySet
from django.http import QueryDict

from bihuan.kernel.errors import DomainError, text
from bihuan.kit.access import Viewer
from bihuan.kit.crud.resource import ColumnShape, Resource
from bihuan.kit.crud.shape import Shape
from bihuan.kit.ui.http import whole_number

ACTIVE, RETIRED, EVERY = "active", "retired", "all"
STATES = {ACTIVE: text("使用中"), RETIRED: text("已停用"), EVERY: text("全部")}
EMPTY = "-"
"""Filter value for rows where a reference or choice is empty."""
_FIXED = ("q", "sort", "column", "after", "before", "state")
_LONGEST = 200


@dataclass(frozen=True)
class Query:
    """What the address of a list asks for, checked."""

    search: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    spans: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    sort: str = ""
    columns: tuple[str, ...] = ()
    state: str = ACTIVE
    after: str = ""
    before: str = ""

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The parameters again, without those that stand as they do anyway and without the place."""
        found = [("q", self.search), ("sort", self.sort), *(("column", name) for name in self.columns)]
        found += [("state", self.state if self.state != ACTIVE else "")]
        found += [(name, value) for name, values in self.chosen.items() for value in values]
        found += [(f"{name}_from", start) for name, (start, _) in self.spans.items()]
        found += [(f"{name}_to", end) for name, (_, end) in self.spans.items()]
        return [(name, value) for name, value in found if value]

    def address(self, **changes: Any) -> str:
        """The query text with `changes`, back on the first page unless a place is given."""
        other = replace(self, **changes)
        place = [(name, changes[name]) for name in ("after", "before") if changes.get(name)]
        return "?" + urlencode([*other.pairs, *place])

    @property
    def narrowed(self) -> bool:
        """Whether the person looks at less than everything."""
        return bool(self.search or self.chosen or self.spans or self.state != ACTIVE)


@dataclass(frozen=True)
class Page:
    """One page of rows with the way to its neighbours; `total` counts all pages."""

    rows: Sequence[Any]
    total: int
    after: str = ""
    before: str = ""


def parse(resource: Resource[Any], given: QueryDict) -> Query:
    """Check every parameter against the declaration; raises DomainError (400) for any other."""
    allowed = {*_FIXED, *resource.filters.parameters}
    for name in given:
        if name not in allowed:
            raise DomainError(text("不认识的参数：{name}"), name=name)
        if len(given.getlist(name)) > 1 and name not in {*resource.filters.names, "column"}:
            raise DomainError(text("参数{name}只能出现一次"), name=name)
    query = Query(
        search=given.get("q", "").strip()[:_LONGEST],
        chosen=_chosen(resource, given),
        spans=_spans(resource, given),
        sort=_one_of(given.get("sort", ""), _sorts(resource), "sort"),
        columns=_columns(resource, given.getlist("column")),
        state=_one_of(given.get("state", "") or ACTIVE, set(STATES), "state"),
        after=given.get("after", ""),
        before=given.get("before", ""),
    )
    if query.after and query.before:
        raise DomainError(text("参数{name}的值无效"), name="after")
    if place := query.after or query.before:
        _read_place(resource, _order(resource, query)[0], place)
    return query


def shown_columns(resource: Resource[Any], query: Query) -> list[ColumnShape]:
    """The columns of the list, as chosen or as declared."""
    return [resource.columns[name] for name in query.columns or resource.listing]


def matching(resource: Resource[Any], query: Query, viewer: Viewer) -> QuerySet[Any]:
    """The visible rows the query asks for, unsorted."""
    return narrowed(resource, query, resource.visible_to(viewer))


def narrowed(resource: Resource[Any], query: Query, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Those of `rows` that the query's search and filters leave."""
    if resource.retirable and query.state != EVERY:
        rows = rows.filter(retired_at__isnull=query.state == ACTIVE)
    for name, values in query.chosen.items():
        wanted = Q(**{f"{name}__in": [value for value in values if value != EMPTY]})
        rows = rows.filter(wanted | _blank(resource.filter_shapes[name]) if EMPTY in values else wanted)
    for name, (start, end) in query.spans.items():
        rows = rows.filter(_span(resource.filter_shapes[name], start, end))
    for word in query.search.split():
        hits = [Q(**{f"{name}__icontains": word}) for name in resource.search]
        rows = rows.filter(reduce(or_, hits)) if hits else rows.none()
    return rows


def ordered(
    resource: Resource[Any], query: Query, rows: QuerySet[Any], *, backward: bool = False
) -> QuerySet[Any]:
    """`rows` in the order asked for, empty values last, ties by id; with all the columns need."""
    path, descending = _order(resource, query)
    down = descending != backward
    sort = F(path)
    nulls: dict[str, Any] = {"nulls_first": True} if backward else {"nulls_last": True}
    first = sort.desc(**nulls) if down else sort.asc(**nulls)
    rows = rows.annotate(sort_value=sort).order_by(first, "-pk" if down else "pk")
    columns = shown_columns(resource, query)
    references = [column.name for column in columns if column.field and column.field.is_reference]
    return resource.decorate(rows.select_related(*references) if references else rows)


def page(resource: Resource[Any], query: Query, viewer: Viewer, size: int = 0) -> Page:
    """The page of rows after or before the place in `query`; two queries whatever the number of rows."""
    size = size or resource.page_size
    rows = matching(resource, query, viewer)
    total = rows.count()
    backward = bool(query.before)
    place = query.before or query.after
    if place:
        rows = rows.filter(_beyond(resource, query, place, backward))
    found = list(ordered(resource, query, rows, backward=backward)[: size + 1])
    more, found = len(found) > size, found[:size]
    if backward:
        found.reverse()
    has_next, has_previous = (True, more) if backward else (more, bool(place))
    return Page(
        found,
        total,
        _place(found[-1]) if found and has_next else "",
        _place(found[0]) if found and has_previous else "",
    )


def everything(resource: Resource[Any], query: Query, viewer: Viewer) -> QuerySet[Any]:
    """All rows the query asks for, in its order: what an export writes."""
    return ordered(resource, query, matching(resource, query, viewer))


def _order(resource: Resource[Any], query: Query) -> tuple[str, bool]:
    if query.sort:
        return resource.columns[query.sort.lstrip("-")].sort, query.sort.startswith("-")
    first = next((column.sort for column in resource.columns.values() if column.sort), "pk")
    declared = resource.order or first
    return declared.lstrip("-"), declared.startswith("-")


def _sorts(resource: Resource[Any]) -> set[str]:
    names = {column.name for column in resource.columns.values() if column.sort}
    return {"", *names, *(f"-{name}" for name in names)}


def _one_of(value: str, allowed: set[str], name: str) -> str:
    if value not in allowed:
        raise DomainError(text("参数{name}的值无效"), name=name)
    return value


def _columns(resource: Resource[Any], given: list[str]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name for name in given if name))
    for name in names:
        _one_of(name, set(resource.columns), "column")
    return () if names == tuple(resource.listing) else names


def _chosen(resource: Resource[Any], given: QueryDict) -> dict[str, tuple[str, ...]]:
    found = {}
    for name in resource.filters.names:
        values = tuple(dict.fromkeys(value for value in given.getlist(name) if value))
        shape = resource.filter_shapes[name]
        for value in values:
            if value != EMPTY and not _fits(shape, value):
                raise DomainError(text("参数{name}的值无效"), name=name)
        if values:
            found[name] = values
    return found


def _fits(shape: Shape, value: str) -> bool:
    if shape.is_reference:
        return whole_number(value) is not None
    if shape.choices:
        return value in dict(shape.choices)
    if shape.kind == "bool":
        return value in {"True", "False"}
    return len(value) <= _LONGEST and _readable(shape, value)


def _readable(shape: Shape, value: str) -> bool:
    try:
        shape.model_field.to_python(value)
    except ValidationError:
        return False
    return True


def _spans(resource: Resource[Any], given: QueryDict) -> dict[str, tuple[str, str]]:
    found = {}
    for name in resource.filters.ranges:
        ends = (given.get(f"{name}_from", ""), given.get(f"{name}_to", ""))
        shape = resource.filter_shapes[name]
        for end, value in zip(("from", "to"), ends, strict=True):
            reads = _is_day(value) if shape.kind in {"date", "datetime"} else _readable(shape, value)
            if value and not reads:
                raise DomainError(text("参数{name}的值无效"), name=f"{name}_{end}")
        if any(ends):
            found[name] = ends
    return found


def _is_day(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _span(shape: Shape, start: str, end: str) -> Q:
    """From … to, both days included, also for moments."""
    if shape.kind == "datetime":
        first = Q(**{f"{shape.name}__date__gte": start}) if start else Q()
        return first & (Q(**{f"{shape.name}__date__lte": end}) if end else Q())
    given = {f"{shape.name}__{op}": value for op, value in (("gte", start), ("lte", end)) if value}
    return reduce(and_, (Q(**{key: value}) for key, value in given.items()), Q())


def _blank(shape: Shape) -> Q:
    empty = Q(**{f"{shape.name}__isnull": True})
    return empty if shape.is_reference or shape.kind == "bool" else empty | Q(**{shape.name: ""})


def _beyond(resource: Resource[Any], query: Query, place: str, backward: bool) -> Q:
    """Rows past `place` in the present order; empty values stand at the end."""
    path, descending = _order(resource, query)
    value, number = _read_place(resource, path, place)
    past = "lt" if descending != backward else "gt"
    if value is None:
        same = Q(**{f"{path}__isnull": True, f"pk__{past}": number})
        return same | Q(**{f"{path}__isnull": False}) if backward else same
    found = Q(**{f"{path}__{past}": value}) | Q(**{path: value, f"pk__{past}": number})
    return found if backward else found | Q(**{f"{path}__isnull": True})


def _place(row: Any) -> str:
    """The place of a row in the order, as text for an address."""
    value = None if row.sort_value is None else str(row.sort_value)
    return base64.urlsafe_b64encode(json.dumps([value, row.pk]).encode()).decode().rstrip("=")


def _read_place(resource: Resource[Any], path: str, place: str) -> tuple[Any, int]:
    try:
        value, number = json.loads(base64.urlsafe_b64decode(place + "=" * (-len(place) % 4)))
        found = None if value is None else _field_at(resource.model, path).to_python(str(value))
        return found, int(number)
    except (ValueError, TypeError, OverflowError, RecursionError, ValidationError) as error:
        raise DomainError(text("参数{name}的值无效"), name="after") from error


def _field_at(model: type[Model], path: str) -> Field[Any, Any]:
    """The model field at the end of a declared ORM path."""
    found: Any = None
    for part in path.split("__"):
        found = model._meta.pk if part == "pk" else model._meta.get_field(part)
        if isinstance(found, ForeignKey):
            model = found.related_model
    return cast("Field[Any, Any]", found)
