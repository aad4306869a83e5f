"""Installing a new version of a pack opens its joint review; installing it again, or in force, does not (SC-000)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bihuan.packs.models import PackRelease
from bihuan.process.models import Case, Task

PACKS = Path(__file__).resolve().parents[2] / "packs"
Cli = Callable[..., Any]


@pytest.fixture
def install(
    rail: Any, cli: Cli, tmp_path: Path, django_capture_on_commit_callbacks: Any
) -> Callable[..., None]:
    """Install the rail pack with another text and version from the command line."""
    folder = tmp_path / "packs"
    shutil.copytree(PACKS, folder)

    def run(version: str, *more: str) -> None:
        pack = folder / "rail" / "pack.yaml"
        text = (PACKS / "rail" / "pack.yaml").read_text(encoding="utf-8")
        pack.write_text(text.replace("version: 1.0.0", f"version: {version}"), encoding="utf-8")
        with django_capture_on_commit_callbacks(execute=True):
            done = cli("pack", "install", str(folder / "rail"), "--pack-dir", str(folder), *more)
        assert done.exit_code == 0, done.output

    return run


def reviews() -> int:
    return Case.objects.filter(process_code="SC-000").count()


@pytest.mark.req("R-014")
def test_a_new_version_opens_its_joint_review_once(install: Callable[..., None], web: Any) -> None:
    install("1.0.0")
    assert reviews() == 0  # nothing new
    install("1.1.0")
    task = Task.objects.get(state="open", case__process_code="SC-000")
    assert (task.node, task.person.username) == ("draft", "han")
    assert task.case.main_document.data["pack"] == "rail"
    assert f"/tasks/{task.pk}/" in web("han").get("/").content.decode()
    assert PackRelease.objects.get(pack__code="rail", version="1.1.0").state == "draft"
    install("1.1.0")
    install("1.2.0")  # while the review is open it is for the newest version
    assert reviews() == 1


def test_what_is_installed_in_force_needs_no_review(install: Callable[..., None]) -> None:
    install("1.1.0", "--effective")
    assert reviews() == 0
