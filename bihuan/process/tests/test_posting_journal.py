"""The journal of postings, what a case tells of itself, and whom it tells."""

from __future__ import annotations

from typing import Any

import pytest

from bihuan.process.models import Case, Posting
from bihuan.process.tests import stage
from bihuan.process.tests.till import DRAFT, FILL, FORM, copied, text_of


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
    copies = [{**copied(first), "key": str(number)} for number in range(30)]
    Posting.objects.bulk_create(Posting(**one) for one in copies)
    assert stage.queries_of(lambda: ours.get("/postings/")) <= few


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
