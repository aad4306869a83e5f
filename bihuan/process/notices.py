"""What people are told about a case; gathered while a command plays, written once at its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bihuan.kernel.actor import Actor
from bihuan.kernel.clock import until
from bihuan.kernel.errors import text
from bihuan.kit import notify
from bihuan.kit.links import Ref
from bihuan.process.engine.graph import Node
from bihuan.process.engine.state import Chair
from bihuan.process.store import CaseRow

KINDS = {
    "task": text("新的待办"),
    "returned": text("单据被退回"),
    "remind": text("到期提醒"),
    "late": text("任务逾期"),
    "escalated": text("下属任务逾期"),
    "urge": text("催办"),
    "copied": text("抄送"),
    "comment": text("评论"),
    "ended": text("流程结束"),
    "closed": text("待办已由他人处理"),
    "notified": text("流程通知"),
    "broken": text("交接失败"),
}

MUST = frozenset({"task", "returned", "urge"})
"""Kinds that wait for their receiver's decision: nobody may switch them off in the app."""


@dataclass(frozen=True, slots=True)
class _Message:
    people: tuple[int, ...]
    kind: str
    text: str
    params: Mapping[str, str]


class Outbox:
    """Messages of one command. Nobody is told of what he did himself."""

    def __init__(self, row: CaseRow, by: Actor, at: datetime) -> None:
        self._row, self._by, self._at = row, by, at
        self._messages: list[_Message] = []

    def add(self, people: Iterable[int], kind: str, message: str, **params: str) -> None:
        """Tell these people: a zh-Hans template marked for translation in which `{case}` names the case."""
        others = tuple(dict.fromkeys(person for person in people if person != self._by.person))
        if others:
            self._messages.append(_Message(others, kind, message, {"case": self._title, **params}))

    def assigned(self, seat: int, chair: Chair, node: Node, due: datetime) -> None:
        """A seat opened."""
        day, hour = until(due)
        said = text("{case}：{step}（截止{due}）")
        self.add([chair.person], "task", said, step=node.name, due=f"{day:%m-%d} {hour}")

    def closed(self, chair: Chair, reason: str) -> None:
        """A seat was closed because another person decided."""
        if reason == "decided":
            self.add([chair.person], "closed", text("{case}：已由{name}处理"), name=self._by.name)

    def ended(self, outcome: str, passed: bool) -> None:
        """The case is over: its starter hears of it."""
        if outcome:
            self.add([self._row.starter_id], "ended", text("{case}：{outcome}"), outcome=outcome)
        else:
            said = text("{case}：已完成") if passed else text("{case}：已终止")
            self.add([self._row.starter_id], "ended", said)

    def send(self) -> None:
        """Write what was gathered."""
        for message in self._messages:
            notify.notify(
                people=message.people,
                kind=message.kind,
                text=message.text,
                params=message.params,
                url=f"/cases/{self._row.id}/",
                about=Ref("case", self._row.id),
                by=self._by,
                at=self._at,
            )
        self._messages = []

    @property
    def _title(self) -> str:
        return f"{self._row.number} {self._row.title}".strip()
