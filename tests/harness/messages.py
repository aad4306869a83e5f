"""`make messages` and `make compile-messages`: every text people read, and its translations.

A message id is the zh-Hans text (ADR 0003). Texts are collected from where they stand:

* calls in Python that mark or translate them (`gettext`, `text`, a `DomainError` and its kinds);
* templates, read by Django's own reader of template texts;
* labels of models, fields and choices, which are plain zh-Hans and translated when shown (`kit.language`).

Texts of the scripts stand in `kit/ui/script_texts.py`. What packs say is not here: their labels carry their languages.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import polib
from django.apps import apps
from django.conf import settings
from django.db.models import Choices
from django.utils.translation.template import templatize
from opencc import OpenCC

from bihuan.kernel.errors import DomainError
from tests.architecture.sources import ROOT, modules, name_of, nodes, place, templates

CATALOGUES = {"zh_Hant": "nplurals=1; plural=0;", "en": "nplurals=2; plural=(n != 1);"}
"""The languages beside zh-Hans, with their rule of plurals."""
MARKS = {"gettext", "gettext_lazy", "text", "_"}
PLURAL_MARKS = {"ngettext", "ngettext_lazy"}
_QUOTED = r"""u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_IN_TEMPLATE = re.compile(rf"\b(?:n?gettext|_)\({_QUOTED}(?:,\s*{_QUOTED})?")
IDEOGRAPH = re.compile(r"[\u3001-\u3011\u4e00-\u9fff\uff01-\uff1f]")
"""A Chinese character or punctuation mark: other languages say it differently."""


@dataclass
class Message:
    """One text, its plural where it has one, and the places where it stands."""

    text: str
    plural: str = ""
    places: list[str] = field(default_factory=list)


def collect() -> dict[str, Message]:
    """Every message of the program by its id, in the order of their places."""
    found: dict[str, Message] = {}
    for source, text, plural in (*_from_modules(), *_from_templates(), *_from_models()):
        if not IDEOGRAPH.search(text):  # Django's own texts and marks such as →
            continue
        message = found.setdefault(text, Message(text))
        message.plural = message.plural or plural
        if source not in message.places:
            message.places.append(source)
    return found


def _from_modules() -> Iterator[tuple[str, str, str]]:
    marks = MARKS | _error_names(DomainError)
    for path in modules():
        for node in nodes(path):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if called in PLURAL_MARKS and len(node.args) > 1:
                yield from (
                    (place(path, node), one, other)
                    for one in _constants(node.args[0])
                    for other in _constants(node.args[1])
                )
            elif called in marks:
                yield from ((place(path, node), one, "") for one in _constants(node.args[0]))


def _constants(node: ast.expr) -> Iterator[str]:
    """The texts an argument may be: itself, or the two sides of a condition."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from (*_constants(node.body), *_constants(node.orelse))


def _error_names(kind: type[DomainError]) -> set[str]:
    return {kind.__name__}.union(*(_error_names(one) for one in kind.__subclasses__()))


def _from_templates() -> Iterator[tuple[str, str, str]]:
    for path in templates():
        code = templatize(path.read_text(encoding="utf-8"), origin=name_of(path))
        for found in _IN_TEMPLATE.finditer(code):
            line = code.count("\n", 0, found.start()) + 1
            one, other = (ast.literal_eval(part) if part else "" for part in found.groups())
            yield f"{name_of(path)}:{line}", one, other


def _from_models() -> Iterator[tuple[str, str, str]]:
    for model in apps.get_models():
        if not model.__module__.startswith("bihuan."):
            continue
        names = [str(model._meta.verbose_name), str(model._meta.verbose_name_plural)]
        for one in model._meta.local_fields:
            names += [str(one.verbose_name), str(one.help_text)]
            names += [str(label) for _, label in one.flatchoices]
        yield from ((f"model {model._meta.label}", name, "") for name in names)
    for kind in _kinds_of(Choices):
        yield from ((f"choices {kind.__qualname__}", str(one.label), "") for one in kind)


def _kinds_of(kind: type[Choices]) -> Iterator[type[Choices]]:
    for one in kind.__subclasses__():
        if one.__module__.startswith("bihuan."):
            yield one
        yield from _kinds_of(one)


def catalogue(locale: str) -> Path:
    """The file of a language's translations."""
    return Path(settings.LOCALE_PATHS[0]) / locale / "LC_MESSAGES" / "django.po"


def update(locale: str) -> polib.POFile:
    """Bring a catalogue up to what the program says: new texts come empty, unused ones go.

    New zh-Hant texts come converted character by character and marked `fuzzy`, for a person to read.
    """
    path = catalogue(locale)
    known = {entry.msgid: entry for entry in polib.pofile(str(path))} if path.exists() else {}
    made = polib.POFile(wrapwidth=110)
    made.metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Language": locale,
        "Plural-Forms": CATALOGUES[locale],
    }
    for message in sorted(collect().values(), key=lambda one: one.text):
        made.append(_entry(message, known.get(message.text), locale))
    path.parent.mkdir(parents=True, exist_ok=True)
    made.save(str(path))
    return made


def _entry(message: Message, old: polib.POEntry | None, locale: str) -> polib.POEntry:
    flags = ["python-format"] if re.search(r"%\(\w+\)", message.text) else []
    entry = polib.POEntry(msgid=message.text, flags=flags)
    entry.occurrences = [(re.sub(r":\d+$", "", one), "") for one in message.places]
    entry.occurrences = list(dict.fromkeys(entry.occurrences))
    if message.plural:
        entry.msgid_plural = message.plural
        said = old.msgstr_plural if old is not None else {}
        forms = 1 + ("nplurals=2" in CATALOGUES[locale])
        entry.msgstr_plural = {number: said.get(number, "") for number in range(forms)}
    elif old is not None:
        entry.msgstr = old.msgstr
    if old is not None and "fuzzy" in old.flags:
        entry.flags.append("fuzzy")
    return _converted(entry) if locale == "zh_Hant" and not entry.translated() else entry


@cache
def _converter() -> OpenCC:
    return OpenCC("s2tw")  # reads its dictionaries: half a second


def _converted(entry: polib.POEntry) -> polib.POEntry:
    if "fuzzy" in entry.flags:
        return entry
    said = _converter().convert(entry.msgid)
    if entry.msgid_plural:
        entry.msgstr_plural = {0: said}
    else:
        entry.msgstr = said
    entry.flags.append("fuzzy")
    return entry


def compile_all() -> list[str]:
    """Write the `.mo` files that Django reads; returns the languages that have one."""
    done = []
    for locale in CATALOGUES:
        if catalogue(locale).exists():
            polib.pofile(str(catalogue(locale))).save_as_mofile(str(catalogue(locale).with_suffix(".mo")))
            done.append(locale)
    return done


def main() -> None:
    """Update the catalogues, or compile them (`--compile`)."""
    import django

    django.setup()
    if "--compile" in sys.argv:
        print(f"compiled: {', '.join(compile_all()) or 'nothing'}")
        return
    for locale in CATALOGUES:
        made = update(locale)
        where = catalogue(locale).relative_to(ROOT)
        print(
            f"{where}: {len(made)} texts, {len(made.untranslated_entries())} without translation, "
            f"{len(made.fuzzy_entries())} to read"
        )


if __name__ == "__main__":
    main()
