"""A person's language: chosen in the shell, kept with the person, spoken by labels and texts."""

from __future__ import annotations

from pathlib import Path

import polib
import pytest
from django.utils import translation
from django.utils.translation import trans_real

from bihuan.org.models import Person
from bihuan.process.models import Case
from bihuan.process.tests import stage

DUE = "{case}：{step}（截止{due}）"


@pytest.fixture
def english(settings, tmp_path: Path):
    """English with a catalogue of three texts."""
    folder = tmp_path / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    catalogue = polib.POFile()
    catalogue.metadata = {"Content-Type": "text/plain; charset=UTF-8"}
    for text, said in {
        "我的待办": "My tasks",
        "进行中": "Running",
        DUE: "{step} of {case} until {due}",
    }.items():
        catalogue.append(polib.POEntry(msgid=text, msgstr=said))
    catalogue.save_as_mofile(str(folder / "django.mo"))
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
    _forget()
    yield
    _forget()


def _forget() -> None:
    trans_real._translations.clear()
    trans_real._default = None
    trans_real.get_languages.cache_clear()


def test_a_chosen_language_stays_with_the_person(rail, web, english):
    zhao = web("zhao")
    assert "<h1>我的待办" in zhao.get("/").content.decode()
    assert 'name="language" value="en"' in zhao.get("/").content.decode()
    answer = zhao.post("/language/", {"language": "en", "next": "/done/"})
    assert (answer.status_code, answer["Location"]) == (302, "/done/")
    assert Person.objects.get(username="zhao").language == "en"
    elsewhere = web("zhao").get("/")
    assert '<html lang="en">' in elsewhere.content.decode()
    assert "<h1>My tasks" in elsewhere.content.decode()
    assert elsewhere["Content-Language"] == "en"
    assert "<h1>我的待办" in web("qian").get("/").content.decode()


def test_a_notice_speaks_its_readers_language(rail, web, english):
    case = stage.plan_at("head")
    case.refresh_from_db()
    qian = web("qian")
    assert (
        f"{case.number} {case.title}：产品市场部经理审核（截止03-" in qian.get("/notices/").content.decode()
    )
    qian.post("/language/", {"language": "en", "next": "/"})
    assert (
        f"产品市场部经理审核 of {case.number} {case.title} until 03-"
        in qian.get("/notices/").content.decode()
    )


def test_what_is_not_offered_is_not_kept(rail, web, english):
    web("zhao").post("/language/", {"language": "fr"})
    assert Person.objects.get(username="zhao").language == ""
    Person.objects.filter(username="zhao").update(language="fr")
    assert "<h1>我的待办" in web("zhao").get("/").content.decode()


def test_labels_of_choices_speak_the_language(english):
    assert Case(state="running").get_state_display() == "进行中"
    with translation.override("en"):
        assert Case(state="running").get_state_display() == "Running"
