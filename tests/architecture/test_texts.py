"""What people read: message ids are the zh-Hans texts, and one thing has one word."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.template.loader import get_template

from .sources import ROOT, modules, name_of, nodes, place, templates

MARKS = {"gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy", "_", "text"}
TAGS = re.compile(r"""\{%\s*(?:trans|translate)\s+("[^"]*"|'[^']*')""")
BLOCKS = re.compile(r"\{%\s*blocktrans(?:late)?\b[^%]*%\}(.*?)\{%\s*endblocktrans", re.S)
IDEOGRAPH = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[A-Za-z]{2,}")


def is_simplified(message: str) -> bool:
    """Chinese in simplified characters (those of GB 2312), or no words at all."""
    words = re.sub(r"\{[^}]*\}|%\([^)]*\)s|<[^>]*>", "", message)
    found = IDEOGRAPH.findall(words)
    if not found:
        return not LATIN.search(words)
    try:
        "".join(found).encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def code_messages(path: Path) -> Iterator[tuple[str, str]]:
    """Place and text of every message marked for translation in a module."""
    for node in nodes(path):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        first = node.args[1] if called.startswith("pgettext") and len(node.args) > 1 else node.args[0]
        if called in MARKS and isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield place(path, node), first.value


def template_messages(path: Path) -> Iterator[tuple[str, str]]:
    """Place and text of every message of a template."""
    text = path.read_text(encoding="utf-8")
    found = [quoted[1:-1] for quoted in TAGS.findall(text)] + BLOCKS.findall(text)
    yield from ((name_of(path), re.sub(r"\{[{%].*?[%}]\}", "", message)) for message in found)


def test_message_ids_are_the_chinese_texts() -> None:
    found = [one for path in modules() for one in code_messages(path)]
    found += [one for path in templates() for one in template_messages(path)]
    assert len(found) > 100
    assert [f"{where}: {message}" for where, message in found if not is_simplified(message)] == []


@pytest.mark.parametrize(
    ("message", "good"),
    [("我的待办", True), ("共{count}条", True), ("My tasks", False), ("審批", False), ("→", True)],
)
def test_simplified_is_told_from_the_rest(message: str, good: bool) -> None:
    assert is_simplified(message) is good


@pytest.mark.parametrize("path", templates(), ids=lambda path: path.name)
def test_templates_compile(path: Path) -> None:
    app_templates = next(parent for parent in path.parents if parent.name == "templates")
    get_template(path.relative_to(app_templates).as_posix())


@pytest.mark.django_db
def test_migrations_are_complete() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def glossary() -> dict[str, list[str]]:
    """Code word → the words to avoid for it, as far as they are set in backticks."""
    rows = [line.strip("|").split("|") for line in _lines() if line.startswith("| `")]
    return {row[0].strip(" `"): re.findall(r"`([^`]+)`", row[4]) for row in rows}


def _lines() -> list[str]:
    return (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()


def identifiers(path: Path) -> Iterator[tuple[str, str]]:
    """Place and words of every name that a module makes."""
    for node in nodes(path):
        names = [getattr(node, "name", None)] if isinstance(node, ast.FunctionDef | ast.ClassDef) else []
        names += [node.arg] if isinstance(node, ast.arg) else []
        names += [node.id] if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else []
        for name in filter(None, names):
            words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)
            yield place(path, node), "_".join(word.lower() for word in words)


def test_code_uses_the_words_of_the_glossary() -> None:
    avoided = {word: right for right, words in glossary().items() for word in words if word.isascii()}
    assert len(avoided) > 10
    wrong = [
        f"{where}: {name}: say {avoided[word]}"
        for path in modules()
        for where, name in identifiers(path)
        for word in avoided
        if f"_{word}_" in f"_{name}_"
    ]
    assert wrong == []


def test_pages_use_the_words_of_the_glossary() -> None:
    avoided = {word for words in glossary().values() for word in words if not word.isascii()}
    assert len(avoided) > 5
    found = [one for path in modules() for one in code_messages(path)]
    found += [one for path in templates() for one in template_messages(path)]
    wrong = [f"{where}: {message}" for where, message in found for word in avoided if word in message]
    assert wrong == []
