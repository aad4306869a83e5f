"""A small pack whose steps post to a register that keeps in memory what it was told."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import Invalid
from bihuan.process import registers
from bihuan.process.models import Case, Posting
from bihuan.process.registers import Post
from bihuan.process.scenario.run import run_file

PACK = "code: till\nname: 过账试验\nversion: 1.0.0\ncalendar: cn\n"
SLOTS = "writer: {name: 起草人}\nfirst: {name: 甲}\nsecond: {name: 乙}\nproc_admin: {name: 流程管理员}\n"
FORM = """\
code: F-901
key: paper
name: 试验单
kind: document
fields:
  - {key: title, label: 标题, type: text, required: true, example: 试验}
  - {key: amount, label: 金额, type: money}
  - {key: person, label: 负责人, type: user}
  - key: lines
    label: 明细
    type: table
    columns: [{key: item, label: 项目, type: text}, {key: cost, label: 费用, type: money}]
"""
PROCESS = """\
code: TP-001
name: 过账试验
owner: writer
purpose: 试验过账
document: F-901
start: [writer]
steps:
{steps}
end: {end}
"""
STORY = """\
scenario: {name}
pack: till
now: 2026-03-02T09:00
effective: true
cast: {{writer: zuo, first: an, second: bo, proc_admin: zuo}}
steps:
  - {{act: start, process: TP-001, by: zuo, as: paper}}
"""
FILL = (
    "{act: fill, task: paper/draft, by: zuo, data: auto,"
    " set: {amount: 100, lines: [{item: 甲, cost: 30}, {item: 乙, cost: 70}]}}"
)


@dataclass
class Till:
    """A register that keeps in memory what it was told."""

    name: str = "till"
    label: str = "试验台账"
    actions: Mapping[str, frozenset[str]] = field(
        default_factory=lambda: {"put": frozenset({"amount", "person", "elsewhere"}), "note": frozenset()}
    )
    told: list[Post] = field(default_factory=list)
    undone: list[int] = field(default_factory=list)
    limit: Decimal = Decimal(1000)

    def post(self, post: Post, *, by: Actor, at: datetime) -> None:
        if Decimal(post.values.get("amount") or 0) > self.limit:
            raise Invalid("超出预算")
        self.told.append(post)

    def reverse(self, posting: int, *, by: Actor, at: datetime) -> None:
        self.undone.append(posting)

    def rows(self, kind: str) -> Any:
        return Posting.objects.filter(register="till", reversed_at=None) if kind in ("", "row") else None

    def plain(self, row: Posting) -> Mapping[str, Any]:
        return {"id": row.pk, "key": row.key, **row.values}


@pytest.fixture
def till() -> Iterator[Till]:
    """The register, offered while the test runs."""
    made = Till()
    registers.add_register(made)
    yield made
    registers._registers.pop("till")


@pytest.fixture
def play(db: None, tmp_path: Path) -> Callable[..., None]:
    """Play a process of these steps as this story, and keep what it made."""

    def run(steps: str, lines: str, end: str = "{state: 已定}", form: str = FORM) -> None:
        folder = tmp_path / "packs" / "till"
        written = textwrap.indent(textwrap.dedent(steps).strip("\n"), "  ")
        for path, content in {
            "pack.yaml": PACK,
            "slots.yaml": SLOTS,
            "forms/F-901.yaml": form,
            "processes/TP-001.yaml": PROCESS.format(steps=written, end=end),
        }.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(content, encoding="utf-8")
        story = STORY.format(name="试验") + textwrap.indent(textwrap.dedent(lines).strip("\n"), "  ")
        file = tmp_path / "story.yaml"
        file.write_text(story, encoding="utf-8")
        outcome = run_file(file, [tmp_path / "packs"], keep=True)
        assert outcome.error is None, str(outcome.error)

    return run


DRAFT = "- {id: draft, do: fill, by: writer}\n"
PLAIN = DRAFT + "- {id: agree, do: approve, by: first, refuse: draft, post: [till.put]}\n"


TWO = (
    DRAFT
    + "- {id: money, do: approve, by: first, refuse: draft, post: [{till.put: {amount: =doc.amount}}]}\n"
    + "- {id: agree, do: approve, by: second, refuse: draft}\n"
)


def standing() -> list[tuple[str, bool]]:
    """Amount and whether it still stands, of every posting in the order made."""
    return [(one.values.get("amount", ""), one.reversed_at is None) for one in Posting.objects.order_by("id")]


@pytest.fixture
def posted(play: Any, till: Till) -> Case:
    """A case that has posted twice and stands at its last step."""
    steps = (
        PLAIN.replace("till.put", "till.put, nowhere.file") + "- {id: last, name: 收尾, do: do, by: writer}\n"
    )
    play(steps, f"- {FILL}\n- {{act: approve, task: paper/agree, by: an}}")
    return Case.objects.get()


def text_of(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def copied(posting: Posting) -> dict[str, Any]:
    return {
        one.attname: getattr(posting, one.attname)
        for one in Posting._meta.concrete_fields
        if one.name != "id"
    }
