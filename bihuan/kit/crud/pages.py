"""What the templates of a register get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, Q
from django.utils.translation import gettext

from bihuan.kernel.errors import text
from bihuan.kit import audit
from bihuan.kit.access import Viewer
from bihuan.kit.crud import directory
from bihuan.kit.crud.declarations import Bulk, Related, Timeline
from bihuan.kit.crud.entry import option
from bihuan.kit.crud.exporting import cell_value
from bihuan.kit.crud.listing import EMPTY, STATES, Page, Query, narrowed, shown_columns
from bihuan.kit.crud.resource import ColumnShape, Resource, has_field
from bihuan.kit.crud.saved import shortcuts
from bihuan.kit.crud.shape import REFERENCE_KEYS, Shape
from bihuan.kit.ui.field_view import Option

_MOST_CHOICES = 300
_HISTORY_PAGE = 50
_VERBS = {
    "create": text("新建"),
    "change": text("修改"),
    "retire": text("停用"),
    "remove": text("删除"),
    "leave": text("离职"),
    "bind": text("绑定"),
    "unbind": text("解除绑定"),
    "set_password": text("修改密码"),
    "issue_token": text("创建访问令牌"),
    "revoke_token": text("撤销访问令牌"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the list or one fact of the detail page."""

    label: str
    text: str
    numeric: bool = False
    url: str = ""
    wide: bool = False
    brief: bool = False
    """Too short to be broken over two lines."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the list."""

    id: int
    name: str
    url: str
    cells: tuple[Cell, ...]
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """A heading; `url` sorts by it, `sorted` is asc, desc or empty."""

    name: str
    label: str
    numeric: bool
    url: str = ""
    sorted: str = ""


