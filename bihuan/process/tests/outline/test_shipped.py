"""The processes that ship: they compile, draw and read back, and follow the handbook."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bihuan.process.engine.graph import Graph
from bihuan.process.outline.bpmn import from_bpmn, to_bpmn
from bihuan.process.outline.compile import compile_outline
from bihuan.process.outline.layout import lay_out
from bihuan.process.outline.schema import parse_outline
from bihuan.process.tests.outline.test_layout import faults

PACKS = Path(__file__).parents[4] / "packs"
FILES = sorted(PACKS.glob("*/processes/*.yaml"))


def shipped(path: Path) -> Graph:
    return compile_outline(parse_outline(YAML(typ="safe").load(path), path.name))


@pytest.mark.parametrize("path", FILES, ids=[f.stem for f in FILES])
def test_it_compiles_draws_and_reads_back(path: Path) -> None:
    graph = shipped(path)
    layout = lay_out(graph)
    assert faults(layout) == []
    assert from_bpmn(to_bpmn(graph, layout)).graph == graph


def test_sc001_follows_the_handbook() -> None:
    graph = shipped(PACKS / "rail" / "processes" / "SC-001.yaml")
    people = {
        n.id: (n.rules["num"], n.rules["do"], n.rules["due"]) for n in graph.nodes.values() if "do" in n.rules
    }
    assert people == {
        "draft": ("1", "fill", "5wd"),
        "head": ("2", "review", "2wd"),
        "budget": ("3a", "approve", "2wd"),
        "gm": ("3c", "approve", "3wd"),
        "sign": ("4", "all_sign", "3wd"),
    }
    assert all(n.rules["refuse"] == [{"go": "draft"}] for n in graph.nodes.values() if "refuse" in n.rules)
    assert graph.nodes["sign"].rules["by"] == ["pm_mgr", "tech_dir", "gm", "ka_head"]
    assert graph.nodes["skip"].rules["origin"][""] == "convention"
