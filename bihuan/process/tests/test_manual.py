"""流程手册: pages, forms, releases, and the whole manual on paper."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bihuan.kernel import clock
from bihuan.org.models import Binding, Holding
from bihuan.process import queries
from bihuan.process.manual import contents, staff, wording
from bihuan.process.models import Case, Task
from bihuan.process.program import program
from bihuan.process.tests import stage
from bihuan.process.tests.test_deciding import text_of
from tests.harness.pdf import pdf_pages

Door = Callable[[str], Any]
Cli = Callable[..., Any]


def words(answer: Any) -> str:
    """The text of a page without markup and blanks."""
    return "".join(re.sub(r"<[^>]*>", "", answer.content.decode()).split())


@pytest.mark.req("R-022")
@pytest.mark.req("R-025")
def test_a_process_page_tells_all_of_it(rail: object, web: Door) -> None:
    page = words(web("zhao").get("/processes/SC-001/"))
    for said in (
        "SC-001", "主责部门产品市场部", "在现场工作之前商定调研什么", "编制调研计划书", "产品市场部经理审核",
        "市场经理赵一鸣", "计划书写明调研内容", "注意时间安排至少分设计", "F-001市场调研计划书", "5个工作日",
        "1编制调研计划书", "M-201", "归档保存10年", "按惯例补全", "计划级别系统判断", "版本记录", "1.0.0有改动",
        "安装时直接生效，未经联合审核",
    ):  # fmt: skip
        assert said in page, said
    assert 'href="/processes/forms/F-001/"' in web("zhao").get("/processes/SC-001/").content.decode()


@pytest.mark.req("R-022")
def test_a_form_page_shows_all_fields_and_where_it_is_used(rail: object, web: Door) -> None:
    page = words(web("zhao").get("/processes/forms/F-001/"))
    for said in ("市场调研计划书", "秘密", "10年", "计划名称", "经费预算", "费用项目", "plan_level", "必填", "自动计算",
                 "SC-0011编制调研计划书·填写", "按惯例补全"):  # fmt: skip
        assert said in page, said
    assert web("zhao").get("/processes/forms/F-999/").status_code == 404


@pytest.mark.req("R-022")
def test_the_whole_manual_is_one_numbered_document(rail: object, web: Door, cli: Cli, tmp_path: Path) -> None:
    answer = web("zhao").get("/processes/packs/rail.pdf")
    pages = pdf_pages(answer.content)
    text = "".join(pages)
    for said in (
        "轨道交通包流程手册", "目录", "SC-001市场调研计划流程", "附录:表单", "8.1F-001市场调研计划书",
        "市场经理赵一鸣", "5个工作日", "M-201", "按惯例补全", "打印时间：2026-03-0209:00",
    ):  # fmt: skip
        assert said in text, said
    assert all(f"第{at}页共{len(pages)}页" in page for at, page in enumerate(pages, 1))
    assert b"/Outlines" in answer.content
    assert "/processes/packs/rail.pdf" in text_of(web("zhao").get("/processes/"))

    file = tmp_path / "manual.pdf"
    done = cli("process", "manual", "rail", "--out", str(file))
    assert done.exit_code == 0, done.output
    assert len(pdf_pages(file.read_bytes())) == len(pages)
    missing = cli("process", "manual", "nope", "--out", str(file))
    assert missing.exit_code == 1
    assert "没有安装流程包nope" in missing.output


def test_one_process_is_printed_alone(rail: object, web: Door) -> None:
    answer = web("zhao").get("/processes/SC-001.pdf")
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert "共同签准" in "".join(pdf_pages(answer.content))
    assert web("zhao").get("/processes/SC-999.pdf").status_code == 404


def test_the_page_says_where_nobody_is_responsible(rail: object, web: Door) -> None:
    posts = Binding.objects.filter(slot__code="tech_dir").values_list("position_id", flat=True)
    Holding.objects.filter(position__in=list(posts)).delete()
    assert "技术总监:无人在岗" in words(web("zhao").get("/processes/SC-001/"))
    Binding.objects.filter(slot__code="gm").delete()
    assert "总经理:无人在岗" in words(web("zhao").get("/processes/SC-001/"))


def test_a_page_costs_the_same_however_many_steps(rail: object, web: Door) -> None:
    client = web("zhao")
    client.get("/processes/SC-001/")
    with CaptureQueriesContext(
        connection,
    ) as seen:
        client.get("/processes/SC-001/")
    assert len(seen) < 30, [one["sql"][:120] for one in seen]


@pytest.fixture
def changed_rail(tmp_path: Path) -> Path:
    """The packs with another name for the first step of SC-001."""
    folder = tmp_path / "packs"
    shutil.copytree(settings.PACKS_DIR, folder)
    outline = folder / "rail" / "processes" / "SC-001.yaml"
    text = outline.read_text(encoding="utf-8")
    assert "总经理签署书面意见, en" in text
    outline.write_text(text.replace("总经理签署书面意见, en", "总经理新签一步, en"), encoding="utf-8")
    pack = folder / "rail" / "pack.yaml"
    pack.write_text(
        pack.read_text(encoding="utf-8").replace("version: 1.0.0", "version: 1.1.0"), encoding="utf-8"
    )
    return folder


@pytest.mark.req("R-028")
def test_a_running_case_ends_on_the_version_it_began_with(
    rail: Any, web: Door, cli: Cli, changed_rail: Path
) -> None:
    old = stage.plan_at("budget")
    done = cli("pack", "install", str(changed_rail / "rail"), "--pack-dir", str(changed_rail), "--effective")
    assert done.exit_code == 0, done.output
    page = words(web("zhao").get("/processes/SC-001/"))
    assert "总经理新签一步" in page
    assert "1.1.0有改动" in page
    assert "1.0.0有改动历史版本" in page

    new = stage.plan_at("budget")
    for case, name in ((old, "总经理签署书面意见"), (new, "总经理新签一步")):
        stage.agree(case, "budget")
        assert name in words(web("zhao").get(f"/cases/{case.pk}/"))
        assert Task.objects.get(case=case, node="gm").name == name
    for person in ("gm", "sign", "sign", "sign", "sign"):
        task = Task.objects.filter(case=old, node=person, state="open").order_by("id").first()
        assert task is not None
        client = web(task.person.username)
        answer = client.post(f"/tasks/{task.pk}/", {"verb": "approve", "opinion": "同意"})
        assert answer.status_code == 302, text_of(answer)
    old.refresh_from_db()
    assert (old.state, old.outcome, old.version.release.version) == (Case.State.ENDED, "已签准", "1.0.0")


@pytest.mark.req("R-023")
def test_a_process_with_a_step_nobody_is_responsible_for_is_not_published(
    rail: object, web: Door, cli: Cli, changed_rail: Path
) -> None:
    outline = changed_rail / "rail" / "processes" / "SC-001.yaml"
    text = outline.read_text(encoding="utf-8")
    for wrong in (text.replace("    by: bu_mgr\n", "", 1), text.replace("by: bu_mgr", "by: nobody", 1)):
        assert wrong != text
        outline.write_text(wrong, encoding="utf-8")
        for command in (("check",), ("install", "--effective")):
            done = cli(
                "pack", command[0], str(changed_rail / "rail"), "--pack-dir", str(changed_rail), *command[1:]
            )
            assert done.exit_code == 1
            assert "SC-001.yaml" in done.output
    assert "1.1.0" not in words(web("zhao").get("/processes/SC-001/"))


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("3wd", "3个工作日"), ("4wh", "4个工作小时"), ("2d 30min", "2天 30分钟"), ("0d", "当日"),
        ("doc.start - 3wd", "按单据中的日期"), ({"monthly": 26}, "每月26日"), ({"weekly": "mon"}, "每周星期一"),
        ({"quarterly": "-1wd"}, "每季度倒数第1个工作日"), ({"daily": "18:00"}, "每日18:00"), (None, ""),
        ([{"if": "doc.level == '红'", "due": "1wd"}, {"else": "3wd"}], "1个工作日或3个工作日"),
        ({"normal": "2wd", "urgent": "1wd"}, "2个工作日"),
    ],
)  # fmt: skip
def test_deadlines_in_words(rule: Any, said: str) -> None:
    assert wording.due(rule) == said


@pytest.mark.req("R-022")
def test_page_and_paper_tell_every_process_in_full(rail: object, web: Door) -> None:
    reader = web("zhao")
    paper = "".join("".join(pdf_pages(reader.get("/processes/packs/rail.pdf").content)).split())
    for version in queries.effective_versions():
        plan = program(version.pk, version.digest)
        unit = staff.home_unit(stage.actor("zhao"))
        told = contents.contents_of(plan, staff.staff_of(contents.slots_of(plan), unit, clock.now()))
        answer = reader.get(f"/processes/{plan.code}/")
        page = words(answer)
        said = [
            told.code,
            told.name,
            told.owner,
            told.purpose,
            *map(str, told.metrics),
            *map(str, told.forms),
        ]
        for step in told.steps:
            said += [step.num, step.name, step.standard, step.caution, step.due, *step.who, *step.posts]
        for one in said:
            assert "".join(one.split()) in page, (plan.code, one)
            assert "".join(one.split()) in paper, (plan.code, one)
        assert told.owner
        assert not told.owner.isascii()  # the department by its name, not by a code
        assert told.metrics
        assert told.forms
        drawn = answer.content.decode()
        for lane in {slot for step in told.steps for slot in step.who}:
            assert lane in drawn[drawn.index("<svg") :], (plan.code, lane)
