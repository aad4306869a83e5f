"""The program's own source files, read once for all tests of this folder."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "bihuan"


def name_of(path: Path) -> str:
    """The path as people write it: from the root of the repository."""
    return path.relative_to(ROOT).as_posix()


@cache
def modules(*, with_tests: bool = False) -> tuple[Path, ...]:
    """All Python modules of the package but migrations; tests only when asked for."""
    left_out = {"migrations"} if with_tests else {"migrations", "tests"}
    return tuple(path for path in sorted(PACKAGE.rglob("*.py")) if not left_out & set(path.parts))


@cache
def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def nodes(path: Path) -> Iterator[ast.AST]:
    """Every node of a module."""
    return ast.walk(tree_of(path))


@cache
def templates() -> tuple[Path, ...]:
    """All templates of the apps."""
    return tuple(path for path in sorted(PACKAGE.glob("*/templates/**/*")) if path.is_file())


@cache
def tracked() -> tuple[Path, ...]:
    """The files git knows or would add, without those it ignores."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return tuple(ROOT / name for name in sorted(set(names)) if name and (ROOT / name).is_file())


def place(path: Path, node: ast.AST) -> str:
    """`file:line` of a node."""
    return f"{name_of(path)}:{getattr(node, 'lineno', 0)}"
