"""Each kind of field as HTML: names, labels, states, and nothing unescaped."""

from datetime import datetime, timedelta

import lxml.html
import pytest
from django.template.loader import render_to_string

from bihuan.kernel import clock
from bihuan.kit.templatetags.kit import due_text, due_tone
from bihuan.kit.ui.field_view import ROW_MARK, WIDGETS, FieldView, Opinion, Option

EVIL = '"><script>alert(1)</script>'


def draw(field: FieldView) -> lxml.html.HtmlElement:
    return lxml.html.fromstring(f"<div>{render_to_string('kit/field.html', {'field': field})}</div>")


def field(kind: str, **more: object) -> FieldView:
    return FieldView("k", "f-k", "标签", kind, **more)  # type: ignore[arg-type]


def names(html: lxml.html.HtmlElement) -> list[str]:
    return [str(element.get("name")) for element in html.xpath(".//*[@name]")]


@pytest.mark.parametrize("kind", [*WIDGETS, "enum"])
def test_every_kind_is_named_labelled_and_escaped(kind: str) -> None:
    options = (Option("1", EVIL, search=EVIL, note=EVIL),)
    opinions = (Opinion(EVIL, "同意", EVIL),)
    html = draw(field(kind, value=EVIL, display=EVIL, help=EVIL, options=options, opinions=opinions))
    assert html.xpath(".//*[contains(@class, 'field-label')]")[0].text_content().startswith("标签")
    assert not html.xpath(".//script")
    for control in html.xpath(".//input[not(@type='hidden')] | .//select | .//textarea"):
        labelled = control.get("aria-label") or html.xpath(f".//label[@for='{control.get('id')}']")
        assert labelled or control.getparent().tag == "label", kind


@pytest.mark.parametrize("kind", [*WIDGETS, "enum"])
def test_a_readonly_field_sends_nothing(kind: str) -> None:
    assert names(draw(field(kind, readonly=True, display="已定"))) == []


def test_a_hidden_field_is_not_drawn() -> None:
    assert render_to_string("kit/field.html", {"field": field("text", hidden=True)}).strip() == ""


def test_errors_help_and_origin_are_told() -> None:
    html = draw(
        field("text", error="请填写", help="写全称", required=True, origin="convention", before="旧名")
    )
    control = html.xpath(".//input")[0]
    assert control.get("aria-invalid") == "true"
    for part in control.get("aria-describedby").split():
        assert html.xpath(f".//*[@id='{part}']"), part
    text = html.text_content()
    for words in ("请填写", "写全称", "按惯例补全", "有改动", "旧名"):
        assert words in text


@pytest.mark.parametrize(
    ("kind", "more", "expected"),
    [
        ("bool", {}, ["f-k", "f-k"]),
        ("daterange", {"values": ("2026-01-01", "")}, ["f-k-start", "f-k-end"]),
        ("multi", {"options": (Option("a", "甲"),)}, ["f-k", "f-k"]),
        ("ref", {"many": True, "url": "/find/"}, ["f-k", "f-k"]),
        ("file", {"values": ("3", "4")}, ["f-k"]),
    ],
)
def test_names_sent_are_those_of_the_contract(
    kind: str, more: dict[str, object], expected: list[str]
) -> None:
    assert names(draw(field(kind, **more))) == expected


def test_few_choices_are_radio_buttons_many_can_be_searched() -> None:
    few = draw(field("enum", value="b", options=tuple(Option(v, v) for v in "abcde")))
    assert few.xpath(".//input[@type='radio' and @checked]/@value") == ["b"]
    many = draw(field("enum", value="b", options=tuple(Option(v, v, search="py") for v in "abcdefghij")))
    assert many.xpath(".//select/@data-island") == ["select"]
    assert many.xpath(".//option[@selected]/@value") == ["b"]
    assert many.xpath(".//option/@data-search")[0] == "py"


def test_a_secret_never_comes_back() -> None:
    for readonly in (True, False):
        html = render_to_string(
            "kit/field.html", {"field": field("secret", value="hunter2", readonly=readonly)}
        )
        assert "hunter2" not in html


def cell(key: str, kind: str, row: object, **more: object) -> FieldView:
    return FieldView(key, f"f-k-{row}-{key}", key, kind, in_table=True, **more)  # type: ignore[arg-type]


def cells(row: object) -> tuple[FieldView, ...]:
    return (
        cell("item", "text", row, required=True),
        cell("kind", "enum", row, options=(Option("a", "甲"),)),
        cell("amount", "money", row, readonly=True, display="¥1.00", total="¥2.00"),
    )


def test_a_table_has_rows_a_count_a_blank_row_and_totals() -> None:
    html = draw(field("table", columns=cells(ROW_MARK), rows=(cells(0), cells(1)), min_rows=1))
    assert html.xpath(".//input[@name='f-k-count']/@value") == ["2"]
    assert html.xpath(".//tbody/tr[2]//input/@name") == ["f-k-1-item"]
    assert html.xpath(".//template//input/@name") == ["f-k-__row__-item"]
    assert html.xpath(".//tbody//div[@id='id_f-k-1-amount']")
    assert html.xpath(".//tfoot")[0].text_content().strip() == "合计¥2.00"
    assert not html.xpath(".//table//label")
    assert html.xpath(".//tbody//select")  # a cell stays compact: no radio buttons


def test_a_readonly_table_offers_no_tools() -> None:
    html = draw(field("table", columns=cells(ROW_MARK), rows=(), readonly=True))
    assert not html.xpath(".//template | .//button | .//*[@data-island]")
    assert "没有内容" in html.text_content()


def test_read_text_prefers_display_then_labels() -> None:
    options = (Option("a", "甲"), Option("b", "乙"))
    assert field("multi", values=("a", "b"), options=options).read_text == "甲、乙"
    assert field("enum", value="a", options=options, display="旧甲").read_text == "旧甲"
    assert field("text", value="x").read_text == "x"


def test_due_dates_are_coloured_and_said_as_people_do() -> None:
    with clock.use(clock.FixedClock(datetime(2026, 11, 20, 10, 0, tzinfo=clock.TZ))):
        now = clock.now()
        assert due_tone(now - timedelta(minutes=1)) == "late"
        assert due_tone(now + timedelta(hours=23)) == "soon"
        assert due_tone(now + timedelta(days=3)) == ""
        assert due_tone(now - timedelta(days=3), now) == ""
        assert due_text(now) == "今天 10:00"
        assert due_text(now + timedelta(days=1)) == "明天 10:00"
        assert due_text(now + timedelta(days=6)) == "11-26 10:00"
        assert due_text(now + timedelta(days=60)) == "2027-01-19 10:00"
        assert due_text(now.replace(hour=0) + timedelta(days=1)) == "今天 24:00"
        assert due_text(now.replace(hour=0)) == "昨天 24:00"
