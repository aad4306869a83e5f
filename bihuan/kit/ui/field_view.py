"""FieldView: the contract between whoever knows a field and the templates that draw it.

Documents and Resource forms build FieldViews; ``{% include "kit/field.html" with field=view %}``
draws one with label, help, errors and the right widget. Everything here is text made ready for
display or for an ``<input>``: no formatting, rights or look-ups happen in templates.

Submitted names (``name`` is the prefix, ``f-<key>`` for a document field):

=====================  ==========================================================================
kind                   what the browser sends
=====================  ==========================================================================
most kinds             ``name`` once
bool                   ``name`` = ``""`` (always) and ``name`` = ``true`` when ticked: last one counts
multi, ``many``        ``name`` = ``""`` (always) and ``name`` once per choice: drop the empty one
file, image            ``name`` once: file ids joined by commas
daterange,             ``name-start`` and ``name-end``
datetimerange
table                  ``name-count`` and, for each row 0…count-1, the cells' own names, that is
                       ``name-<row>-<column>``; rows are numbered from 0 without gaps on sending
readonly               nothing
=====================  ==========================================================================

In ``columns`` (the blank row a table copies) the row number is the text ``ROW_MARK``.
"""

from collections.abc import Iterator
from dataclasses import dataclass

ROW_MARK = "__row__"
"""Stands for the row number in the names of a table's blank row."""

WIDE_KINDS = frozenset(
    {"longtext", "table", "file", "image", "approval", "json", "view", "multi", "signature", "datetimerange"}
)
"""Kinds that take the full width of a form's two-column grid."""

RADIO_LIMIT = 5
"""An enum with at most this many options is shown as radio buttons, outside tables."""

SEARCH_FROM = 8
"""A select with more options than this gets a search box."""

WIDGETS = {
    "text": "text",
    "period": "period",
    "phone": "phone",
    "longtext": "longtext",
    "int": "number",
    "decimal": "number",
    "money": "money",
    "percent": "number",
    "bool": "bool",
    "date": "date",
    "datetime": "date",
    "month": "date",
    "daterange": "range",
    "datetimerange": "range",
    "multi": "multi",
    "user": "select",
    "slot": "select",
    "unit": "select",
    "region": "select",
    "ref": "select",
    "file": "file",
    "image": "file",
    "table": "table",
    "rating": "rating",
    "signature": "signature",
    "approval": "approval",
    "view": "read",
    "secret": "secret",
    "json": "json",
}
"""Field kind → template in ``kit/field_widgets/``; ``enum`` depends on the number of options."""

INPUT_TYPES = {
    "date": "date",
    "datetime": "datetime-local",
    "month": "month",
    "daterange": "date",
    "datetimerange": "datetime-local",
}


@dataclass(frozen=True, slots=True)
class Option:
    """A choice, a chosen person or record, or a kept file.

    ``search`` holds extra text a search finds it by (pinyin and initials), ``note`` is small print
    (department, number, file size), ``url`` opens the thing (files: download), ``thumb`` is an
    image address for previews.
    """

    value: str
    label: str
    search: str = ""
    note: str = ""
    url: str = ""
    thumb: str = ""


