"""The Resource: what a register declares, and the few hooks it may override."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Generic, Literal, TypeVar, cast, get_args

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext

from bihuan.kernel.errors import NotAllowed, NotFound, text
from bihuan.kit.access import Viewer
from bihuan.kit.crud import directory
from bihuan.kit.crud.declarations import Bulk, Columns, Fields, FieldSpec, Filters, Import, Related, Timeline
from bihuan.kit.crud.shape import Shape, kind_of

Row = TypeVar("Row", bound=models.Model)
Who = Literal["admins", "all"]
Verb = Callable[..., Any]
KIT: Verb = cast("Verb", "kit")
"""Stands for kit's own verb: save and audit."""
_VERBS = ("create", "change", "retire")
_NUMBERS = {"int", "decimal", "money", "percent"}


@dataclass(frozen=True, slots=True)
class ColumnShape:
    """A column of the list: `field` is None where the Resource computes the text."""

    name: str
    label: str
    kind: str
    field: Shape | None = None
    sort: str = ""
    """The ORM path it is sorted by; empty where it can't be."""

    @property
    def is_numeric(self) -> bool:
        """Whether the cells are right-aligned."""
        return self.kind in _NUMBERS


class Resource(Generic[Row]):
    """A register. Subclass it with the model as parameter and decorate it with `@resource`."""

    model: ClassVar[type[models.Model]]
    fields: ClassVar[Fields]
    listing: ClassVar[Columns]
    filters: ClassVar[Filters] = Filters()
    search: ClassVar[tuple[str, ...]] = ()
    panels: ClassVar[tuple[Timeline | Related, ...]] = (Timeline(),)
    imports: ClassVar[Import | None] = None
    bulk: ClassVar[tuple[Bulk, ...]] = ()
    create: ClassVar[Verb | None] = KIT
    change: ClassVar[Verb | None] = KIT
    retire: ClassVar[Verb | None] = KIT
    readers: ClassVar[Who] = "admins"
    editors: ClassVar[Who] = "admins"
    order: ClassVar[str] = ""
    """ORM path the list stands in at first, `-` for descending; empty: the first sortable column."""
    labels: ClassVar[Mapping[str, str]] = {}
    """Labels of computed columns."""
    verbs: ClassVar[Mapping[str, str]] = {}
    """What its services call what they did in the audit trail → its label, beside the kit's own verbs."""
    private: ClassVar[tuple[str, ...]] = ()
    """Fields not everyone reads who sees the row; they are neither sorted by nor to be searched."""
    page_size: ClassVar[int] = 50
    icon: ClassVar[str] = "table"
    empty: ClassVar[str] = text("还没有记录。可以新建一条，或从Excel导入。")
    retire_label: ClassVar[str] = ""
    """What retiring is called here; empty: 停用, or 删除 where rows are not kept."""
    row_name: ClassVar[str] = ""
    """Keyword under which services get the row, where the model's own name is taken by one of its fields."""
    menu: str = ""
    name: str = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Take the model from `Resource[Model]` and keep service functions from becoming methods."""
        super().__init_subclass__(**kwargs)
        for base in getattr(cls, "__orig_bases__", ()):
            for argument in get_args(base):
                if isinstance(argument, type) and issubclass(argument, models.Model):
                    cls.model = argument
        for verb in _VERBS:
            if callable(given := cls.__dict__.get(verb)):
                setattr(cls, verb, staticmethod(given))

    # -- hooks ---------------------------------------------------------------------------------

    def may_view(self, viewer: Viewer) -> bool:
        """Whether the register exists for this person; by default for administrators and `readers`."""
        return viewer.admin or (self.readers == "all" and viewer.person is not None)

    def may_edit(self, viewer: Viewer) -> bool:
        """Whether this person may create, change, retire and import."""
        return viewer.admin or (self.editors == "all" and viewer.person is not None)

    def may_read_private(self, row: Row, viewer: Viewer) -> bool:
        """Whether this person reads the `private` fields of a row."""
        return viewer.admin

    def visible_to(self, viewer: Viewer) -> QuerySet[Row]:
        """The rows this person may see; every door starts here."""
        return cast("QuerySet[Row]", self.model._default_manager.all())

    def options(self, field: str, viewer: Viewer) -> QuerySet[Any]:
        """The rows a reference may point to: those the person sees in the target's register, not retired.

        None of a model that has no register: who may see which is then for the Resource to say.
        """
        target = cast("type[models.Model]", self.model._meta.get_field(field).related_model)
        register = directory.resource_of(target)
        if register is None:
            rows = target._default_manager.none()
        else:
            rows = (
                register.visible_to(viewer) if register.may_view(viewer) else target._default_manager.none()
            )
        return rows.filter(retired_at=None) if has_field(target, "retired_at") else rows

    def notices(self, viewer: Viewer) -> list[str]:
        """What the head of the list has to say, translated; for example that data are missing."""
        return []

    def link(self, name: str, row: Row) -> str:
        """Where a cell leads that is no reference to another register, such as a row's source; empty: nowhere."""
        return ""

    def summary(
        self, viewer: Viewer, search: str, narrow: Callable[[QuerySet[Row]], QuerySet[Row]]
    ) -> list[str]:
        """Figures over the whole list, translated; `narrow` puts the list's search and filters on any rows."""
        return []

    def decorate(self, rows: QuerySet[Row]) -> QuerySet[Row]:
        """Prefetch what computed columns need, so that a page costs the same number of queries always."""
        return rows

    # -- what the declaration means ------------------------------------------------------------

    @property
    def title(self) -> str:
        """The register's name on screen."""
        return gettext(str(self.model._meta.verbose_name_plural))

    @property
    def kind(self) -> str:
        """The kind of record in history and links."""
        return self.model._meta.label_lower

    @property
    def argument(self) -> str:
        """The keyword under which services get the row: `calendar_day` for CalendarDay, unless `row_name` says else."""
        return self.row_name or re.sub(r"(?<!^)(?=[A-Z])", "_", self.model.__name__).lower()

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        """The form's fields by name."""
        return {spec.name: Shape.of(self.model, spec) for spec in self.fields}

    @cached_property
    def columns(self) -> dict[str, ColumnShape]:
        """Every column that can be shown, the listed ones first, then the form's other fields."""
        others = [spec.name for spec in self.fields if spec.name not in self.listing]
        return {name: self._column(name) for name in (*self.listing, *others)}

    @cached_property
    def filter_shapes(self) -> dict[str, Shape]:
        """The shapes of all fields the list may be narrowed by."""
        names = (*self.filters.names, *self.filters.ranges)
        return {name: Shape.of(self.model, FieldSpec(name)) for name in names}

    @property
    def retirable(self) -> bool:
        """Whether rows are kept and marked (`retired_at`) instead of removed."""
        return has_field(self.model, "retired_at")

    @property
    def retiring(self) -> str:
        """The word for retiring on buttons."""
        return gettext(self.retire_label or (text("停用") if self.retirable else text("删除")))

    def allows(self, verb: str) -> bool:
        """Whether `create`, `change` or `retire` exists here."""
        return getattr(self, verb) is not None

    def readable(self, row: Row, viewer: Viewer) -> Row:
        """The row as this person may read it, its private fields emptied; only to be shown, never to be saved."""
        if self.private and not self.may_read_private(row, viewer):
            for name in self.private:
                setattr(row, name, None)
        return row

    def _column(self, name: str) -> ColumnShape:
        if not has_field(self.model, name):
            return ColumnShape(name, self.labels[name], "text")
        shape = Shape.of(self.model, FieldSpec(name, kind=_declared_kind(self.fields, name)))
        sort = "" if name in self.private else _sort_path(self.model, name)
        return ColumnShape(name, shape.label, shape.kind, shape, sort)

    # -- addresses and guards ------------------------------------------------------------------

    def url(self, page: str = "list", key: int | str | None = None) -> str:
        """Address of a page: list, new, import, export; detail, edit, retire, history of a row; options of a field."""
        return reverse(f"crud:{self.menu}-{self.name}-{page}", args=() if key is None else (key,))

    def require_view(self, viewer: Viewer) -> None:
        """Raise NotFound for people for whom this register does not exist."""
        if not self.may_view(viewer):
            raise NotFound(text("找不到这个页面"))

    def require_edit(self, viewer: Viewer, verb: str) -> None:
        """Raise NotAllowed for readers, and where `verb` does not exist here."""
        self.require_view(viewer)
        if not self.may_edit(viewer) or not self.allows(verb):
            raise NotAllowed(text("你可以查看{register}，但不能修改"), register=self.title)

    def get(self, viewer: Viewer, row: int) -> Row:
        """The row if it is visible, else NotFound; references of the form come with it."""
        self.require_view(viewer)
        references = [shape.name for shape in self.shapes.values() if shape.is_reference]
        found = self.visible_to(viewer).select_related(*references).filter(pk=row).first()
        if found is None:
            raise NotFound(text("找不到这条记录，它可能已被删除，或你没有查看权限"))
        return found


def has_field(model: type[models.Model], name: str) -> bool:
    """Whether `model` has a column of that name."""
    try:
        return isinstance(model._meta.get_field(name), models.Field)
    except FieldDoesNotExist:
        return False


def _declared_kind(fields: Fields, name: str) -> str:
    return next((spec.kind for spec in fields if spec.name == name), "")


def _sort_path(model: type[models.Model], name: str) -> str:
    """Names sort by stored pinyin, references by the name of what they point to; long texts don't."""
    found = model._meta.get_field(name)
    if isinstance(found, models.ForeignKey):
        keys = ("name_pinyin", "name", "code")
        shown = next((key for key in keys if has_field(found.related_model, key)), "")
        return f"{name}__{shown or 'pk'}"
    if kind_of(cast("models.Field[Any, Any]", found)) in {"longtext", "list"}:
        return ""
    return f"{name}_pinyin" if has_field(model, f"{name}_pinyin") else name
