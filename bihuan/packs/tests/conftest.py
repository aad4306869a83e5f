"""Packs on disk for tests, and stand-ins for the readers of upper apps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bihuan.kernel.actor import Actor
from bihuan.kernel.clock import TZ
from bihuan.org.models import Unit
from bihuan.packs import readers

AT = datetime(2026, 3, 2, 9, tzinfo=TZ)
ADMIN = Actor(1, "管理员", admin=True)
CLERK = Actor(2, "职员")

PACK = """\
code: mini
name: {zh-Hans: 小包, en: Mini}
version: 1.0.0
due: {review: 2wd, approve: {normal: 3wd, urgent: 1wd}}
urgent: {紧急: 1wd, 特急: 4wh}
settings:
  mini.limit: {type: money, default: 5000, min: 0, label: 限额}
  mini.mode: {type: enum, options: [a, {value: b, label: 乙}], default: a, label: 方式}
  mini.days: {type: int, default: 90, max: 365, label: 天数}
"""
SLOTS = """\
boss: {name: 主管}
clerk: {name: {zh-Hans: 职员, en: Clerk}}
ext_printer: {name: 印刷厂, external: true, via: clerk}
"""
TABLE = """\
key: amounts
name: 路线
inputs: {amount: money, outside: bool}
rows:
  - {if: amount <= setting.mini.limit and not outside, by: [boss]}
  - {else: [{slot: boss, due: 3wd}, clerk]}
"""

MakePack = Callable[..., Path]


@pytest.fixture
def make_pack(tmp_path: Path) -> MakePack:
    """Write a small correct pack; keyword `files` replaces or adds files (None removes one)."""

    def make(name: str = "mini", files: dict[str, str | bytes | None] | None = None) -> Path:
        folder = tmp_path / name
        wanted: dict[str, Any] = {"pack.yaml": PACK, "slots.yaml": SLOTS, "tables/amounts.yaml": TABLE}
        for path, content in {**wanted, **(files or {})}.items():
            if content is None:
                continue
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder

    return make


@pytest.fixture
def own_readers(monkeypatch: pytest.MonkeyPatch) -> dict[Any, readers.Reader]:
    """Only this app's readers, and a registry that may be changed."""
    own = {"slots.yaml", "tables", "duties.yaml", "demo.yaml"}
    registry = {key: reader for key, reader in readers._readers.items() if key[0] in own}
    monkeypatch.setattr(readers, "_readers", registry)
    return registry


@pytest.fixture
def company(db: None) -> Unit:
    """A company."""
    unit = Unit.objects.create(code="company", name="示例公司", kind="company")
    return _placed(unit)


@pytest.fixture
def department(company: Unit) -> Unit:
    """A department of the company."""
    return _placed(Unit.objects.create(code="dep", name="市场部", kind="department", parent=company))


def _placed(unit: Unit) -> Unit:
    unit.path = f"{unit.parent.path if unit.parent else '/'}{unit.id}/"
    unit.save(update_fields=["path"])
    return unit
