"""Random outlines: block-structured, with every kind of step, always well-formed."""

from __future__ import annotations

import random
from typing import Any

ROLES = ["mgr", "head", "gm", "clerk"]
DECIDE = ["review", "approve", "all_sign", "separate", "any_sign", "sequential"]


class Maker:
    """Makes one outline from a seed; the same seed makes the same outline."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0
        self.left = self.random.randint(4, 25)

    def outline(self) -> dict[str, Any]:
        first = self._id("fill")
        steps = [{"id": first, "do": "fill", "by": "mgr"}, *self._list(0, [first])]
        starts: list[Any] = ["mgr"]
        if self.random.random() < 0.3:
            starts.append(
                {
                    "schedule": {"monthly": 26},
                    "by": "mgr",
                    "at": [s["id"] for s in steps if "id" in s and "watch" not in s][-1],
                }
            )
        end = {"state": "已完成", "archive": "10y"}
        return {
            "code": "T-001",
            "name": self.random.choice(["随机流程", {"zh-Hans": '随机<流程>&"', "en": "Random"}]),
            "owner": "marketing",
            "purpose": "测试",
            "document": "F-001",
            "start": starts,
            "steps": steps,
            "end": end,
        }

    def _id(self, stem: str) -> str:
        self.count += 1
        return f"{stem}{self.count}"

    def _list(self, depth: int, around: list[str]) -> list[dict[str, Any]]:
        """A list of steps; jumps lead to ids of this list or one around it."""
        found: list[dict[str, Any]] = []
        reach = list(around)
        for _ in range(self.random.randint(1, 4)):
            step = self._step(depth, reach, found)
            found.append(step)
            if "id" in step:
                reach.append(step["id"])
            if step.get("do") and "id" in step and self.random.random() < 0.25:
                found.append(self._watch(step["id"], depth, reach))
        if "gate" in found[-1] or "wait" in found[-1] or "go" in found[-1]:
            found.append(self._task(reach))
        return found

    def _step(self, depth: int, reach: list[str], before: list[dict[str, Any]]) -> dict[str, Any]:
        self.left -= 1
        kinds = ["task"] * 5 + ["decide"] * 4 + ["auto", "wait", "waits", "call", "each", "gate", "pick"]
        if depth < 3 and self.left > 0:
            kinds += ["parallel", "inclusive", "steps"] * 2
        kind = self.random.choice(kinds)
        return (
            getattr(self, f"_{kind}")(depth, reach)
            if kind not in ("task", "decide")
            else self._people(kind, reach)
        )

    def _people(self, kind: str, reach: list[str]) -> dict[str, Any]:
        step = self._task(reach)
        if kind == "decide":
            step["do"] = self.random.choice(DECIDE)
            step["refuse"] = self.random.choice(
                [reach[0], [reach[0], "end"], {"go": reach[-1], "notify": ["gm"]}]
            )
            step["labels"] = {"approve": "签准"}
        if self.random.random() < 0.2:
            step["when"] = self.random.choice(["doc.a > 1", {"ask": "要不要", "if": "doc.a == '是'"}])
        if self.random.random() < 0.15:
            step["go"] = self.random.choice([reach[0], [reach[0], "end"]])
        if self.random.random() < 0.1:
            del step["id"]
        return step

    def _task(self, reach: list[str]) -> dict[str, Any]:
        by: Any = self.random.choice([*ROLES, ["mgr", "gm"], {"field": "doc.owner"}, {"did": reach[0]}])
        return {
            "id": self._id("t"),
            "name": self.random.choice(
                ["办理", "审核<b>资料</b>", "很长很长很长的步骤名称要折成几行才行", "a\tb\nc"]
            ),
            "do": self.random.choice(["fill", "do", "collect", "archive"]),
            "by": by,
        }

    def _auto(self, depth: int, reach: list[str]) -> dict[str, Any]:
        return self.random.choice(
            [{"post": ["budget.reserve"]}, {"id": self._id("n"), "notify": ["gm"], "text": "好"}]
        )

    def _wait(self, depth: int, reach: list[str]) -> dict[str, Any]:
        return {
            "id": self._id("w"),
            "wait": self.random.choice(["5wd", {"event": "lead.created", "if": "row.a"}]),
        }

    def _waits(self, depth: int, reach: list[str]) -> dict[str, Any]:
        rows = [{"after": "3d", "go": reach[-1]}, {"event": "lead.created", "go": "end"}]
        return {"id": self._id("w"), "wait": rows}

    def _call(self, depth: int, reach: list[str]) -> dict[str, Any]:
        return {"id": self._id("c"), "call": ["T-002", "T-003"], "document_as": "report"}

    def _each(self, depth: int, reach: list[str]) -> dict[str, Any]:
        return {
            "id": self._id("e"),
            "each": "slot.mgr",
            "do": "fill",
            "by": {"field": "row"},
            "when": "doc.b",
        }

    def _gate(self, depth: int, reach: list[str]) -> dict[str, Any]:
        ways = [
            {"if": f"doc.a == '{n}'", "go": self.random.choice(reach)}
            for n in range(self.random.randint(1, 3))
        ]
        return {"id": self._id("g"), "gate": [*ways, {"else": "end"}]}

    def _pick(self, depth: int, reach: list[str]) -> dict[str, Any]:
        step = self._task(reach)
        step["go"] = [{"if": "doc.a", "go": [reach[0], "end"]}, {"else": reach[-1]}]
        return step

    def _parallel(self, depth: int, reach: list[str]) -> dict[str, Any]:
        id = self._id("p")
        more = {"when": "doc.c"} if self.random.random() < 0.3 else {}
        branches = [self._list(depth + 1, reach) for _ in range(self.random.randint(1, 3))]
        return {"id": id, "parallel": branches, **more}

    def _inclusive(self, depth: int, reach: list[str]) -> dict[str, Any]:
        rows = [
            {"if": "'问卷' in doc.methods", "steps": self._list(depth + 1, reach)},
            {"ask": "要访谈", "steps": self._list(depth + 1, reach)},
        ]
        return {"id": self._id("o"), "inclusive": rows}

    def _steps(self, depth: int, reach: list[str]) -> dict[str, Any]:
        more = {"each": "doc.rows", "order": "sequential"} if self.random.random() < 0.6 else {}
        return {"id": self._id("s"), "steps": self._list(depth + 1, reach), **more}

    def _watch(self, host: str, depth: int, reach: list[str]) -> dict[str, Any]:
        effects: list[dict[str, Any]] = [
            {"after": "3wd", "do": "escalate"},
            {"every": {"daily": "09:00"}, "steps": [self._task(reach)]},
            {"by": "gm", "interrupt": True, "go": "end"},
            {"event": "metric.value.created", "if": "row.red", "notify": ["gm"]},
        ]
        watched = "case" if self.random.random() < 0.2 else host
        effect = self.random.choice(effects if watched != "case" else effects[:2])
        return {"id": self._id("x"), "watch": watched, **effect}


def random_outline(seed: int) -> dict[str, Any]:
    """The outline of a seed."""
    return Maker(seed).outline()
