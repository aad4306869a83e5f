"""SC-001 by programs alone: every act a page offers, through `/api/` and with access tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bihuan.org.models import Person
from bihuan.process.models import Case, Comment, Task
from bihuan.process.program import ACTS, DECIDING
from bihuan.process.tests import stage

REASON = "依据不足,请补充"


class Company:
    """Everybody's program, and the case they work on."""

    def __init__(self, api: Callable[..., Any]) -> None:
        self.api, self.programs = api, dict[str, Any]()
        self.case = 0

    def of(self, username: str) -> Any:
        """A person's program, made at first use."""
        return self.programs.setdefault(username, self.api(username))

    def sitting(self, step: str) -> tuple[Any, int]:
        """The program of the first person at a step, and the task, both as the API tells."""
        seen = self.of("zhao").get(f"/cases/{self.case}/")["open_tasks"]
        task = next(one for one in seen if one["step"] == step)
        person = Task.objects.select_related("person").get(pk=task["id"]).person
        return self.of(person.username), task["id"]

    def start(self) -> int:
        """Start a plan; answers the task."""
        lines = self.of("zhao").get("/processes/")
        assert [(one["code"], one["blocked"]) for one in lines if one["code"] == "SC-001"] == [("SC-001", "")]
        made = self.of("zhao").post("/processes/SC-001/start/", status=201)
        self.case = made["case"]
        return int(made["task"])

    def fill(self, task: int, **more: Any) -> Any:
        """Hand the plan in, with invented content."""
        data = stage.auto_plan(Task.objects.get(pk=task), plan_level="年度")
        return self.of("zhao").post(f"/tasks/{task}/fill/", {"data": data, **more})


@pytest.fixture
def company(rail: Any, api: Callable[..., Any]) -> Company:
    return Company(api)


@pytest.mark.req("R-016")
@pytest.mark.req("R-018")
def test_a_plan_goes_its_way_with_a_refusal_and_an_answer(company: Company) -> None:
    task = company.start()
    read = company.of("zhao").get(f"/tasks/{task}/")
    assert read["mine"]
    assert "title" in read["document"]["writable"]
    company.fill(task)
    head, review = company.sitting("head")
    assert [one["id"] for one in head.get("/mine/inbox/")["items"]] == [review]
    head.post(f"/tasks/{review}/refuse/", {"opinion": "不行"}, status=422)
    head.post(f"/tasks/{review}/refuse/", {"opinion": REASON})
    author, again = company.sitting("draft")
    owed = author.get(f"/tasks/{again}/")["owed"]
    assert [(one["task"], one["opinion"]) for one in owed] == [(review, REASON)]
    author.post(f"/tasks/{again}/fill/", {"data": {}}, status=422)
    author.post(f"/tasks/{again}/fill/", {"answers": {str(review): "已补充依据"}})
    for _ in range(30):
        seen = author.get(f"/cases/{company.case}/")
        if not seen["open_tasks"]:
            break
        _work(company, seen["open_tasks"][0]["step"])
    assert (seen["state"], seen["outcome"]) == ("ended", "已签准")
    assert REASON in [one["opinion"] for one in seen["tasks"]]
    assert [one["state"] for one in seen["documents"] if one["form"] == "F-001"][:1] in (
        ["passed"],
        ["archived"],
    )
    assert Case.objects.get(pk=company.case).passed
    stage.assert_sound(company.case)


def _work(company: Company, step: str) -> None:
    program, task = company.sitting(step)
    row = Task.objects.get(pk=task)
    if row.act == "fill":
        company.fill(task)
        return
    desk = stage.Desk(task, stage.handler_of(row), stage.clock.now(), ACTS)
    given: dict[str, Any] = {"opinion": "同意。"}
    document = desk.document
    if document is not None and desk.rights().write:
        name = str(desk.node.rules.get("document", ""))
        definition = stage.documents.definition_for(document)
        given["data"] = stage.invented(desk, name, definition, {})
    verb = "approve" if row.act in DECIDING else "complete"
    program.post(f"/tasks/{task}/{verb}/", given)


def test_a_document_is_read_compared_and_found(company: Company) -> None:
    task = company.start()
    company.fill(task)
    head, review = company.sitting("head")
    head.post(f"/tasks/{review}/refuse/", {"opinion": REASON})
    author, again = company.sitting("draft")
    changed = {"purpose": "换一个说法:" + "目的" * 20}
    author.post(f"/tasks/{again}/fill/", {"data": changed, "answers": {str(review): "已改"}})
    number = author.get(f"/tasks/{task}/")["case"]["title"]
    document = author.get("/documents/?mine=1")["items"][0]
    assert document["title"] == number
    read = head.get(f"/documents/{document['id']}/")
    assert read["readable"]
    assert read["data"]["purpose"] == changed["purpose"]
    assert [one["number"] for one in read["versions"]][:1] == [2]
    found = head.get(f"/documents/{document['id']}/compare/")
    assert changed["purpose"] in [one["after"] for one in found["lines"]]
    first = head.get(f"/documents/{document['id']}/versions/{found['older']}/")
    assert first["data"]["purpose"] != changed["purpose"]
    assert company.of("deng")("get", f"/documents/{document['id']}/").status_code == 404


def test_a_draft_is_kept_and_an_older_one_refused(company: Company) -> None:
    task = company.start()
    author = company.of("zhao")
    lock = author.get(f"/tasks/{task}/")["document"]["lock"]
    body = {"data": {"title": "一次"}, "head": {"remark": "备注"}, "lock": lock, "opinion": "半句"}
    saved = author.post(f"/tasks/{task}/save/", body)
    assert (saved["data"]["title"], saved["lock"] > lock) == ("一次", True)
    author.post(f"/tasks/{task}/save/", {**body, "data": {"title": "旧的"}}, status=409)
    assert author.get(f"/tasks/{task}/")["saved_opinion"] == "半句"
    assert [one["id"] for one in author.get("/mine/drafts/")["items"]] == [task]


