"""What the code must not contain, each with the few places that may and why."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .sources import modules, name_of, nodes, place, templates

SQL_PLACES = {
    "bihuan/process/store/": "the engine's rows, one case at a time",
    "bihuan/process/lookups.py": "the reads of every step beside the engine's rows",
    "bihuan/documents/rows.py": "documents, versions and index rows as running cases read and write them",
    "bihuan/packs/lookups.py": "settings along the unit tree, asked by conditions of running cases",
    "bihuan/org/lookups.py": "who sits where and which days are worked, asked several times in every step",
    "bihuan/kit/sqlite3/": "the database engine itself",
    "bihuan/kit/io/": "streams of rows",
    "bihuan/kit/numbering/services.py": "UPDATE … RETURNING keeps series gapless",
    "bihuan/kit/audit/services.py": "the chain's row is written in one statement",
    "bihuan/kit/audit/immutable.py": "triggers that refuse changes",
    "bihuan/kit/backup/": "whole tables at one moment",
    "bihuan/process/scenario/databases.py": "folds a template database into one file before it is copied",
    "bihuan/kit/notify/services.py": "one INSERT … ON CONFLICT for all receivers",
}
TIME_PLACES = {
    "bihuan/kernel/clock.py": "the only source of time",
    "bihuan/kit/files/store.py": "compares with the file system's own time stamps",
}
TRUST_PLACES = {
    "bihuan/process/templatetags/process.py": "the diagram of outline.svg, which escapes every text it draws",
}
SAVE_PLACES = {"bihuan/kit/audit/models.py": "refuses every change of an audit entry"}


def dotted(node: ast.AST) -> str:
    """`a.b.c` of a name or an attribute, as far as it can be told."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def calls(found: Iterator[ast.AST]) -> Iterator[tuple[ast.Call, str]]:
    """The calls among some nodes, with the dotted name of what is called."""
    return ((node, dotted(node.func)) for node in found if isinstance(node, ast.Call))


def reads_time(node: ast.AST) -> bool:
    """Asks the machine for the present moment."""
    if isinstance(node, ast.keyword):
        return node.arg in {"auto_now", "auto_now_add"}
    if not isinstance(node, ast.Attribute):
        return False
    ending = ".".join(dotted(node).split(".")[-2:])
    return ending in {
        "datetime.now", "datetime.utcnow", "datetime.today", "date.today",
        "time.time", "time.time_ns", "timezone.now", "timezone.localdate",
    }  # fmt: skip


def writes_sql(node: ast.AST) -> bool:
    """Talks SQL to the database."""
    if isinstance(node, ast.ImportFrom):
        return any(name.name == "RawSQL" for name in node.names)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    name = dotted(node.func)
    return name.endswith(("connection.cursor", "cursor.execute", "cursor.executemany")) or (
        node.func.attr in {"raw", "extra"} and not name.startswith(("logger.", "logging."))
    )


def uses_signals(node: ast.AST) -> bool:
    """Hangs business behind a signal."""
    if isinstance(node, ast.ImportFrom):
        module = node.module or ""
        return module.endswith("signals") or module == "django.dispatch"
    return isinstance(node, ast.Attribute) and bool(
        re.search(r"(_save|_delete|_init|_migrate)\.connect$", dotted(node))
    )


def overrides_saving(node: ast.AST) -> bool:
    """A class that changes what saving or deleting a row does."""
    if not isinstance(node, ast.ClassDef):
        return False
    methods = {found.name for found in node.body if isinstance(found, ast.FunctionDef)}
    bases = " ".join(dotted(base) for base in node.bases)
    return bool(methods & {"save", "delete", "save_base"}) and ("Model" in bases or "QuerySet" in bases)


def trusts_too_much(node: ast.AST) -> bool:
    """Runs text as a program, or lets text through as markup."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        names = {name.name for name in node.names} | {getattr(node, "module", "") or ""}
        return bool(names & {"pickle", "marshal", "shelve", "mark_safe", "SafeString", "SafeText"})
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"eval", "exec"}


BANS: list[tuple[Callable[[ast.AST], bool], dict[str, str]]] = [
    (reads_time, TIME_PLACES),
    (writes_sql, SQL_PLACES),
    (uses_signals, {}),
    (overrides_saving, SAVE_PLACES),
    (trusts_too_much, TRUST_PLACES),
]


def hits(ban: Callable[[ast.AST], bool]) -> set[tuple[Path, str]]:
    """Modules and places where a ban is broken."""
    return {(path, place(path, node)) for path in modules() for node in nodes(path) if ban(node)}


@pytest.mark.parametrize(("ban", "allowed"), BANS, ids=lambda value: getattr(value, "__name__", ""))
def test_banned(ban: Callable[[ast.AST], bool], allowed: dict[str, str]) -> None:
    found = hits(ban)
    assert sorted(where for path, where in found if not name_of(path).startswith(tuple(allowed))) == []
    unused = [name for name in allowed if not any(name_of(path).startswith(name) for path, _ in found)]
    assert set(unused) <= {"bihuan/kit/io/"}, "an allowance nobody needs any more"


@pytest.mark.parametrize(
    ("ban", "code"),
    [
        (reads_time, "datetime.now()"),
        (reads_time, "timezone.now()"),
        (reads_time, "DateTimeField(auto_now=True)"),
        (writes_sql, "connection.cursor()"),
        (writes_sql, "Case.objects.raw('x')"),
        (writes_sql, "Case.objects.extra(where=['x'])"),
        (uses_signals, "from django.db.models.signals import post_save"),
        (uses_signals, "post_save.connect(f)"),
        (overrides_saving, "class A(models.Model):\n    def save(self): ..."),
        (trusts_too_much, "eval('1')"),
        (trusts_too_much, "import pickle"),
        (trusts_too_much, "from django.utils.safestring import mark_safe"),
    ],
)
def test_a_ban_bites(ban: Callable[[ast.AST], bool], code: str) -> None:
    assert any(ban(node) for node in ast.walk(ast.parse(code)))


def test_no_junk_drawers() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "misc", "shared", "tools"}
    names = {part.removesuffix(".py") for path in modules(with_tests=True) for part in path.parts}
    assert names & drawers == set()


def test_templates_escape_everything() -> None:
    unsafe = re.compile(r"\|\s*safe(seq)?\b|autoescape\s+off|\{%\s*load\s+.*\bsafe\b")
    texts = {path: path.read_text(encoding="utf-8") for path in templates() if path.suffix == ".html"}
    assert len(texts) > 50
    assert [name_of(path) for path, text in texts.items() if unsafe.search(text)] == []
    assert unsafe.search("{{ x|safe }}")


def test_templates_bring_no_inline_script() -> None:
    inline = re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*application/(ld\+)?json)|\son[a-z]+=|javascript:", re.I
    )
    found = [name_of(path) for path in templates() if inline.search(path.read_text(encoding="utf-8"))]
    assert found == [], "the content security policy would refuse it"
