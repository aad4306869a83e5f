"""Word: plain, and in a department's own template, which can say nothing but the form's names."""

from __future__ import annotations

import io
import time
import zipfile
from typing import Any

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from docx.oxml.ns import qn

from bihuan.documents.models import Document, WordTemplate
from bihuan.kernel import clock
from bihuan.kit import audit
from bihuan.org.models import Person

from .conftest import NOW, PLAN, Company, release_with
from .test_printing import NASTY, web
from .test_services import submitted


@pytest.fixture(autouse=True)
def _november() -> Any:
    with clock.use(clock.FixedClock(NOW)):
        yield


def words(content: bytes) -> str:
    """All text of a Word file: paragraphs, tables, heads and feet."""
    made = docx.Document(io.BytesIO(content))
    parts = [made, *(part for section in made.sections for part in (section.header, section.footer))]
    found = [paragraph.text for part in parts for paragraph in part.paragraphs]
    found += [
        cell.text for part in parts for table in part.tables for row in table.rows for cell in row.cells
    ]
    return "\n".join(found)


def template(*paragraphs: str, loop: tuple[str, ...] = (), head: str = "") -> bytes:
    made = docx.Document()
    for one in paragraphs:
        made.add_paragraph(one)
    if loop:
        table = made.add_table(3, len(loop))
        table.rows[0].cells[0].text = "{%tr for row in doc.lines %}"
        for cell, key in zip(table.rows[1].cells, loop, strict=True):
            cell.text = "{{ row." + key + " }}"
        table.rows[2].cells[0].text = "{%tr endfor %}"
    made.sections[0].header.paragraphs[0].text = head
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def put(who: Person | Client, content: bytes, name: str = "模板.docx", code: str = "F-901") -> Any:
    client = who if isinstance(who, Client) else web(who)
    return client.post(f"/documents/word/{code}/", {"file": SimpleUploadedFile(name, content)})


def word(who: Person, document: Document) -> bytes:
    answer = web(who).get(f"/documents/{document.pk}/print.docx")
    assert answer.status_code == 200, answer.content.decode()[-2000:]
    return bytes(answer.content)


def test_without_a_template_there_is_plain_word(firm: Company) -> None:
    document = submitted(firm, reason=f"{NASTY}\n第二行 \x0b👍")
    answer = web(firm.boss).get(f"/documents/{document.pk}/print.docx")
    text = words(answer.content)
    for said in (
        "小计划",
        document.number,
        "赵一鸣",
        "印刷",
        "¥1,234.50",
        "大写：柒仟肆佰陆拾玖元整",
        NASTY,
        "第二行",
        "打印人：钱经理",
    ):
        assert said in text, said
    fonts = docx.Document(io.BytesIO(answer.content)).styles["Normal"].element.rPr.rFonts
    assert fonts.get(qn("w:eastAsia")) == "Microsoft YaHei"
    assert (
        f"/documents/{document.pk}/print.docx"
        in web(firm.boss).get(f"/documents/{document.pk}/").content.decode()
    )


def test_word_is_for_those_who_may_read_the_page(firm: Company) -> None:
    document = submitted(firm)
    for who in (firm.stranger, firm.admin):
        assert web(who).get(f"/documents/{document.pk}/print.docx").status_code == 404


def test_a_template_is_filled_with_text_only(firm: Company) -> None:
    own = template(
        "编号 {{ head.number }}，{{ doc.title }}，共 {{ doc.total }}（{{ capitals.total }}）",
        "{% if doc.reason %}原因：{{ doc.reason }}{% else %}无原因{% endif %} {{ doc.lines|length }}项",
        loop=("item", "qty", "amount"), head="{{ head.unit }} {{ head.printed_by }}",
    )  # fmt: skip
    assert put(firm.admin, own).status_code == 302
    document = submitted(firm, reason=f"{NASTY} <b>&amp;</b>\n下一行")
    text = words(word(firm.boss, document))
    for said in (f"编号 {document.number}，十二月计划，共 ¥7,469.00（柒仟肆佰陆拾玖元整）",
                 f"{NASTY} <b>&amp;</b>", "下一行",
                 "2项", "印刷", "差旅", "¥2,469.00", "市场部 钱经理"):  # fmt: skip
        assert said in text, said
    assert "{%" not in text.replace(NASTY, "")
    row = WordTemplate.objects.get()
    assert audit.history("documents.word_template", row.pk)[0].person_name == firm.admin.name
    assert web(firm.admin).post("/documents/word/F-901/remove/").status_code == 302
    assert "填表人" in words(word(firm.boss, document))


