"""Errors, actor, clock, secrecy, labels."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from bihuan.kernel import clock
from bihuan.kernel.actor import SYSTEM, Actor
from bihuan.kernel.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound, text
from bihuan.kernel.label import is_label, show
from bihuan.kernel.secrecy import Secrecy


def test_error_carries_template_params_and_fields():
    error = Invalid("编号{code}已存在", fields={"code": ["重复"], "name": "太短"}, code="A1")
    assert error.message == "编号{code}已存在"
    assert error.text() == str(error) == "编号A1已存在"
    assert error.text({"编号{code}已存在": "Number {code} exists"}.get) == "Number A1 exists"
    assert error.fields == {"code": ("重复",), "name": ("太短",)}
    assert (error.status, Invalid.code) == (422, "invalid")


def test_message_without_params_may_hold_braces():
    assert DomainError("写作{}即可").text() == "写作{}即可"


def test_param_may_be_called_message():
    assert Invalid("{message}", message="好").text() == "好"


@pytest.mark.parametrize(
    ("kind", "status"),
    [(DomainError, 400), (Invalid, 422), (NotAllowed, 403), (NotFound, 404), (Conflict, 409)],
)
def test_status(kind, status):
    assert issubclass(kind, DomainError)
    assert kind("坏").status == status


def test_marked_text_is_unchanged():
    assert text("保存") == "保存"


def test_actor_cannot_be_changed():
    assert Actor(None, "系统") == SYSTEM
    with pytest.raises(AttributeError):
        SYSTEM.admin = True  # type: ignore[misc]


def test_now_is_aware_and_in_shanghai():
    assert clock.now().utcoffset() == timedelta(hours=8)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_fixed_clock_holds_in_its_block_only():
    fixed = clock.FixedClock(datetime(2026, 3, 2, 9, tzinfo=clock.TZ))
    with clock.use(fixed):
        assert clock.now() == datetime(2026, 3, 2, 1, tzinfo=UTC)
        fixed.advance(timedelta(hours=15))
        assert clock.today().isoformat() == "2026-03-03"
        with clock.use(clock.FixedClock(datetime(2030, 1, 1, tzinfo=clock.TZ))):
            assert clock.now().year == 2030
        assert clock.now().year == 2026
    assert clock.now() > datetime(2026, 3, 4, tzinfo=clock.TZ)


def test_fixed_clock_never_goes_back():
    fixed = clock.FixedClock(datetime(2026, 3, 2, 9))  # noqa: DTZ001 - without a zone it is Shanghai
    with pytest.raises(ValueError, match="cannot go back"):
        fixed.move_to(datetime(2026, 3, 2, 0, 59, tzinfo=UTC))


def test_other_threads_keep_their_clock():
    seen = []
    with clock.use(clock.FixedClock(datetime(2000, 1, 1, tzinfo=clock.TZ))):
        thread = threading.Thread(target=lambda: seen.append(clock.now().year))
        thread.start()
        thread.join()
    assert seen[0] > 2000


def test_secrecy_orders_and_names_its_levels():
    assert [level.label for level in Secrecy] == ["公开", "内部", "秘密", "机密", "绝密"]
    assert [int(level) for level in Secrecy] == [0, 1, 2, 3, 4]
    assert all(Secrecy.of(level.label) is level for level in Secrecy)
    with pytest.raises(Invalid, match="密级"):
        Secrecy.of("很密")


def test_label_falls_back_to_simplified_chinese():
    label = {"zh-Hans": "市场", "en": "Market"}
    assert show(label) == show(label, "zh-hant") == show(label, "fr") == "市场"
    assert show(label, "en") == show(label, "EN") == "Market"
    assert show({"zh-Hans": "市场", "en": ""}, "en") == "市场"
    assert show("市场", "en") == "市场"


@pytest.mark.parametrize("good", ["市场", {"zh-Hans": "市场"}, {"zh-Hans": "a", "zh-Hant": "b", "en": "c"}])
def test_label_well_formed(good):
    assert is_label(good)


@pytest.mark.parametrize("bad", [1, None, {"en": "Market"}, {"zh-Hans": 1}, {"zh-Hans": "a", "de": "b"}])
def test_label_ill_formed(bad):
    assert not is_label(bad)
