"""Word files: a department's own template filled with a document, a starter for one, and a plain one."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import docx
from django.utils.translation import get_language, gettext
from docx.oxml.ns import qn
from docxtpl import DocxTemplate

from bihuan.kernel.errors import Invalid, text
from bihuan.kit.files.inspect import BROKEN_ARCHIVE

from .domain.definition import FieldType, FormDefinition
from .word_language import HEAD, SIGNING, Vocabulary, problems_of, sandbox

FONT = "Microsoft YaHei"
DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MAX_TEMPLATE = 5 * 2**20
MAX_UNPACKED = 50 * 2**20
MAX_SAID = 12
"""Problems named in one message."""
_FORBIDDEN = re.compile(r"vbaProject|word/embeddings/|activeX|\.bin$", re.IGNORECASE)
_FAR = re.compile(rb'<Relationship\b(?=[^>]*TargetMode="External")(?![^>]*/hyperlink")', re.IGNORECASE)
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_PARTS = re.compile(r"word/(document|header\d*|footer\d*|footnotes)\.xml")
_PROPERTIES = ("author", "comments", "identifier", "language", "subject", "title")


def vocabulary(definition: FormDefinition) -> Vocabulary:
    """The names a template of this form may use."""
    tables = {
        one.key: frozenset(one.column_by_key) for one in definition.fields if one.type == FieldType.TABLE
    }
    fields = frozenset(one.key for one in definition.fields) - frozenset(tables)
    money = frozenset(one.key for one in definition.fields if one.type == FieldType.MONEY)
    return Vocabulary(fields, money, tables)


def check_template(content: bytes, definition: FormDefinition) -> None:
    """Refuse what is no harmless Word file or names what the form lacks; raises Invalid with all problems."""
    _check_archive(content)
    problems = problems_of(list(_sources(content)), vocabulary(definition))
    if problems:
        more = text(" 等{n}处").format(n=len(problems)) if len(problems) > MAX_SAID else ""
        raise Invalid(text("模板不能用：{problems}"), problems="；".join(problems[:MAX_SAID]) + more)


def _check_archive(content: bytes) -> None:
    if len(content) > MAX_TEMPLATE:
        raise Invalid(text("模板超过5MB"))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
                raise Invalid(text("模板解压后过大"))
            if any(_FORBIDDEN.search(entry.filename) for entry in entries):
                raise Invalid(text("模板不能带宏或嵌入的对象"))
            for entry in entries:
                if entry.filename.endswith((".xml", ".rels")):
                    _check_part(archive.read(entry))
    except BROKEN_ARCHIVE as error:
        raise Invalid(text("这不是可以读取的Word文件(.docx)")) from error


def _check_part(part: bytes) -> None:
    if b"<!DOCTYPE" in part or b"<!ENTITY" in part or _FAR.search(part):
        raise Invalid(text("模板不能引用外部内容"))


def _opened(content: bytes) -> DocxTemplate:
    template = DocxTemplate(io.BytesIO(content))
    try:
        template.init_docx()
    except (KeyError, SyntaxError, *BROKEN_ARCHIVE) as error:  # lxml's errors are SyntaxErrors
        raise Invalid(text("这不是可以读取的Word文件(.docx)")) from error
    return template


def _sources(content: bytes) -> Iterator[str]:
    """Every text of the file that is filled: body, heads, feet, footnotes, properties."""
    template = _opened(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if _PARTS.fullmatch(name):
                yield template.patch_xml(archive.read(name).decode("utf-8", "replace"))
    properties = template.docx.core_properties
    yield from (str(getattr(properties, name)) for name in _PROPERTIES)


def fill_template(content: bytes, definition: FormDefinition, paper: Mapping[str, Any]) -> bytes:
    """The template filled with `paper` (texts only, see `word_values`); raises Invalid where it no longer fits."""
    check_template(content, definition)
    template = _opened(content)
    template.render(clean(paper), sandbox(), autoescape=True)
    return _saved(template)


def clean(value: Any) -> Any:
    """Plain data without letters that XML cannot hold."""
    if isinstance(value, Mapping):
        return {str(key): clean(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [clean(one) for one in value]
    return _ILLEGAL.sub("", str(value))


def plain_word(paper: Mapping[str, Any]) -> bytes:
    """The document as plain Word: the same content and order as its PDF (`printing.paper_of`)."""
    data = clean(paper)
    made = _blank()
    made.add_heading(data["form"], 0)
    _pairs(made, data["facts"])
    for section in data["sections"]:
        if section["title"]:
            made.add_heading(section["title"], 1)
        for part in section["parts"]:
            if part["kind"] == "table":
                made.add_paragraph(part["label"], style="Heading 2")
                _table(made, [one["label"] for one in part["columns"]], part["rows"])
            else:
                cells = [cell for line in part["lines"] for cell in line]
                _pairs(
                    made,
                    [
                        (cell["label"], "\n".join(filter(None, [cell["text"], cell["note"]])))
                        for cell in cells
                    ],
                )
    for key in ("attachments", "linked"):
        if data[key]:
            made.add_heading(data["labels"][key], 1)
            for one in data[key]:
                made.add_paragraph(one, style="List Bullet")
    if data["signings"]:
        made.add_heading(data["labels"]["signings"], 1)
        keys = ("step", "person", "answer", "opinion", "time", "version")
        _table(made, data["labels"]["signing"], [[one[key] for key in keys] for one in data["signings"]])
    made.add_paragraph(data["foot"])
    return _saved(made)


def starter(definition: FormDefinition) -> bytes:
    """A template to begin with: every name of the form, with what it stands for."""
    language = get_language() or "zh-hans"
    made = _blank()
    made.add_heading("{{ head.form }}", 0)
    made.add_paragraph("{{ head.number }} {{ head.title }}")
    _pairs(made, [(key, _place(f"head.{key}")) for key in HEAD])
    for one in definition.fields:
        if one.type != FieldType.TABLE:
            _pairs(made, [(one.name(language), _place(f"doc.{one.key}"))])
            continue
        made.add_paragraph(one.name(language), style="Heading 2")
        labels = [column.name(language) for column in one.columns]
        _loop(made, f"doc.{one.key}", labels, [column.key for column in one.columns])
    made.add_paragraph(gettext("审批记录"), style="Heading 2")
    _loop(made, "signings", SIGNING, SIGNING)
    return _saved(made)


def _place(path: str) -> str:
    return "{{ " + path + " }}"


def _loop(made: Any, path: str, labels: Any, keys: Any) -> None:
    """A table with one row per record, in the way of docxtpl: the marks stand in rows of their own."""
    blank = [""] * (len(keys) - 1)
    rows = [
        ["{%tr for row in " + path + " %}", *blank],
        [_place(f"row.{key}") for key in keys],
        ["{%tr endfor %}", *blank],
    ]
    _table(made, list(labels), rows)


def _blank() -> Any:
    made = docx.Document()
    for style in made.styles:
        font = getattr(style, "font", None)
        if font is not None:
            font.name = FONT
            style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONT)
    return made


def _pairs(made: Any, rows: Any) -> None:
    if rows:
        _filled(made.add_table(len(rows), 2, style="Table Grid"), rows)


def _table(made: Any, labels: list[str], rows: list[list[str]]) -> None:
    _filled(made.add_table(len(rows) + 1, len(labels), style="Table Grid"), [labels, *rows])


def _filled(table: Any, rows: Any) -> None:
    """Cells are reached by row: reading a table's cells anew for each is slow."""
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, said in zip(row.cells, texts, strict=True):
            cell.text = said


def _saved(made: Any) -> bytes:
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()
