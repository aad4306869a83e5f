"""Postings: what a step writes to registers, once, from where, and what takes it back (R-021, ADR 0013)."""

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

from bihuan.documents import public as documents
from bihuan.kernel.actor import SYSTEM, Actor
from bihuan.kernel.errors import Invalid
from bihuan.kit import audit
from bihuan.process import registers
from bihuan.process.models import Case, Posting
from bihuan.process.registers import Post
from bihuan.process.scenario.run import run_file
from bihuan.process.tests import stage
from bihuan.process.tests.stage import clock

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


def test_a_posting_names_its_source(play: Any, till: Till) -> None:
    play(PLAIN, f"- {FILL}\n- {{act: approve, task: paper/agree, by: an}}")
    case, posting = Case.objects.get(), Posting.objects.get()
    paper = case.main_document
    assert paper is not None
    (post,) = till.told
    assert post.values == {"amount": Decimal(100), "person": None}
    assert (post.posting, post.action, post.key) == (posting.pk, "put", "")
    source = post.source
    assert (source.case, source.document, source.node) == (case.pk, paper.pk, "agree")
    assert source.version == paper.versions.get(number=1).pk == posting.version_id
    assert (source.number, source.period, source.company) == (paper.number, "2026-03", case.company_id)
    assert [entry.verb for entry in audit.history("posting", posting.pk)] == ["post"]


def test_a_mapping_posts_each_row_by_its_key(play: Any, till: Till) -> None:
    step = """
    - {id: agree, do: approve, by: first, refuse: draft, post: [{till.put: {each: doc.lines, key: =row.item,
       when: "row.cost > 50", amount: =row.cost, elsewhere: 合同}}, till.note]}
    """
    play(DRAFT + textwrap.dedent(step).strip(), f"- {FILL}\n- {{act: approve, task: paper/agree, by: an}}")
    assert [(one.action, one.key, dict(one.values)) for one in till.told] == [
        ("put", "乙", {"amount": Decimal(70), "elsewhere": "合同"}),
        ("note", "", {}),
    ]


def test_rows_without_a_key_go_by_number(play: Any, till: Till) -> None:
    step = PLAIN.replace("till.put", "{till.put: {each: doc.lines, amount: =row.cost}}")
    play(step, f"- {FILL}\n- {{act: approve, task: paper/agree, by: an}}")
    assert [(one.key, one.values["amount"]) for one in till.told] == [("1", 30), ("2", 70)]


def test_what_the_register_refuses_does_not_pass(play: Any, till: Till) -> None:
    till.limit = Decimal(50)
    play(
        PLAIN,
        f"""
        - {FILL}
        - {{act: approve, task: paper/agree, by: an, error: 超出预算}}
        - {{expect: {{case: paper, open: {{agree: [an]}}, only: true, document: {{state: 审批中}}}}}}
        """,
    )
    assert not Posting.objects.exists()


def test_the_end_posts_after_the_papers_have_passed(play: Any, till: Till) -> None:
    play(
        DRAFT,
        f"- {FILL}\n- {{expect: {{case: paper, state: ended, document: {{state: 已通过}}}}}}",
        end="{state: 已定, post: [till.put]}",
    )
    assert [one.source.node for one in till.told] == ["end"]


def test_a_register_nobody_offers_stays_in_the_journal(play: Any) -> None:
    play(PLAIN.replace("till.put", "nowhere.put"), f"- {FILL}\n- {{act: approve, task: paper/agree, by: an}}")
    assert [(one.register, one.action) for one in Posting.objects.all()] == [("nowhere", "put")]


TWO = (
    DRAFT
    + "- {id: money, do: approve, by: first, refuse: draft, post: [{till.put: {amount: =doc.amount}}]}\n"
    + "- {id: agree, do: approve, by: second, refuse: draft}\n"
)


def standing() -> list[tuple[str, bool]]:
    """Amount and whether it still stands, of every posting in the order made."""
    return [(one.values.get("amount", ""), one.reversed_at is None) for one in Posting.objects.order_by("id")]


def test_a_return_before_the_step_takes_it_back_and_it_posts_anew(play: Any, till: Till) -> None:
    play(
        TWO,
        f"""
        - {FILL}
        - {{act: approve, task: paper/money, by: an}}
        - {{act: refuse, task: paper/agree, by: bo, opinion: 金额依据不足}}
        - {{expect: {{case: paper, rows: {{register: till.put, case: paper, count: 0}}}}}}
        - {{act: fill, task: paper/draft, by: zuo, set: {{amount: 80}}, answers: all}}
        - {{act: approve, task: paper/money, by: an}}
        - {{expect: {{rows: {{register: till.row, where: {{key: ""}}, count: 1, sum: {{amount: 80}}}}}}}}
        """,
    )
    assert standing() == [("100.00", False), ("80.00", True)]
    assert len(till.undone) == 1