@pytest.mark.parametrize(
    "data",
    [
        {"title": {"a": [1]}},
        {"title": [[]]},
        {"purpose": 5},
        {"lines": 3},
        {"lines": [1, "x", None]},
        {"title": None},
    ],
)
def test_odd_values_are_refused_or_kept_but_never_break(company: Company, data: dict[str, Any]) -> None:
    task = company.start()
    for act in ("save", "fill"):
        assert company.of("zhao")("post", f"/tasks/{task}/{act}/", {"data": data}).status_code in (200, 422)
    for head in ({"unit": 0}, {"secrecy": "最高"}, {"urgency": "慢"}, {"attachments": [999]}):
        answer = company.of("zhao")("post", f"/tasks/{task}/save/", {"head": head})
        assert answer.status_code == 422, head


def test_talk_around_a_case(company: Company) -> None:
    task = company.start()
    company.fill(task)
    case, author = company.case, company.of("zhao")
    reader = Person.objects.get(username="deng")
    assert company.of("deng")("get", f"/cases/{case}/").status_code == 404
    author.post(f"/cases/{case}/copies/", {"to": [reader.pk], "note": "请看"}, status=422)  # not cleared
    leader = Person.objects.get(username="zhou")
    author.post(f"/cases/{case}/copies/", {"to": [leader.pk], "note": "请看"}, status=204)
    assert [one["note"] for one in company.of("zhou").get("/mine/copies/")["items"]] == ["请看"]
    author.post(f"/cases/{case}/comments/", {"text": "在做了"}, status=204)
    _, review = company.sitting("head")
    author.post(f"/tasks/{review}/urge/", status=204)
    author.post(f"/tasks/{review}/urge/", status=409)
    author.post(f"/cases/{case}/withdraw/", {"reason": "还要改"}, status=204)
    assert author.get("/mine/started/")["items"][0]["id"] == case
    assert author.get(f"/cases/{case}/")["documents"][0]["state"] == "withdrawn"


def test_one_key_takes_effect_once_and_stands_for_one_request(company: Company) -> None:
    task = company.start()
    company.fill(task)
    author, path = company.of("zhao"), f"/cases/{company.case}/comments/"
    first = author("post", path, {"text": "一"}, key="k1")
    again = author("post", path, {"text": "一"}, key="k1")
    assert (first.status_code, again.status_code, again["Idempotent-Replayed"]) == (204, 204, "true")
    assert author("post", path, {"text": "二"}, key="k1").status_code == 422
    assert company.of("qian")("post", path, {"text": "一"}, key="k1").status_code == 204
    assert Comment.objects.filter(case=company.case).count() == 2
    started = [author("post", "/processes/SC-001/start/", {}, key="s").json() for _ in range(2)]
    assert started[0] == started[1]


def test_a_refused_request_keeps_nothing_and_may_be_sent_again(company: Company) -> None:
    task = company.start()
    author = company.of("zhao")
    with stage.nothing_written("org_token"):
        assert (
            author("post", f"/tasks/{task}/fill/", {"data": {"title": "只有题目"}}, key="f").status_code
            == 422
        )
        assert author("post", f"/tasks/{task}/approve/", {}).status_code == 422
        assert company_refuses(author, task)
    data = stage.auto_plan(Task.objects.get(pk=task))
    assert author("post", f"/tasks/{task}/fill/", {"data": data}, key="f").status_code == 200


def company_refuses(author: Any, task: int) -> bool:
    """Unknown fields and keys that are none are 400."""
    unknown = author("post", f"/tasks/{task}/save/", {"state": "passed"})
    empty = author("post", f"/tasks/{task}/save/", {}, key="x" * 201)
    return (unknown.status_code, empty.status_code) == (400, 400)


def test_who_may_not_is_told_so_before_the_input_is_read(company: Company, api: Callable[..., Any]) -> None:
    task = company.start()
    company.fill(task)
    _, review = company.sitting("head")
    nonsense = {"no": "such field"}
    for path in (f"/tasks/{review}/approve/", f"/cases/{company.case}/comments/"):
        assert company.of("deng")("post", path, nonsense).status_code == 404
    assert company.of("zhao")("post", f"/tasks/{review}/approve/", nonsense).status_code == 403
    assert company.of("zhao")("post", f"/tasks/{review}/reassign/", nonsense).status_code == 403
    only_reads = api("qian", "read")
    assert only_reads("get", f"/tasks/{review}/").status_code == 200
    assert only_reads("post", f"/tasks/{review}/approve/", {}).status_code == 403
    only_fills = api("qian", "documents:write")
    assert only_fills("get", f"/tasks/{review}/").status_code == 403
    assert only_fills("post", f"/tasks/{review}/approve/", {}).status_code == 403
    assert only_fills("post", f"/tasks/{review}/save/", {"opinion": "半句"}).status_code == 200


def test_head_answers_as_get_without_a_body(company: Company) -> None:
    zhao = company.of("zhao")
    for path, status in (("/processes/", 200), ("/cases/0/", 404), ("/openapi.json", 200)):
        answer = zhao("head", path)
        assert (answer.status_code, answer.content) == (status, b""), path
        assert answer["Content-Type"] == zhao("get", path)["Content-Type"]
    assert zhao("head", "/processes/SC-001/start/").status_code == 405