@dataclass(frozen=True, slots=True)
class FilterView:
    """A filter above the list."""

    name: str
    label: str
    kind: str
    chosen: tuple[str, ...] = ()
    start: str = ""
    end: str = ""
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry of the history, ready to be read."""

    seq: int
    at: datetime
    who: str
    what: str
    note: str
    changes: tuple[tuple[str, str, str], ...]


def head(resource: Resource[Any], viewer: Viewer, row: Model | None = None, here: str = "") -> dict[str, Any]:
    """Title, way back and the addresses this person may use: for every page of a register."""
    number = row.pk if row is not None else None
    crumbs = [{"label": resource.title, "url": resource.url()}]
    if row is not None:
        crumbs.append({"label": str(row), "url": resource.url("detail", number)})
    edits = resource.may_edit(viewer)
    open_ = row is None or getattr(row, "retired_at", None) is None
    pages = {
        "list": True,
        "export": True,
        "bulk": True,
        "view": True,
        "new": edits and resource.allows("create"),
    }
    takes = (
        edits and resource.imports is not None and (resource.allows("create") or resource.allows("change"))
    )
    pages |= {"import": takes, "template": takes}
    of_row = {"detail": True, "history": True}
    of_row |= {
        "edit": edits and resource.allows("change"),
        "retire": edits and open_ and resource.allows("retire"),
    }
    urls = {page: resource.url(page) for page, allowed in pages.items() if allowed}
    if number is not None:
        urls |= {page: resource.url(page, number) for page, allowed in of_row.items() if allowed}
    name = str(row) if row is not None else resource.title
    title = f"{here} · {name}" if here else name
    return {
        "resource": resource,
        "row": row,
        "title": title,
        "urls": urls,
        "breadcrumbs": (crumbs if here else crumbs[:-1])
        + ([{"label": here or name}] if here or row is not None else []),
    }


def list_context(resource: Resource[Any], query: Query, found: Page, viewer: Viewer) -> dict[str, Any]:
    """Everything `kit/crud/list.html` shows."""
    columns = shown_columns(resource, query)
    shown = {column.name for column in columns}
    return {
        **head(resource, viewer),
        "breadcrumbs": (),
        "query": query,
        "heads": [_head(column, query) for column in columns],
        "lines": [line(resource, columns, resource.readable(row, viewer)) for row in found.rows],
        "total": found.total,
        "next_url": query.address(after=found.after) if found.after else "",
        "previous_url": query.address(before=found.before) if found.before else "",
        "filters": [_filter(resource, name, query, viewer) for name in resource.filter_shapes],
        "states": [(code, gettext(label), code == query.state) for code, label in STATES.items()],
        "all_columns": [
            (one.name, gettext(one.label), one.name in shown) for one in resource.columns.values()
        ],
        "bulk": [(action.code, gettext(action.label)) for action in bulk_actions(resource, viewer)],
        "hidden": [(name, value) for name, value in query.pairs if name in {"sort", "column"}],
        "pairs": query.pairs,
        "saved_query": query.address(),
        "saved": shortcuts(resource, viewer),
        "notices": resource.notices(viewer),
        "summary": resource.summary(viewer, query.search, lambda rows: narrowed(resource, query, rows)),
        "empty": gettext(resource.empty),
    }


def line(resource: Resource[Any], columns: Sequence[ColumnShape], row: Model) -> Line:
    """A row as the list shows it; its first column leads to it."""
    url = resource.url("detail", row.pk)
    cells = tuple(
        Cell(
            gettext(column.label),
            display(resource, column, row),
            column.is_numeric,
            url if first == 0 else resource.link(column.name, row),
            brief=column.field is not None and column.field.is_brief,
        )
        for first, column in enumerate(columns)
    )
    return Line(row.pk, str(row), url, cells, getattr(row, "retired_at", None) is not None)


def display(resource: Resource[Any], column: ColumnShape, row: Model) -> str:
    """A column of a row as people read it."""
    if column.field is None:
        return str(cell_value(resource, column, row))
    return column.field.display(getattr(row, column.name))


def detail_context(resource: Resource[Any], row: Model, viewer: Viewer) -> dict[str, Any]:
    """Everything `kit/crud/detail.html` shows."""
    row = resource.readable(row, viewer)
    history = next((panel for panel in resource.panels if isinstance(panel, Timeline)), None)
    related = [_related(panel, row, viewer) for panel in resource.panels if isinstance(panel, Related)]
    computed = [
        Cell(gettext(column.label), display(resource, column, row), url=resource.link(column.name, row))
        for column in resource.columns.values()
        if column.field is None
    ]
    return {
        **head(resource, viewer, row),
        "facts": [_fact(resource, shape, row, viewer) for shape in resource.shapes.values()] + computed,
        "related": [panel for panel in related if panel is not None],
        "timeline": timeline(resource, row, viewer, limit=history.limit) if history is not None else None,
        "retired": getattr(row, "retired_at", None),
    }


def history_context(
    resource: Resource[Any], row: Model, viewer: Viewer, before: int | None
) -> dict[str, Any]:
    """Everything `kit/crud/history.html` shows: one page of what happened, and the way to older pages."""
    found = timeline(resource, row, viewer, before=before, limit=_HISTORY_PAGE)
    older = f"?before={found[-1].seq}" if found and found[-1].seq > 1 else ""
    return {**head(resource, viewer, row, gettext("经过")), "timeline": found, "older_url": older}


def timeline(
    resource: Resource[Any], row: Model, viewer: Viewer, *, before: int | None = None, limit: int = 50
) -> list[Happening]:
    """What happened to a row, newest first; older than entry number `before` where given."""
    hidden = () if resource.may_read_private(row, viewer) else resource.private
    entries = audit.history(resource.kind, row.pk, before=before, limit=limit)
    return [_happening(resource, one, hidden) for one in entries]


def differences(resource: Resource[Any], row: Model, raw: Mapping[str, str]) -> dict[str, str]:
    """For each field that was entered differently from how `row` now stands: how it stands."""
    return {
        name: gettext("别人保存的是：%(value)s")
        % {"value": shape.display(getattr(row, name)) or gettext("空")}
        for name, shape in resource.shapes.items()
        if shape.input_text(shape.current(row)) != raw[name].strip()
    }


def bulk_actions(resource: Resource[Any], viewer: Viewer) -> tuple[Bulk, ...]:
    """The actions this person may run on ticked rows."""
    return resource.bulk if resource.may_edit(viewer) else ()


def search_options(resource: Resource[Any], field: str, words: str, viewer: Viewer) -> list[Option]:
    """At most twenty choices of a reference whose name, code or pinyin holds every word."""
    rows = resource.options(field, viewer)
    keys = [key for key in (*REFERENCE_KEYS, "name_pinyin") if has_field(rows.model, key)]
    for word in words.split()[:5]:
        rows = rows.filter(reduce(or_, (Q(**{f"{key}__icontains": word}) for key in keys), Q(pk__in=())))
    return [option(row) for row in rows[:20]]


def _head(column: ColumnShape, query: Query) -> Head:
    now = {column.name: "asc", f"-{column.name}": "desc"}.get(query.sort, "")
    url = query.address(sort=f"-{column.name}" if now == "asc" else column.name) if column.sort else ""
    return Head(column.name, gettext(column.label), column.is_numeric, url, now)


def _filter(resource: Resource[Any], name: str, query: Query, viewer: Viewer) -> FilterView:
    shape = resource.filter_shapes[name]
    label = gettext(shape.label)
    if name in resource.filters.ranges:
        start, end = query.spans.get(name, ("", ""))
        return FilterView(
            name, label, "range_date" if shape.kind in {"date", "datetime"} else "range", (), start, end
        )
    chosen = query.chosen.get(name, ())
    if shape.is_reference or shape.choices or shape.kind == "bool":
        return FilterView(name, label, "choice", chosen, options=_filter_options(resource, shape, viewer))
    return FilterView(name, label, "text", chosen, start=chosen[0] if chosen else "")


def _filter_options(resource: Resource[Any], shape: Shape, viewer: Viewer) -> tuple[Option, ...]:
    if shape.choices:
        found = [Option(code, gettext(label)) for code, label in shape.choices]
    elif shape.kind == "bool":
        return (Option("True", gettext("是")), Option("False", gettext("否")))
    else:
        found = [option(row) for row in resource.options(shape.name, viewer)[:_MOST_CHOICES]]
    blank = shape.model_field.null or shape.model_field.blank
    return tuple([*found, Option(EMPTY, gettext("（空）"))] if blank else found)


def _fact(resource: Resource[Any], shape: Shape, row: Model, viewer: Viewer) -> Cell:
    value = getattr(row, shape.name)
    url = resource.link(shape.name, row)
    if not url and shape.is_reference and value is not None:
        target = directory.resource_of(type(value))
        url = target.url("detail", value.pk) if target is not None and target.may_view(viewer) else ""
    return Cell(gettext(shape.label), shape.display(value), url=url, wide=shape.kind == "longtext")


def _related(panel: Related, row: Model, viewer: Viewer) -> dict[str, Any] | None:
    """The rows pointing here as their own register shows them; nothing where that is closed to the viewer."""
    manager = getattr(row, panel.accessor)
    target = directory.resource_of(manager.model)
    if target is None or not target.may_view(viewer):
        return None
    back = manager.field.name
    columns = [column for column in shown_columns(target, Query()) if column.name != back]
    references = [column.name for column in columns if column.field and column.field.is_reference]
    rows = target.decorate(target.visible_to(viewer).filter(**{back: row}).select_related(*references))
    if target.retirable:
        rows = rows.filter(retired_at=None)
    found = list(rows[: panel.limit + 1])
    wants_new = target.allows("create") and target.may_edit(viewer) and back in target.shapes
    all_url = f"{target.url()}?{back}={row.pk}" if back in target.filters.names else ""
    return {
        "title": gettext(panel.title) if panel.title else target.title,
        "heads": [Head(column.name, gettext(column.label), column.is_numeric) for column in columns],
        "lines": [line(target, columns, target.readable(one, viewer)) for one in found[: panel.limit]],
        "url": all_url if found else "",
        "more": len(found) > panel.limit,
        "new_url": f"{target.url('new')}?{back}={row.pk}" if wants_new else "",
    }


def _happening(resource: Resource[Any], found: audit.Entry, hidden: Sequence[str]) -> Happening:
    who = f"{found.person_name}（{found.position_name}）" if found.position_name else found.person_name
    changes = tuple(
        (_label(resource, one.field), _shown(one.old), _shown(one.new))
        for one in found.change_list
        if one.field not in hidden
    )
    what = gettext(resource.verbs.get(found.verb) or _VERBS.get(found.verb, found.verb))
    return Happening(found.seq, found.at, who, what, found.note, changes)


def _label(resource: Resource[Any], name: str) -> str:
    try:
        return gettext(str(getattr(resource.model._meta.get_field(name), "verbose_name", name)))
    except FieldDoesNotExist:
        return name


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("是") if value else gettext("否")
    if isinstance(value, list):
        return "、".join(str(part) for part in value)
    return "" if value is None else str(value)
