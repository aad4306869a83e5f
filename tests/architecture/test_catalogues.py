"""Every text has a translation in every language that is offered (ADR 0003)."""

from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.utils.translation import to_locale

from tests.harness import messages

HOME = "bihuan/home"
PLACEHOLDER = re.compile(r"\{\w*\}|%\(\w+\)[sd]|%[sd]")
THERE = [locale for locale in messages.CATALOGUES if messages.catalogue(locale).exists()]


@pytest.fixture(scope="module")
def collected() -> dict[str, messages.Message]:
    return messages.collect()


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("我的待办", "bihuan/home/views.py"),  # gettext("…")
        ("没有待办", f"{HOME}/templates/home/inbox.html"),  # {% translate %} inside an attribute
        ("%(n)s项待办", f"{HOME}/templates/home/inbox.html"),  # {% blocktranslate count %}
        ("（空）", "bihuan/kit/templates/kit/crud/_timeline.html"),  # a filter's argument
        ("没有这个密级：{label}", "bihuan/kernel/secrecy.py"),  # text("…") in an error
        ("现在不能撤回", "bihuan/process/engine/returns.py"),  # an error's message alone
        ("已粘贴 {rows} 行", "bihuan/kit/ui/script_texts.py"),  # what scripts say
        ("部门", "model org.Unit"),  # a choice's label
        ("流程编号", "model process.Case"),  # a field's name
    ],
)
def test_texts_are_found_wherever_they_stand(
    collected: dict[str, messages.Message], text: str, source: str
) -> None:
    assert any(place.startswith(source) for place in collected[text].places)


def test_languages_offered_are_those_with_a_catalogue() -> None:
    """Fails where a catalogue is not compiled: `make compile-messages`."""
    offered = {to_locale(code) for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE}
    assert offered == set(THERE)


@pytest.mark.parametrize("locale", THERE)
def test_every_text_is_translated(locale: str, collected: dict[str, messages.Message]) -> None:
    catalogue = polib.pofile(str(messages.catalogue(locale)))
    said = {entry.msgid: entry for entry in catalogue}
    assert sorted(set(collected) - set(said)) == [], "make messages"
    assert sorted(set(said) - set(collected)) == [], "make messages"
    assert [text for text, entry in said.items() if not entry.translated()] == []


@pytest.mark.parametrize("locale", THERE)
def test_translations_keep_what_is_filled_in(locale: str) -> None:
    wrong = [
        entry.msgid
        for entry in polib.pofile(str(messages.catalogue(locale)))
        for said in (entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr])
        if set(PLACEHOLDER.findall(said)) != set(PLACEHOLDER.findall(entry.msgid))
    ]
    assert wrong == []


@pytest.mark.parametrize("locale", THERE)
def test_compiled_catalogues_are_fresh(locale: str) -> None:
    source: Path = messages.catalogue(locale)
    compiled = {one.msgid: one.msgstr for one in polib.mofile(str(source.with_suffix(".mo")))}
    assert compiled == {one.msgid: one.msgstr for one in polib.pofile(str(source)).translated_entries()}


def test_new_texts_come_empty_and_old_ones_go(tmp_path: Path, settings: object) -> None:
    settings.LOCALE_PATHS = [tmp_path]  # type: ignore[attr-defined]
    first = messages.update("en")
    first.find("我的待办").msgstr = "My tasks"
    first.append(polib.POEntry(msgid="不再用的", msgstr="gone"))
    first.save(str(messages.catalogue("en")))
    again = messages.update("en")
    assert again.find("我的待办").msgstr == "My tasks"
    assert again.find("不再用的") is None
    assert again.find("%(n)s项待办").msgstr_plural == {0: "", 1: ""}
    assert messages.update("zh_Hant").find("我的待办").msgstr == "我的待辦"
    assert messages.compile_all() == ["zh_Hant", "en"]
    assert [one.msgid for one in polib.mofile(str(messages.catalogue("en").with_suffix(".mo")))] == [
        "我的待办"
    ]
