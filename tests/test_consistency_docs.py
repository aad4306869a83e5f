"""What the documents say exists: commands, options, settings, files, links; both READMEs say the same."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from bihuan.cli import app
from tests.architecture import notices

ROOT = Path(__file__).resolve().parents[1]
DOCS = [ROOT / "README.md", ROOT / "README.zh.md", *sorted((ROOT / "docs").rglob("*.md"))]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
SETTINGS = (ROOT / "bihuan" / "config" / "settings.py").read_text(encoding="utf-8")


def shell_lines(path: Path) -> Iterator[str]:
    """Commands of a document: in blocks of code and in backticks."""
    text = path.read_text(encoding="utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S)
    lines = [line for block in blocks for line in block.splitlines()]
    lines += re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
    yield from (line.removeprefix("ExecStart=").split("#")[0].strip() for line in lines)


def commands(program: str) -> list[Any]:
    """`(document, line)` of each use of a program."""
    pattern = re.compile(rf"^(?:\S*/)?{program} \S")
    found = [(path, line) for path in DOCS for line in shell_lines(path) if pattern.match(line)]
    return [pytest.param(line, id=f"{path.name}: {line}") for path, line in found]


@pytest.mark.parametrize("line", commands("make"))
def test_make_targets_exist(line: str) -> None:
    targets = [word for word in shlex.split(line)[1:] if "=" not in word]
    assert [target for target in targets if not re.search(rf"^{target}:", MAKEFILE, re.M)] == []


@pytest.mark.parametrize("line", commands("bihuan"))
def test_commands_and_options_exist(line: str) -> None:
    command: Any = get_command(app)
    words = shlex.split(line)[1:]
    context: Any = None
    while words and hasattr(command, "commands") and not words[0].startswith("-"):
        name = words.pop(0)
        if name == "…":
            return
        assert name in command.commands, f"no command {name}"
        context = command.commands[name].make_context(name, ["x"], parent=context, resilient_parsing=True)
        command = context.command
    known = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    assert {word for word in words if word.startswith("--")} <= known


def test_settings_are_described() -> None:
    described = set(
        re.findall(r"BIHUAN_[A-Z_]+", (ROOT / "docs/how-to/run-for-real.md").read_text(encoding="utf-8"))
    )
    assert described == set(re.findall(r"BIHUAN_[A-Z_]+", SETTINGS))


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8"))
    assert [one for one in targets if "://" not in one and not (path.parent / one).exists()] == []


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_named_files_exist(path: Path) -> None:
    tops = "bihuan|packs|docs|tests|frontend|requirements|benchmarks"
    named = re.findall(rf"`((?:{tops})/[\w./-]*)`", path.read_text(encoding="utf-8"))
    made = {"frontend/dist"}
    assert [one for one in named if one not in made and not (ROOT / one).exists()] == []


def test_both_readmes_say_the_same() -> None:
    english, chinese = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md"))
    for pattern in (r"^## ", r"^\|", r"^- ", r"^\d\. "):
        assert len(re.findall(pattern, english, re.M)) == len(re.findall(pattern, chinese, re.M)), pattern
    for pattern in (r"`[^`\n]*\b(?:bihuan|make)\b[^`\n]*`", r"\]\([^)]+\)"):
        there = [set(re.findall(pattern, text)) for text in (english, chinese)]
        assert {one for one in there[0] ^ there[1] if "README" not in one} == set(), pattern


def test_what_the_makefile_runs_exists() -> None:
    modules = re.findall(r"python -m ((?:tests|bihuan)[\w.]*)", MAKEFILE)
    files = re.findall(r"python ([\w/]+\.py)", MAKEFILE)
    wanted = [module.replace(".", "/") + ".py" for module in modules] + files
    assert [name for name in wanted if not (ROOT / name).exists()] == []


def test_notices_are_current() -> None:
    assert notices.FILE.read_text(encoding="utf-8") == notices.notices(), "run: make notices"


def test_decisions_are_numbered() -> None:
    found = sorted(path.name for path in (ROOT / "docs" / "adr").glob("*.md"))
    assert [name[:4] for name in found] == [f"{number:04}" for number in range(1, len(found) + 1)]
    for name in found:
        assert (ROOT / "docs" / "adr" / name).read_text(encoding="utf-8").startswith(f"# {name[:4]} ")


def test_help_needs_no_django() -> None:
    program = """
import sys
from bihuan.cli import main
sys.argv[1:] = ["--help"]
try:
    main()
finally:
    print(sum(name.startswith("django") for name in sys.modules))
"""
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert answer.stdout.splitlines()[-1] == "0"
    assert "doctor" in answer.stdout
