"""Documents from the first keystroke to the last revision."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bihuan.documents.domain.rights import FILL, Rights
from bihuan.documents.domain.snapshot import problems
from bihuan.documents.keeping import content_of, snapshot_of
from bihuan.documents.models import Document, DocumentField, DocumentVersion, State
from bihuan.documents.queries import passed_documents, visible_to
from bihuan.documents.records import plain
from bihuan.documents.services import (
    StaleDocument,
    change_state,
    erase_values,
    save_draft,
    submit_document,
    void_document,
    write_fields,
)
from bihuan.kernel.errors import Conflict, Invalid, NotAllowed
from bihuan.kernel.secrecy import Secrecy
from bihuan.kit import audit
from bihuan.kit.access import grant_access
from bihuan.kit.expr import compile
from bihuan.kit.files.services import keep
from bihuan.org.public import viewer_for

from .conftest import FILLED, NOW, Company


def save(
    firm: Company, document: Document, data: dict[str, Any], lock: int | None = None, **more: Any
) -> Document:
    return save_draft(
        document=document, data=data, lock=document.lock if lock is None else lock,
        rights=more.pop("rights", FILL), by=firm.actor(firm.writer), at=NOW, **more,
    )  # fmt: skip


def submit(
    firm: Company, document: Document, data: dict[str, Any] | None = None, **more: Any
) -> DocumentVersion:
    return submit_document(
        document=document,
        data=data,
        rights=more.pop("rights", FILL),
        by=firm.actor(firm.writer),
        at=NOW,
        **more,
    )


def submitted(firm: Company, **changes: Any) -> Document:
    return submit(firm, firm.draft(), {**FILLED, **changes}).document


def passed(firm: Company, **changes: Any) -> Document:
    return change_state(document=submitted(firm, **changes), state="已通过", by=firm.actor(firm.boss), at=NOW)


def test_a_draft_keeps_what_is_right_and_the_raw_text_of_what_is_not(firm: Company) -> None:
    document = save(
        firm, firm.draft(), {"title": "甲", "lines": [{"item": "印刷", "qty": "两个", "price": "１２.5"}]}
    )
    assert document.data == {"title": "甲", "lines": [{"item": "印刷", "price": "12.50"}], "total": "0.00"}
    assert document.unread == {"lines[0].qty": "两个"}
    again = save(firm, document, {"lines": [{"item": "印刷", "qty": "2", "price": "12.5"}]})
    assert again.unread == {}
    assert again.data["lines"] == [{"item": "印刷", "qty": 2, "price": "12.50", "amount": "25.00"}]
    assert again.data["total"] == "25.00"


def test_two_writers_do_not_overwrite_each_other(firm: Company) -> None:
    document = firm.draft()
    save(firm, document, {"title": "先到的"})
    with pytest.raises(StaleDocument) as caught:
        save(firm, document, {"title": "后到的"}, lock=document.lock)
    assert caught.value.status == 409
    assert caught.value.theirs.data["title"] == "先到的"
    assert caught.value.mine["title"] == "后到的"
    assert [one.key for one in caught.value.differences] == ["title"]


def test_unknown_and_forbidden_fields_change_nothing(firm: Company) -> None:
    document = firm.draft()
    with pytest.raises(Invalid, match="没有这些字段"):
        save(firm, document, {"title": "甲甲", "state": "passed"})
    with pytest.raises(NotAllowed):
        save(firm, document, {"total": "1"})
    with pytest.raises(NotAllowed):
        save(firm, document, {"opinion": {"result": "同意"}})
    with pytest.raises(NotAllowed):
        save(firm, document, {"title": "甲甲", "level": "年度"}, rights=Rights(write=frozenset({"level"})))
    with pytest.raises(NotAllowed):
        save(firm, document, {}, head={"secrecy": "公开"}, rights=Rights(write=frozenset({"level"})))
    assert Document.objects.get(pk=document.pk).data == document.data


def test_submitting_names_every_wrong_field(firm: Company) -> None:
    document = firm.draft()
    rows = [{"item": "", "qty": "-1", "start": "2026-12-05", "end": "2026-12-01"}, {"item": "", "qty": ""}]
    with pytest.raises(Invalid) as caught:
        submit(firm, document, {"title": "甲", "lines": rows})
    assert caught.value.fields == {
        "title": ("「计划名称」至少2个字",),
        "level": ("「级别」必须填写",),
        "lines[0].item": ("「费用」第1行「项目」必须填写",),
        "lines[0].qty": ("「费用」第1行「数量」不能小于0",),
        "lines[0].end": ("「费用」第1行「结束」不能早于「开始」",),
    }
    with pytest.raises(Invalid) as caught:
        submit(firm, document, {**FILLED, "lines": [{"item": "车", "qty": "1", "price": "六万"}]})
    assert caught.value.fields["lines[0].price"] == ("「费用」第1行「单价」：“六万”不是数字",)
    with pytest.raises(Invalid) as caught:
        submit(firm, document, {**FILLED, "lines": [{"item": "车", "qty": "1", "price": "6万"}]})
    assert caught.value.fields == {"reason": ("「原因」必须填写",)}
    fresh = Document.objects.get(pk=document.pk)
    assert (fresh.number, fresh.version_number, fresh.state) == ("", 0, State.DRAFT)


def test_the_first_submission_numbers_indexes_and_snapshots(firm: Company) -> None:
    version = submit(firm, firm.draft(), FILLED)
    document = version.document
    assert document.number == "SCB-F901-202611-0001"
    assert (document.state, document.version_number, document.title) == (State.REVIEW, 1, "十二月计划")
    assert content_of(version)["data"]["lines"][1]["amount"] == "5000.00"
    assert content_of(version)["head"]["number"] == document.number
    assert version.root.startswith("sha256:")
    assert problems(snapshot_of(version)) == []
    found = {row.key: (row.text, row.number) for row in DocumentField.objects.filter(document=document)}
    assert found["total"] == (None, Decimal("7469"))
    assert found["level"] == ("月度", None)
    assert found["month"] == ("2026-12", None)
    verbs = [entry.verb for entry in audit.history("document", document.pk)]
    assert verbs == ["submit", "create"]
    assert audit.verify("document") == []


def test_resubmitting_makes_the_next_version_under_the_same_number(firm: Company) -> None:
    document = submitted(firm)
    change_state(document=document, state="returned", by=firm.actor(firm.boss), at=NOW)
    version = submit(firm, document, {"title": "改过的计划"})
    assert (version.number, version.document.number) == (2, document.number)
    assert [one.number for one in document.versions.all()] == [1, 2]
    assert content_of(document.versions.get(number=1))["data"]["title"] == "十二月计划"


def test_numbers_run_on_and_a_voided_one_is_never_given_again(firm: Company) -> None:
    first = submitted(firm)
    with pytest.raises(Invalid, match="作废原因"):
        void_document(document=first, reason=" ", by=firm.actor(firm.writer), at=NOW)
    gone = void_document(document=first, reason="填错了", by=firm.actor(firm.writer), at=NOW)
    assert (gone.number, gone.state) == ("SCB-F901-202611-0001", State.VOID)
    assert submitted(firm).number == "SCB-F901-202611-0002"
    with pytest.raises(Conflict, match="已作废"):
        save(firm, gone, {"title": "还想改"})


def test_what_must_be_unique_is(firm: Company) -> None:
    first = submitted(firm)
    with pytest.raises(Invalid) as caught:
        submitted(firm)
    assert caught.value.fields == {"level": (f"「级别、月份」与{first.number}重复",)}
    submitted(firm, month="2027-01")


def test_a_passed_document_is_frozen_but_for_the_fields_of_a_step(firm: Company) -> None:
    document = passed(firm)
    assert document.passed_at == NOW
    with pytest.raises(Conflict, match="已通过"):
        save(firm, document, {"title": "偷偷改"})
    rights = Rights(write=frozenset({"approved"}))
    with pytest.raises(Invalid) as caught:
        write_fields(
            document=document, values={"approved": "8000"}, rights=rights, by=firm.actor(firm.boss), at=NOW
        )
    assert caught.value.fields == {"approved": ("批准金额不能大于合计",)}
    revised = write_fields(
        document=document, values={"approved": "7000"}, rights=rights, by=firm.actor(firm.boss), at=NOW
    )
    assert (revised.number, revised.revision) == (1, 1)
    assert content_of(revised)["data"]["approved"] == "7000.00"
    next_version = submit(firm, document, {"title": "下一版"}, rights=Rights(write=FILL.write, revise=True))
    assert (next_version.number, next_version.document.state) == (2, State.REVIEW)


def test_the_process_writes_opinions(firm: Company) -> None:
    document = submitted(firm)
    said = {"result": "同意", "opinion": "可以", "person": firm.boss.pk}
    write_fields(
        document=document, values={"opinion": said}, rights=Rights(write=frozenset({"opinion"})), by_process=True,
        by=firm.actor(firm.boss), at=NOW,
    )  # fmt: skip
    document.refresh_from_db()
    assert compile("doc.opinion.result == '同意'").holds({"doc": plain(document)})


def test_states_go_only_where_they_may(firm: Company) -> None:
    document = firm.draft()
    for wrong in ("已关闭", "archived", "refused"):
        with pytest.raises(Conflict, match="草稿"):
            change_state(document=document, state=wrong, by=firm.actor(firm.writer), at=NOW)


def test_expressions_read_fields_the_head_and_references(firm: Company) -> None:
    first = passed(firm)
    second = firm.draft({"plan_ref": plain(first), "owner": firm.boss.username})
    assert second.data["plan_ref"]["number"] == first.number
    roots = {"doc": plain(second)}
    assert compile("doc.plan_ref.total").value(roots) == Decimal("7469")
    assert compile("doc.plan_ref.meta.state == '已通过' and doc.meta.state == '草稿'").holds(roots)
    assert compile("doc.plan_ref.meta.no").value(roots) == first.number
    assert compile("doc.lines").value(roots) == []
    assert compile("doc.plan_ref.month.start").value(roots).isoformat() == "2026-12-01"
    assert compile("doc.plan_ref == other").holds({**roots, "other": plain(first)})


def test_only_passed_and_visible_documents_can_be_referred_to(firm: Company) -> None:
    mine, theirs = submitted(firm), passed(firm, month="2027-02")
    document = save(firm, firm.draft(), {"plan_ref": str(mine.pk)})
    assert document.data.get("plan_ref") is None
    assert document.unread == {"plan_ref": str(mine.pk)}
    assert save(firm, document, {"plan_ref": theirs.number}).data["plan_ref"]["id"] == theirs.pk
    Document.objects.filter(pk=theirs.pk).update(author=firm.stranger)
    assert save(firm, firm.draft(), {"plan_ref": theirs.number}).data.get("plan_ref") is None
    kept = Document.objects.get(pk=document.pk)
    assert save(firm, kept, {"plan_ref": str(theirs.pk)}).data["plan_ref"]["id"] == theirs.pk


def test_files_become_the_documents_own(firm: Company) -> None:
    upload = keep("一份说明".encode(), name="说明.txt", by=firm.actor(firm.writer), at=NOW)
    foreign = keep("别人的".encode(), name="别人的.txt", by=firm.actor(firm.stranger), at=NOW)
    document = save(firm, firm.draft(), {"proof": [str(upload.pk)]}, head={"attachments": []})
    assert [one["name"] for one in document.data["proof"]] == ["说明.txt"]
    upload.refresh_from_db()
    assert (upload.owner_kind, upload.owner_id) == ("document", document.pk)
    stolen = save(firm, document, {"proof": [str(upload.pk), str(foreign.pk)]})
    assert "proof" in stolen.unread
    copied = firm.draft({"proof": document.data["proof"]})
    assert copied.data["proof"][0]["id"] != upload.pk
    assert copied.data["proof"][0]["sha256"] == upload.sha256


def test_erasing_keeps_the_chain_of_versions_whole(firm: Company) -> None:
    document = submitted(firm, reason="张三的手机13812345678")
    version = document.versions.get()
    erase_values(document=document, keys=["reason"], reason="本人要求", by=firm.actor(firm.admin), at=NOW)
    after = document.versions.get()
    assert "13812345678" not in after.snapshot
    assert after.root == version.root
    assert problems(snapshot_of(after)) == []
    assert "reason" not in Document.objects.get(pk=document.pk).data


def test_who_sees_what(firm: Company) -> None:
    document = submitted(firm)

    def sees(who: Any) -> bool:
        return visible_to(viewer_for(who)).filter(pk=document.pk).exists()

    assert sees(firm.writer)
    assert sees(firm.boss)
    assert not sees(firm.stranger)
    assert not sees(firm.admin)
    grant_access(
        kind="document",
        object_id=document.pk,
        person=firm.stranger.pk,
        why="借阅",
        by=firm.actor(firm.admin),
        at=NOW,
    )
    assert sees(firm.stranger)
    Document.objects.filter(pk=document.pk).update(secrecy=Secrecy.SECRET)
    assert sees(firm.writer)
    assert not sees(firm.boss)
    assert sees(firm.stranger)
    clerk = firm.boss.holdings.get().position
    grant_access(
        kind="document",
        object_id=document.pk,
        position=clerk.pk,
        why="岗位",
        by=firm.actor(firm.admin),
        at=NOW,
    )
    assert not sees(firm.boss)


def test_passed_documents_are_found_by_indexed_values(firm: Company) -> None:
    older, newer = passed(firm), passed(firm, level="年度")
    submitted(firm, month="2027-03")
    assert list(passed_documents("F-901")) == [newer, older]
    assert list(passed_documents("F-901", {"level": "月度"})) == [older]
    assert list(passed_documents("F-901", {"level": ["月度", "年度"], "total": Decimal("7469.00")})) == [
        newer,
        older,
    ]
    assert not passed_documents("F-901", {"level": "月度", "month": "2020-01"})