def test_a_return_behind_the_step_leaves_it(play: Any, till: Till) -> None:
    play(
        TWO.replace("- {id: agree", "- {id: more, do: do, by: writer}\n- {id: agree").replace(
            "by: second, refuse: draft", "by: second, refuse: more"
        ),
        f"""
        - {FILL}
        - {{act: approve, task: paper/money, by: an}}
        - {{act: complete, task: paper/more, by: zuo}}
        - {{act: refuse, task: paper/agree, by: bo, opinion: 补充资料再来}}
        - {{expect: {{case: paper, open: {{more: [zuo]}}, only: true}}}}
        """,
    )
    assert standing() == [("100.00", True)]


def test_straight_back_posts_again_what_stood(play: Any, till: Till) -> None:
    play(
        TWO,
        f"""
        - {FILL}
        - {{act: approve, task: paper/money, by: an}}
        - {{act: refuse, task: paper/agree, by: bo, opinion: 标题要改一改}}
        - {{act: fill, task: paper/draft, by: zuo, set: {{title: 新标题}}, answers: all, mode: straight_back}}
        - {{expect: {{case: paper, open: {{agree: [bo]}}, only: true}}}}
        """,
    )
    assert standing() == [("100.00", False), ("100.00", True)]


def test_another_branch_keeps_what_it_posted(play: Any, till: Till) -> None:
    steps = """
    - {id: draft, do: fill, by: writer}
    - id: both
      parallel:
        - - {id: work, do: do, by: writer, post: [{till.put: {key: work, amount: 1}}]}
          - {id: look, do: approve, by: first, refuse: work}
        - [{id: other, do: do, by: second, post: [{till.put: {key: other, amount: 2}}]}]
    - {id: agree, do: approve, by: second, refuse: draft}
    """
    play(
        steps,
        f"""
        - {FILL}
        - {{act: complete, task: paper/work, by: zuo}}
        - {{act: complete, task: paper/other, by: bo}}
        - {{act: refuse, task: paper/look, by: an, opinion: 做得不够仔细}}
        """,
    )
    assert {one.key: one.reversed_at is None for one in Posting.objects.all()} == {
        "work": False,
        "other": True,
    }


def test_only_the_row_that_goes_back_is_taken_back(play: Any, till: Till) -> None:
    steps = """
    - {id: draft, do: fill, by: writer}
    - id: rows
      each: doc.lines
      steps:
        - {id: work, do: do, by: writer, post: [{till.put: {amount: =row.cost}}]}
        - {id: look, do: approve, by: first, refuse: work}
    """
    play(
        steps,
        f"""
        - {FILL}
        - {{act: complete, task: paper/work@1, by: zuo}}
        - {{act: complete, task: paper/work@2, by: zuo}}
        - {{act: refuse, task: paper/look@2, by: an, opinion: 做得不够仔细}}
        """,
    )
    assert {one.key: one.reversed_at is None for one in Posting.objects.all()} == {"1": True, "2": False}


def test_a_case_that_fails_takes_back_what_did_not_pass(play: Any, till: Till) -> None:
    play(
        TWO.replace("by: second, refuse: draft", "by: second, refuse: end"),
        f"""
        - {FILL}
        - {{act: approve, task: paper/money, by: an}}
        - {{act: refuse, task: paper/agree, by: bo, opinion: 今年不做这件事}}
        - {{expect: {{case: paper, state: ended, document: {{state: 已拒绝}}}}}}
        """,
    )
    assert standing() == [("100.00", False)]


def test_a_withdrawal_takes_back_all(play: Any, till: Till) -> None:
    play(
        "- {id: draft, do: fill, by: writer, post: [till.put]}\n- {id: agree, do: approve, by: first, refuse: draft}",
        f"- {FILL}\n- {{act: withdraw, case: paper, by: zuo}}",
    )
    assert standing() == [("100.00", False)]


def test_a_void_document_takes_back_all_it_posted(play: Any, till: Till) -> None:
    play(PLAIN, f"- {FILL}\n- {{act: approve, task: paper/agree, by: an}}")
    paper = Case.objects.get().main_document
    assert paper is not None
    documents.void_document(document=paper, reason="填错了", by=SYSTEM, at=clock.now())
    assert standing() == [("100.00", False)]
    assert till.undone == [till.told[0].posting]
    assert [entry.verb for entry in audit.history("posting", till.undone[0])] == ["reverse", "post"]


def test_a_way_back_without_a_return_posts_once(play: Any, till: Till) -> None:
    steps = """
    - {id: draft, do: fill, by: writer}
    - {id: money, do: do, by: first, post: [till.put]}
    - {id: check, do: do, by: second, go: [done, money]}
    - {id: done, do: do, by: writer}
    """
    play(
        steps,
        f"""
        - {FILL}
        - {{act: complete, task: paper/money, by: an}}
        - {{act: complete, task: paper/check, by: bo, go: money}}
        - {{act: complete, task: paper/money, by: an}}
        """,
    )
    assert standing() == [("100.00", True)]


