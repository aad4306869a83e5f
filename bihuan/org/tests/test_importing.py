"""The organisation from one workbook, by function and by command."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bihuan.kernel.actor import SYSTEM
from bihuan.kernel.errors import Invalid
from bihuan.kit.io import Column, write_xlsx
from bihuan.org import importing, queries
from bihuan.org.cli import app
from bihuan.org.models import Binding, Holding, Person, Position, Unit
from bihuan.org.tests import make

pytestmark = pytest.mark.django_db
SHEETS = {
    "单位": [
        ("代码", "名称", "类型", "上级单位", "负责岗位"),
        ("c", "轨道公司", "公司", "", "gm"),
        ("d", "市场部", "部门", "c", "mm"),
    ],
    "岗位": [
        ("代码", "名称", "所属单位", "上级岗位"),
        ("mm", "市场经理", "d", "gm"),
        ("gm", "总经理", "c", ""),
    ],
    "人员": [("登录名", "姓名", "岗位"), ("zhao", "赵一鸣", "mm、gm"), ("qian", "钱二", "gm")],
    "绑定": [("岗位槽", "单位", "岗位"), ("mkt_mgr", "c", "mm")],
}


def _book(sheets: dict[str, list[tuple[str, ...]]]) -> io.BytesIO:
    target = io.BytesIO()
    write_xlsx(
        target, [(name, [Column(head) for head in rows[0]], rows[1:]) for name, rows in sheets.items()]
    )
    target.seek(0)
    return target


def _take(sheets: dict[str, list[tuple[str, ...]]], dry: bool = False) -> importing.OrganisationReport:
    return importing.import_organisation(file=_book(sheets), name="o.xlsx", by=SYSTEM, at=make.AT, dry=dry)


def test_a_whole_organisation_whatever_the_order_of_its_rows() -> None:
    make.slot("mkt_mgr", "市场经理")
    assert _take(SHEETS).problems == []
    department = Unit.objects.get(code="d")
    assert department.company == Unit.objects.get(code="c")
    assert department.head == Position.objects.get(code="mm")
    assert Position.objects.get(code="mm").superior == Position.objects.get(code="gm")
    assert [seat.person.name for seat in queries.holders("mkt_mgr", department.pk, make.AT)] == ["赵一鸣"]
    again = _take(SHEETS)
    assert (sum(again.counts.values()), again.problems) == (0, [])


def test_a_dry_run_tells_the_same_and_changes_nothing() -> None:
    make.slot("mkt_mgr", "市场经理")
    dry = _take(SHEETS, dry=True)
    assert (Unit.objects.count(), Person.objects.count(), Binding.objects.count()) == (0, 0, 0)
    assert dry == _take(SHEETS)


def test_faults_are_named_by_sheet_row_and_column_and_the_rest_is_taken() -> None:
    broken = {
        **SHEETS,
        "单位": [*SHEETS["单位"], ("e", "", "部门", "c", "")],
        "人员": [*SHEETS["人员"], ("sun", "孙三", "nope")],
        "绑定": [*SHEETS["绑定"], ("gm", "c", "gm")],
    }
    found = {(one.sheet, one.row, one.column) for one in _take(broken).problems}
    assert found == {("单位", 4, "名称"), ("人员", 4, "岗位"), ("绑定", 2, "岗位槽"), ("绑定", 3, "岗位槽")}
    assert (Unit.objects.count(), Holding.objects.count()) == (2, 3)


def test_a_workbook_without_known_sheets_is_refused() -> None:
    with pytest.raises(Invalid):
        _take({"Sheet1": [("a",), ("b",)]})


def test_the_command_imports_and_fails_on_faults(tmp_path: Path) -> None:
    path = tmp_path / "o.xlsx"
    path.write_bytes(_book(SHEETS).getvalue())
    dry = CliRunner().invoke(app, ["import", str(path), "--dry-run", "--json"])
    assert dry.exit_code == 1
    assert [one["sheet"] for one in json.loads(dry.stdout)["problems"]] == ["绑定"]
    assert Unit.objects.count() == 0
    make.slot("mkt_mgr", "市场经理")
    assert CliRunner().invoke(app, ["import", str(path)]).exit_code == 0
    assert Unit.objects.count() == 2
    path.write_bytes(b"nothing")
    refused = CliRunner().invoke(app, ["import", str(path)])
    assert refused.exit_code == 1
    assert "Traceback" not in refused.output


def test_the_command_makes_an_administrator_with_a_password_shown_once() -> None:
    answer = json.loads(CliRunner().invoke(app, ["add-admin", "root", "--json"]).stdout)
    person = Person.objects.get(username="root")
    assert person.is_admin
    assert person.check_password(answer["password"])
