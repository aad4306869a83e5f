"""What a pack and those it requires give a process, as the static check wants it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bihuan.documents.public import FieldDefinition, FormDefinition
from bihuan.packs.public import Known, SlotEntry
from bihuan.process.drawn import Drawn
from bihuan.process.outline import known as shapes
from bihuan.process.outline.check_drawn import header
from bihuan.process.outline.compile import Names
from bihuan.process.outline.place import place
from bihuan.process.outline.schema import Outline
from bihuan.process.registers import offered

_last: tuple[Known, shapes.Known] | None = None


def shapes_of(around: Known) -> shapes.Known:
    """The look-ups of the check, from everything the packs give; kept while one pack's processes are checked."""
    global _last
    if _last is None or _last[0] is not around:
        _last = around, _shapes_of(around)
    return _last[1]


def _shapes_of(around: Known) -> shapes.Known:
    processes: Mapping[str, Outline | Drawn] = around.processes
    places = ("forms", "processes", "tables")
    return shapes.Known(
        slots=frozenset(around.slots) | around.broken.get("slots.yaml", frozenset()),
        forms={code: _form(form) for code, form in around.forms.items()},
        processes={code: _process(code, processes) for code in processes},
        tables=frozenset(around.tables),
        settings=frozenset(around.settings),
        registers={name: frozenset(register.actions) for name, register in offered().items()},
        packs=around.packs,
        unread=frozenset().union(*(around.broken.get(place, frozenset()) for place in places)),
    )


def names_of(forms: Mapping[str, FormDefinition], slots: Mapping[str, SlotEntry], due: Any) -> Names:
    """What the compiler takes from a pack; `due` are its default times by `do`."""
    return Names(
        forms={code: form.key for code, form in forms.items()},
        slots={code: _text(slot.name) for code, slot in slots.items()},
        due=due or {},
    )


def _text(label: Any) -> str:
    return str(label["zh-Hans"]) if isinstance(label, Mapping) else str(label)


def _form(form: FormDefinition) -> shapes.FormShape:
    return shapes.FormShape(form.key, {field.key: _field(field) for field in form.fields}, form.kind.value)


def _field(field: Any) -> shapes.FieldShape:
    return shapes.FieldShape(
        type=field.type.value,
        columns={c.key: _field(c) for c in field.columns} if isinstance(field, FieldDefinition) else {},
        required=field.required,
        required_in=tuple(field.required_in),
        computed=bool(field.compute),
        default=field.default is not None,
        to=field.to,
        many=field.many,
    )


def _process(code: str, processes: Mapping[str, Outline | Drawn]) -> shapes.ProcessShape:
    """A process as others see it: its steps, and where and with what they open or call it."""
    entered, given = set(), {}
    for other in processes.values():
        for opening in _openings(other, code):
            if opening.get("at"):
                entered.add(opening["at"])
            handed = opening.get("document_as")
            if isinstance(handed, Mapping):
                given.update(dict.fromkeys(handed, ""))
            elif handed:
                given[handed] = _main_form(other)
    one = processes[code]
    return shapes.ProcessShape(_steps(one), _main_form(one), frozenset(entered), given)


def _steps(process: Outline | Drawn) -> frozenset[str]:
    if isinstance(process, Drawn):
        return frozenset(process.graph.nodes)
    return frozenset(item.id for item in place(process).steps)


def _openings(process: Outline | Drawn, code: str) -> Iterator[Mapping[str, Any]]:
    """Every `opens` or `call` of a process in another, as written."""
    for data in _written(process):
        for opening in data.get("opens") or ():
            if opening.get("process") == code:
                yield opening
        called = data.get("call")
        if called == code or (isinstance(called, list) and code in called):
            yield data


def _written(process: Outline | Drawn) -> Iterator[Mapping[str, Any]]:
    if isinstance(process, Drawn):
        yield from (node.rules for node in process.graph.nodes.values())
        return
    for item in [*(placed.step for placed in place(process).steps), process.end]:
        yield item.model_dump(by_alias=True, exclude_unset=True)


def _main_form(process: Outline | Drawn) -> str:
    if isinstance(process, Drawn):
        return str(header(process.graph).get("document", {}).get("form", ""))
    document = process.document
    if isinstance(document, Mapping):
        return str(next(iter(document.values())))
    return str(document or "")
