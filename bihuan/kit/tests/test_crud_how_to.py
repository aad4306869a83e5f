"""The register of docs/how-to/add-a-register.md, run as it stands there."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from django.urls import clear_url_caches

from bihuan.kit.crud import directory, registry
from bihuan.kit.testing.crud import ResourceCase, signed_in
from bihuan.kit.ui.menu import menu

GUIDE = Path(settings.ROOT) / "docs" / "how-to" / "add-a-register.md"
_BLOCK = re.compile(r"```python\n# (\S+)\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module", autouse=True)
def shop(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any
) -> Iterator[Any]:
    """An installed app with the guide's files and its table; gone again afterwards."""
    folder = tmp_path_factory.mktemp("guide")
    (folder / "shop").mkdir()
    (folder / "shop" / "__init__.py").touch()
    for name, code in _BLOCK.findall(GUIDE.read_text(encoding="utf-8")):
        (folder / name).write_text(code, encoding="utf-8")
    sys.path.insert(0, str(folder))
    with override_settings(INSTALLED_APPS=[*settings.INSTALLED_APPS, "shop"]):
        model = apps.get_model("shop", "Outlet")
        importlib.import_module("shop.resources")
        registered = directory.resource_of(model)
        assert registered is not None
        urls = importlib.import_module("types").ModuleType("shop_urls")
        registers = [*registry.register_urls()]
        urls.urlpatterns = [*importlib.import_module(settings.ROOT_URLCONF).urlpatterns[:-3], *registers]
        with override_settings(ROOT_URLCONF=urls), django_db_blocker.unblock():
            with connection.schema_editor() as editor:
                editor.create_model(model)
            yield importlib.import_module("shop.test_outlets")
            with connection.schema_editor() as editor:
                editor.delete_model(model)
    _forget(model, folder)


def _forget(model: Any, folder: Path) -> None:
    directory._by_model.pop(model, None)
    for key in [key for key in menu._items if key[0] == "shop"]:
        del menu._items[key]
    for name in [name for name in sys.modules if name.split(".")[0] == "shop"]:
        del sys.modules[name]
    sys.path.remove(str(folder))
    apps.all_models.pop("shop", None)
    apps.clear_cache()
    clear_url_caches()


@pytest.fixture
def outlets(shop: Any, db: None) -> Any:
    """The guide's test class, ready to run."""
    case = shop.TestOutlets()
    case.register = directory.resource_of(shop.Outlet)
    case.given = case.rows()
    case.admin, case.staff = signed_in(is_admin=True), signed_in()
    return case


TESTS = [name for name in dir(ResourceCase) if name.startswith("test_")]


@pytest.mark.parametrize("name", TESTS)
def test_the_guide_works(name: str, outlets: Any) -> None:
    getattr(outlets, name)()


def test_a_bulk_action_runs_on_ticked_rows_and_names_refusals(outlets: Any) -> None:
    rows = outlets.given
    answer = outlets.admin.post(
        outlets.register.url("bulk"),
        {"action": "upgrade", "row": [rows[0].pk, rows[1].pk, 10**9]},
        follow=True,
    )
    assert [outlets.fresh(row).grade for row in rows[:2]] == ["a", "a"]
    page = answer.content.decode()
    assert "升为甲级：2条" in page
    assert "有1条没有成功" in page
    assert outlets.staff.post(outlets.register.url("bulk"), {"action": "upgrade"}).status_code == 400


def test_a_view_is_kept_offered_and_dropped(outlets: Any) -> None:
    address = outlets.register.url("view")
    outlets.admin.post(address, {"name": "甲级", "query": "?grade=a&column=name&sort=-name"})
    page = outlets.admin.get(outlets.register.url())
    (view,) = page.context["saved"]
    shown = outlets.admin.get(view.url)
    assert shown.context["total"] == 2
    assert [head.name for head in shown.context["heads"]] == ["name"]
    assert not outlets.staff.get(outlets.register.url()).context["saved"]
    assert outlets.admin.post(address, {"name": "x", "query": "?password=1"}).status_code == 400
    outlets.admin.post(address, {"drop": view.id})
    assert not outlets.admin.get(outlets.register.url()).context["saved"]


def test_an_export_has_the_columns_filter_and_order_of_the_list(outlets: Any) -> None:
    query = {"format": "csv", "grade": "a", "column": ["name", "code"], "sort": "-code"}
    content = b"".join(outlets.admin.get(outlets.register.url("export"), query).streaming_content).decode(
        "utf-8-sig"
    )
    assert content.splitlines() == ["名称,代码", "丙店,S-3", "甲店,S-1"]


def test_presets_in_the_address_fill_the_new_form(outlets: Any) -> None:
    page = outlets.admin.get(outlets.register.url("new"), {"name": "预填店"}).content.decode()
    assert "预填店" in page
    assert outlets.admin.get(outlets.register.url("new"), {"id": "1"}).status_code == 400


def test_another_persons_import_cannot_be_taken(outlets: Any) -> None:
    checked = outlets.admin.post(
        outlets.register.url("import"), {"file": _csv("代码,名称,等级\nS-9,北门店,甲")}
    )
    other: Client = signed_in(is_admin=True)
    before = outlets.count()
    answer = other.post(outlets.register.url("import"), {"token": checked.context["token"], "action": "take"})
    assert (answer.status_code, outlets.count()) == (400, before)
    assert other.post(outlets.register.url("import"), {"token": "x", "action": "take"}).status_code == 422


def test_import_names_row_and_column_of_every_fault(outlets: Any) -> None:
    content = (
        "代码,名称,等级,开业日期\nS-7,东店,丁,\nS-8,西店,甲,2026年3月1日\nS-8,西店,甲,\nS-9,北店,甲,昨天\n"
    )
    report = outlets.admin.post(outlets.register.url("import"), {"file": _csv(content)}).context["report"]
    assert [(one.row, one.column) for one in report.problems] == [(2, "等级"), (4, "代码"), (5, "开业日期")]
    assert report.created == 1


def _csv(content: str) -> Any:
    import io

    file = io.BytesIO(content.encode())
    file.name = "rows.csv"
    return file