@dataclass(frozen=True, slots=True)
class Opinion:
    """One line of an approval block: who said what, when."""

    person: str
    result: str
    text: str = ""
    position: str = ""
    time: str = ""
    tone: str = "secondary"
    """Colour name of ``<c-badge>``: green for agreed, red for refused, secondary otherwise."""


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field, ready to be drawn; see the module text for what comes back.

    ``value`` is the text for the input (ISO dates, plain decimals without grouping), ``values``
    the chosen values of ``multi``/``many``, the (start, end) of ranges and the file ids of files.
    ``display`` is the text for reading. ``options`` hold every choice, or only the chosen ones
    when ``url`` (search of people and records, or the upload address of files) gives the rest.
    """

    key: str
    name: str
    label: str
    kind: str
    value: str = ""
    values: tuple[str, ...] = ()
    display: str = ""
    required: bool = False
    readonly: bool = False
    hidden: bool = False
    help: str = ""
    error: str = ""
    warning: str = ""
    example: str = ""
    unit: str = ""
    origin: str = "stated"
    """``stated`` | ``mixed`` | ``convention``; the last is marked 按惯例补全."""
    many: bool = False
    in_table: bool = False
    """Whether this is a cell of a table: cells show no label of their own and stay compact."""
    options: tuple[Option, ...] = ()
    url: str = ""
    accept: str = ""
    """File types offered by the file dialog, for example ``.pdf,.docx``."""
    minimum: str = ""
    maximum: str = ""
    max_length: int | None = None
    min_rows: int = 0
    max_rows: int | None = None
    columns: tuple["FieldView", ...] = ()
    """The blank row of a table; names hold ``ROW_MARK``, ``total`` the foot of the column."""
    rows: tuple[tuple["FieldView", ...], ...] = ()
    total: str = ""
    opinions: tuple[Opinion, ...] = ()
    before: str = ""
    """Earlier value as text when the field changed since the reader last looked (签后有改动)."""

    @property
    def dom_id(self) -> str:
        """Id of the input; also the target of an out-of-band refresh of a computed field."""
        return f"id_{self.name}"

    @property
    def is_wide(self) -> bool:
        """Whether the field takes a full row of the form."""
        return self.kind in WIDE_KINDS or (self.kind == "text" and (self.max_length or 0) > 200)

    @property
    def takes_photos(self) -> bool:
        """Whether a phone offers its camera and its album: fields of files, if their types allow pictures."""
        return self.widget == "file" and not self.in_table and not self.accept

    @property
    def locates(self) -> bool:
        """Whether a phone offers to fill in where it stands: a short text named ``place`` (R-049).

        The text is then "latitude, longitude ±accuracy m"; whoever prefers words types them.
        """
        return self.widget == "text" and self.key == "place" and not self.in_table

    @property
    def is_moment(self) -> bool:
        """Whether a button offers the present minute."""
        return self.kind == "datetime" and not self.readonly and not self.in_table

    @property
    def is_group(self) -> bool:
        """Whether several inputs share the label (then a ``fieldset`` with a ``legend``)."""
        ranges = self.kind in {"daterange", "datetimerange"}
        return ranges or self.widget in {"multi", "radio", "rating", "table"}

    @property
    def is_numeric(self) -> bool:
        """Whether the value is right-aligned in tables."""
        return self.kind in {"int", "decimal", "money", "percent"}

    @property
    def widget(self) -> str:
        """Template name in ``kit/field_widgets/`` for this field (read-only ones are read)."""
        if self.kind in {"table", "approval", "file", "image", "json", "signature", "secret"}:
            return WIDGETS[self.kind]
        if self.readonly:
            return "read"
        if self.kind == "enum":
            return "radio" if len(self.options) <= RADIO_LIMIT and not self.in_table else "select"
        return WIDGETS.get(self.kind, "text")

    @property
    def input_type(self) -> str:
        """``type`` of the HTML input for date kinds."""
        return INPUT_TYPES.get(self.kind, "text")

    @property
    def start(self) -> str:
        """First value of a range."""
        return self.values[0] if self.values else ""

    @property
    def end(self) -> str:
        """Second value of a range."""
        return self.values[1] if len(self.values) > 1 else ""

    @property
    def described_by(self) -> str:
        """Ids of the texts that explain the input, for ``aria-describedby``."""
        return " ".join(
            f"{self.dom_id}_{part}" for part in ("help", "error", "warning") if getattr(self, part)
        )

    @property
    def read_text(self) -> str:
        """What a reader sees: the display text, else the labels chosen, else the value."""
        if self.display:
            return self.display
        chosen = [label for value, label in self._labels() if value in self.chosen]
        return "、".join(chosen) or self.value

    @property
    def chosen(self) -> tuple[str, ...]:
        """Chosen values, whether one or many are allowed."""
        if self.values:
            return self.values
        return (self.value,) if self.value else ()

    @property
    def is_searchable(self) -> bool:
        """Whether a select gets a search box: many options, or more of them at an address."""
        return bool(self.url) or self.many or self.kind == "multi" or len(self.options) > SEARCH_FROM

    @property
    def has_totals(self) -> bool:
        """Whether any column of a table has a total."""
        return any(column.total for column in self.columns)

    @property
    def steps(self) -> tuple[Option, ...]:
        """The five stars of a rating, unless options name them."""
        if self.options:
            return self.options
        return tuple(Option(str(n), str(n)) for n in range(1, int(self.maximum or 5) + 1))

    @property
    def choices(self) -> tuple[Option, ...]:
        """What a select offers."""
        return self.steps if self.kind == "rating" else self.options

    @property
    def steps_down(self) -> tuple[Option, ...]:
        """The same from the top: stars are drawn from right to left so that CSS can fill them."""
        return tuple(reversed(self.steps))

    def _labels(self) -> Iterator[tuple[str, str]]:
        return ((option.value, option.label) for option in self.options)
