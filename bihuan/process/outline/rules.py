"""The rules of a node: the keys of its step as plain JSON, with defaults resolved.

Beside the keys as formats.md has them (`by due with read write require hide into set post opens
notify text confirm when each order call at document_as pack event if after every to interrupt
approves lead veto pass standard caution input labels deny`), the compiler settles:

- `mode`: first · all · any · sequential · ratio, `wait_all`, `hidden_until_done` for every human step;
- `documents`: `[{name, form} | {path}, row?]`, `document`: the first one's name or path;
- `form`: `[{name, form, min, max}]`, max null without bound;
- `refuse`, `go`: `[{go: node, if?: expression, set?, notify?}]`, rows with one condition stand for a
  choice of the person, the first being the default; the first true condition counts;
- `asks`: nodes whose `when: {ask}` (or branch) the person who passes this step answers;
- `rules`: `[{check, message}]`, `num` as text, `origin`: `{"": mark, key: mark}`.
"""

from __future__ import annotations

from typing import Any

from bihuan.process.outline.parts import Strict
from bihuan.process.outline.place import Placed
from bihuan.process.outline.values import plain

_MODES = {
    "all_sign": "all",
    "separate": "all",
    "any_sign": "any",
    "sequential": "sequential",
    "collect": "all",
}
# keys the graph itself says, or that `settled` writes in its own form
_SAID = frozenset(
    {"id", "gate", "parallel", "inclusive", "steps", "watch", "wait", "end", "go", "refuse", "form"}
)
_SETTLED = frozenset({"document", "num", "origin"})


def written(model: Strict) -> dict[str, Any]:
    """The keys written in the file as plain JSON data."""
    data: dict[str, Any] = plain(model.model_dump(by_alias=True, exclude_unset=True))
    return data


def origins(step_origin: Any, default: str) -> dict[str, str]:
    """Marks by key; "" is the step's own. `due` is convention unless marked."""
    marks = dict(step_origin) if isinstance(step_origin, dict) else {"": step_origin or default}
    return {"": default, "due": "convention", **marks}


def of_step(item: Placed, origin: str) -> dict[str, Any]:
    """The rules that stand in the step itself; targets and documents are the compiler's matter."""
    data = {k: x for k, x in written(item.step).items() if k not in _SAID | _SETTLED}
    data["origin"] = origins(item.step.origin, origin)
    if item.num:
        data["num"] = item.num
    if not isinstance(data.get("name", ""), dict):
        data.pop("name", None)
    return data


def answering(do: str, data: dict[str, Any]) -> dict[str, Any]:
    """How the people of a step answer together."""
    mode = data.get("mode", "all") if do == "round" else _MODES.get(do, "first")
    waits = mode not in ("first", "any", "sequential") and data.get("wait_all", True)
    hidden = data.get("hidden_until_done", do == "separate")
    return {"mode": mode, "wait_all": bool(waits), "hidden_until_done": bool(hidden)}


def lane_of(people: Any) -> str:
    """The slot that stands for some people in the diagram: the first one named, "" if none is."""
    if isinstance(people, str):
        return "" if people == "anyone" else people
    if isinstance(people, list):
        return next((lane for one in people if (lane := lane_of(one))), "")
    if isinstance(people, dict):
        if "slot" in people:
            return str(people["slot"])
        for key in ("by", "else"):
            if key in people:
                return lane_of(people[key])
    return ""
