"""Export of exactly what a list shows: its filters, columns and order."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Literal, cast
from urllib.parse import quote

from django.db.models import Model
from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext

from bihuan.kit.access import Viewer
from bihuan.kit.crud.listing import Query, everything, shown_columns
from bihuan.kit.crud.resource import ColumnShape, Resource
from bihuan.kit.io import Column, csv_lines, write_xlsx

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_CHUNK = 2_000
_KEPT_IN_MEMORY = 5 * 2**20
_KINDS = {
    "int": "number",
    "decimal": "number",
    "percent": "number",
    "money": "money",
    "date": "date",
    "datetime": "datetime",
}


def export_rows(
    resource: Resource[Any], query: Query, viewer: Viewer, form: Literal["xlsx", "csv"], at: datetime
) -> HttpResponseBase:
    """The rows `query` asks for as a file; written row by row, whatever their number."""
    columns = shown_columns(resource, query)
    heads = [
        Column(gettext(column.label), cast("Any", _KINDS.get(column.kind, "text"))) for column in columns
    ]
    found = everything(resource, query, viewer).iterator(chunk_size=_CHUNK)
    rows = _values(resource, columns, (resource.readable(row, viewer) for row in found))
    name = f"{resource.title}-{at:%Y%m%d-%H%M}.{form}"
    if form == "csv":
        return _named(
            StreamingHttpResponse(csv_lines(heads, rows), content_type="text/csv; charset=utf-8"), name
        )
    target = tempfile.SpooledTemporaryFile(max_size=_KEPT_IN_MEMORY)  # noqa: SIM115 - FileResponse closes it
    write_xlsx(cast("Any", target), [(resource.title, heads, rows)])
    target.seek(0)
    return xlsx_response(target, name)


def xlsx_response(content: Any, name: str) -> HttpResponseBase:
    """A workbook as a download named `name`."""
    return _named(FileResponse(content, content_type=XLSX), name)


def cell_value(resource: Resource[Any], column: ColumnShape, row: Model) -> Any:
    """The plain value of a column: names of references, labels of choices, numbers and dates as such."""
    if column.field is None:
        return getattr(resource, f"column_{column.name}")(row)
    return column.field.plain(getattr(row, column.name))


def _values(
    resource: Resource[Any], columns: Sequence[ColumnShape], rows: Iterator[Model]
) -> Iterator[list[Any]]:
    for row in rows:
        yield [cell_value(resource, column, row) for column in columns]


def _named(response: HttpResponseBase, name: str) -> HttpResponseBase:
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