def test_rows_of_a_register_are_found(play: Any, till: Till) -> None:
    steps = (
        PLAIN
        + "- {id: note, post: [{till.note: {each: {find: till, where: {amount: '100.00'}},"
        + " key: =row.key, said: {find: till.row}}}]}\n"
        + "- {id: last, do: do, by: writer}"
    )
    play(steps, f"- {FILL}\n- {{act: approve, task: paper/agree, by: an}}")
    put, note = till.told
    assert note.values["said"] == {"of": "till", "id": put.posting}


def test_a_pack_comes_into_force_by_a_posting(rail: object) -> None:
    from bihuan.packs import public as packs

    register = registers.register_of("pack")
    assert register is not None
    case = stage.plan_at("head")
    posting = Posting.objects.create(case=case, node="x", register="pack", action="effective", at=clock.now())
    source = registers.Source(case.company_id, case.unit_id, case.pk, None, None, "x", "", "", 1, "2026-03")
    release = packs.effective_release("rail")
    assert release is not None
    packs.revoke_effective(release, by=SYSTEM, at=clock.now())
    assert packs.effective_release("rail") is None
    post = Post(posting.pk, "effective", "", {"pack": "rail"}, source)
    register.post(post, by=SYSTEM, at=clock.now())
    assert packs.effective_release("rail") == release
    register.reverse(posting.pk, by=SYSTEM, at=clock.now())
    assert packs.effective_release("rail") is None


SECRET = "- {id: tell, notify: [first, second, writer], text: '请了解 {doc.title}', confirm: second}\n"


def test_who_may_not_read_hears_nothing_of_what_is_secret(play: Any) -> None:
    form = FORM.replace("kind: document", "kind: document\nsecrecy: 秘密")
    steps = DRAFT + "- {id: agree, do: approve, by: first, refuse: draft}\n" + SECRET
    play(
        steps + "- {id: last, do: do, by: writer}",
        f"""
        - {FILL}
        - {{act: approve, task: paper/agree, by: an}}
        - {{expect: {{case: paper, notified: {{zuo: {{notified: 1}}, bo: {{notified: 0, copied: 0}}}}}}}}
        """,
        form=form,
    )
    case = Case.objects.get()
    assert sorted(case.copies.values_list("person__username", flat=True)) == ["an", "zuo"]
    assert case.events.get(verb="withheld").note == "bo"


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


@pytest.mark.req("R-021")
def test_each_posting_opens_its_source(posted: Case, web: Any) -> None:
    paper = posted.main_document
    assert paper is not None
    page = web("zuo").get("/postings/")
    assert page.status_code == 200
    html = page.content.decode()
    assert html.count(f'href="/documents/{paper.pk}/"') == 2
    assert html.count(f'href="/cases/{posted.pk}/"') == 2
    assert "试验台账 · put" in text_of(page)
    assert "没有这种台账" in text_of(page)
    for path in (f"/documents/{paper.pk}/", f"/cases/{posted.pk}/"):
        assert "试验台账 · put" in text_of(web("an").get(path))
    assert "没有过账记录" in text_of(web("bo").get("/postings/"))
    assert web("zuo").get("/postings/?colour=red").status_code == 422


def test_the_journal_is_filtered(posted: Case, web: Any) -> None:
    ours = web("zuo")
    for query, count in (
        ("register=till", 1),
        ("state=standing", 2),
        ("state=reversed", 0),
        (f"case={posted.pk}", 2),
        ("document=0", 0),
        ("q=试验", 2),
        ("q=nothing", 0),
    ):
        assert ours.get(f"/postings/?{query}").content.decode().count("data-hot-item") == count, query


def test_the_journal_costs_the_same_for_many(posted: Case, web: Any) -> None:
    ours = web("zuo")
    ours.get("/postings/")
    few = stage.queries_of(lambda: ours.get("/postings/"))
    first = Posting.objects.order_by("id")[0]
    copies = [{**_copied(first), "key": str(number)} for number in range(30)]
    Posting.objects.bulk_create(Posting(**one) for one in copies)
    assert stage.queries_of(lambda: ours.get("/postings/")) <= few


def _copied(posting: Posting) -> dict[str, Any]:
    return {
        one.attname: getattr(posting, one.attname)
        for one in Posting._meta.concrete_fields
        if one.name != "id"
    }


def test_a_choice_reads_by_its_label(play: Any, web: Any) -> None:
    steps = """
    - {id: draft, name: 填写, do: fill, by: writer}
    - {id: way, gate: [{if: "doc.amount > 50 and doc.meta.version == 1", go: agree}, {else: end}]}
    - {id: agree, name: 审批, do: approve, by: first, refuse: draft}
    """
    play(steps, f"- {FILL}")
    shown = text_of(web("zuo").get(f"/cases/{Case.objects.get().pk}/"))
    assert "金额 = 100.00,版本 = 1" in shown
    assert "doc.amount =" not in shown
