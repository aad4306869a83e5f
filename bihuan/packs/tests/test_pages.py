"""The pages 流程包: what people see, and settings that administrators change there."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from bihuan.org.models import Person, Unit
from bihuan.packs import queries
from bihuan.packs.loading import load_pack
from bihuan.packs.services import install_pack

from .conftest import ADMIN, AT, MakePack

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_readers")]


def _client(*, admin: bool) -> Client:
    person = Person.objects.create(username="root" if admin else "li", name="李", is_admin=admin)
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def installed(make_pack: MakePack, company: Unit) -> Unit:
    """The small pack, installed; gives the company."""
    install_pack(load_pack(make_pack()), unit=company, by=ADMIN, at=AT)
    return company


def test_the_list_shows_packs_with_state_and_unbound_slots(installed: Unit) -> None:
    page = _client(admin=True).get("/packs/").content.decode()
    assert "小包" in page
    assert "草案" in page
    assert "2个中2个未绑定" in page


def test_an_empty_list_says_what_to_do(db: None) -> None:
    assert "bihuan pack install" in _client(admin=True).get("/packs/").content.decode()


def test_a_pack_that_is_not_there_is_404(db: None) -> None:
    assert _client(admin=True).get("/packs/nope/").status_code == 404


def test_an_administrator_changes_settings_for_a_unit(installed: Unit, department: Unit) -> None:
    client = _client(admin=True)
    page = client.get(f"/packs/mini/?unit={department.id}").content.decode()
    assert 'name="mini.limit"' in page
    assert "按惯例补全" in page
    sent = {
        "unit": department.id,
        "mini.limit": "８，000".replace("，", ","),
        "mini.mode": "b",
        "mini.days": "90",
    }
    assert client.post("/packs/mini/", sent).status_code == 302
    assert queries.setting("mini.limit", department.id) == Decimal(8000)
    assert queries.setting("mini.limit", installed.id) == Decimal(5000)
    assert queries.own_settings(department.id) == {"mini.limit": "8000.00", "mini.mode": "b"}
    client.post("/packs/mini/", {**sent, "mini.limit": "5000"})
    assert queries.own_settings(department.id) == {"mini.mode": "b"}


def test_a_wrong_value_keeps_what_was_typed_and_saves_nothing(installed: Unit) -> None:
    sent = {"unit": installed.id, "mini.limit": "-3", "mini.mode": "b", "mini.days": "90"}
    response = _client(admin=True).post("/packs/mini/", sent)
    page = response.content.decode()
    assert response.status_code == 422
    assert "限额不能小于0" in page
    assert 'value="-3"' in page
    assert queries.own_settings(installed.id) == {}


def test_others_see_but_do_not_change(installed: Unit) -> None:
    client = _client(admin=False)
    page = client.get("/packs/mini/").content.decode()
    assert 'name="mini.days"' not in page
    assert "保存设置" not in page
    assert client.post("/packs/mini/", {"unit": installed.id, "mini.days": "1"}).status_code == 403
    assert client.post("/packs/mini/use/", {"unit": installed.id, "on": "false"}).status_code == 403


def test_a_pack_is_switched_off_for_a_unit(installed: Unit) -> None:
    client = _client(admin=True)
    client.post("/packs/mini/use/", {"unit": installed.id, "on": "false"})
    assert not queries.pack_is_on("mini", installed.id)
    assert "已停用" in client.get("/packs/").content.decode()


@pytest.mark.parametrize("unit", ["x", "99999999999999999999", "-1", "0", "٣"])
def test_odd_units_do_no_harm(installed: Unit, unit: str) -> None:
    assert _client(admin=True).get("/packs/mini/", {"unit": unit}).status_code == 200