def test_the_starter_names_everything_and_is_itself_a_template(firm: Company) -> None:
    starter = web(firm.admin).get("/documents/word/F-901.docx?starter=1").content
    assert "{{ doc.total }}" in words(starter)
    assert put(firm.admin, starter).status_code == 302
    document = submitted(firm)
    text = words(word(firm.boss, document))
    assert "印刷" in text
    assert document.number in text
    assert "{{" not in text
    assert web(firm.admin).get("/documents/word/F-901.docx").content == starter
    assert "模板.docx" in web(firm.admin).get("/documents/word/").content.decode()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{{ doc.nope }}", "doc.nope"), ("{{ nope }}", "nope"), ("{{ doc }}", "doc"),
        ("{{ head.password }}", "head.password"),
        ("{% for row in doc.title %}{% endfor %}", "doc.title"), ("{{ doc.title", "标记写错了"),
        ("{{ ''.__class__.__mro__ }}", "不"), ("{{ doc.__class__ }}", "不"), ("{{ doc['title'] }}", "不能用"),
        ("{{ self }}", "self"), ("{{ cycler.__init__.__globals__.os.popen('id').read() }}", "不"),
        ("{{ request }}", "request"), ("{% import 'x' as y %}", "不"), ("{% include '/etc/passwd' %}", "不"),
        ("{{ 9**9**9 }}", "不能用"), ("{{ 'a' * 999999999 }}", "不能用"), ("{% set x = 1 %}", "不能用"),
        ("{% for row in doc.lines %}{% for two in doc.lines %}{% endfor %}{% endfor %}", "循环里"),
        ("{{ doc.title|attr('x') }}", "|attr"), ("{{ lipsum() }}", "不能用"),
        ("{% macro m() %}{% endmacro %}", "不能用"),
        ("{% for row in doc.lines %}{{ row.nope }}{% endfor %}", "row.nope"),
        ("{{ doc.title ~ doc.title }}", "不能用"),
    ],
)  # fmt: skip
def test_a_template_that_says_anything_else_is_refused_with_the_reason(
    firm: Company, source: str, said: str
) -> None:
    for content in (template(source), template(head=source)):
        answer = put(firm.admin, content)
        assert answer.status_code == 422
        text = answer.content.decode()
        assert "模板不能用" in text
        assert said.replace("'", "&#x27;") in text
    assert not WordTemplate.objects.exists()


def packed(content: bytes, **more: bytes) -> bytes:
    """A Word file with other parts in it."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            new.writestr(entry, more.pop(entry.filename, None) or old.read(entry))
        for name, part in more.items():
            new.writestr(name, part)
    return target.getvalue()


def damaged(content: bytes) -> bytes:
    """A byte of the packed text is another."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        start = archive.getinfo("word/document.xml").header_offset + 60
    return content[:start] + bytes([content[start] ^ 0xFF]) + content[start + 1 :]


def test_files_that_are_no_harmless_word_are_refused(firm: Company) -> None:
    good = template("{{ doc.title }}")
    far = b'<Relationship Id="r" Type="x/attachedTemplate" Target="http://e.com" TargetMode="External"/>'
    bad = {
        "no word": b"MZ not a zip",
        "other kind": b"",
        "macro": packed(good, **{"word/vbaProject.bin": b"x"}),
        "object": packed(good, **{"word/embeddings/a.xlsx": b"x"}),
        "entity": packed(good, **{"word/header9.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a/>'}),
        "far": packed(good, **{"word/_rels/settings.xml.rels": far}),
        "not XML": packed(good, **{"word/document.xml": b"<w:document"}),
        "damaged": damaged(good),
        "bomb": packed(good, **{"word/media/a.xml": b" " * (60 * 2**20)}),
    }
    begun = time.monotonic()
    for kind, content in bad.items():
        assert put(firm.admin, content).status_code == 422, kind
    assert put(firm.admin, good, name="模板.docm").status_code == 422
    assert put(firm.admin, good, code="F-000").status_code == 404
    assert not WordTemplate.objects.exists()
    assert time.monotonic() - begun < 60


def test_only_administrators_manage_templates(firm: Company) -> None:
    good = template("{{ doc.title }}")
    for who in (firm.boss, firm.writer):
        client = web(who)
        assert put(client, good).status_code == 403
        assert client.get("/documents/word/").status_code == 403
        assert client.get("/documents/word/F-901.docx").status_code == 403
        assert client.post("/documents/word/F-901/remove/").status_code == 403
    assert put(firm.admin, good).status_code == 302
    file = WordTemplate.objects.get().file_id
    assert web(firm.boss).get(f"/files/{file}/").status_code == 404
    assert web(firm.admin).get(f"/files/{file}/").status_code == 200


def test_a_template_that_does_not_fit_an_older_form_names_what_is_missing(firm: Company) -> None:
    document = submitted(firm)
    release_with({**PLAN, "fields": [*PLAN["fields"], {"key": "extra", "label": "另加", "type": "text"}]})
    assert put(firm.admin, template("{{ doc.extra }}")).status_code == 302
    answer = web(firm.boss).get(f"/documents/{document.pk}/print.docx")
    assert answer.status_code == 422
    assert "不认识的名称：doc.extra" in answer.content.decode()
