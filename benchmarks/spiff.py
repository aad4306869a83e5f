"""The flow of SC-001 on SpiffWorkflow, saved after every step in one row of the same database."""

from __future__ import annotations

import io
from typing import Any

from django.db import connection, transaction
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

STEPS = ("draft", "head", "skip", "budget", "level", "gm", "sign_pm", "sign_td", "sign_gm", "sign_ka")
FLOWS = """
start>draft draft>head head>h h>draft:not_agreed h>skip skip>fork:routine skip>budget budget>b b>draft:not_agreed
b>level level>gm:great level>fork gm>g g>draft:not_agreed g>fork fork>sign_pm fork>sign_td fork>sign_gm fork>sign_ka
sign_pm>join sign_td>join sign_gm>join sign_ka>join join>s s>draft:not_agreed s>end
"""
CONDITIONS = {"not_agreed": "not agreed", "routine": "level == 'none'", "great": "level == 'year'"}
GATES = {"h": "skip", "skip": "budget", "b": "level", "level": "fork", "g": "fork", "s": "end"}
DATA = {"level": "year", "agreed": True, "title": "城际列车门系统需求调研计划", "approved_amount": "20000.00"}


def bpmn() -> bytes:
    """Steps as manual tasks, decisions and levels as exclusive gateways, the signature in parallel."""
    parts = [
        '<startEvent id="start"/>',
        '<endEvent id="end"/>',
        '<parallelGateway id="fork"/>',
        '<parallelGateway id="join"/>',
    ]
    flows = []
    for entry in FLOWS.split():
        way, _, when = entry.partition(":")
        source, target = way.split(">")
        name = f"{source}_{target}"
        text = CONDITIONS.get(when, "")
        condition = f"<conditionExpression>{text}</conditionExpression>" if text else ""
        flows.append(
            f'<sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}">{condition}</sequenceFlow>'
        )
    parts += [
        f'<exclusiveGateway id="{gate}" default="{gate}_{default}"/>' for gate, default in GATES.items()
    ]
    parts += [f'<manualTask id="{step}"/>' for step in STEPS if step not in GATES]
    head = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="bench">'
    return f'{head}<process id="plan" isExecutable="true">{"".join([*parts, *flows])}</process></definitions>'.encode()


class Rival:
    """Cases of the flow standing at one step."""

    def __init__(self, node: str) -> None:
        parser = BpmnParser()
        parser.add_bpmn_io(io.BytesIO(bpmn()))
        self._serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure())
        workflow = BpmnWorkflow(parser.get_spec("plan"))
        workflow.do_engine_steps()
        while (task := self._ready(workflow)).task_spec.name != node:
            self._take(workflow, task)
        self._begin = self._serializer.serialize_json(workflow)
        self._case = 0
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE IF NOT EXISTS bench_spiff (id integer PRIMARY KEY, state text NOT NULL)"
            )
            cursor.execute("DELETE FROM bench_spiff")

    def prepare(self) -> None:
        """One more case that stands at the step."""
        self._case += 1
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO bench_spiff (id, state) VALUES (%s, %s)", [self._case, self._begin])

    def step(self) -> None:
        """Load, take the step, save."""
        lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT state FROM bench_spiff WHERE id = %s{lock}", [self._case])
            workflow = self._serializer.deserialize_json(cursor.fetchone()[0])
            self._take(workflow, self._ready(workflow))
            state = self._serializer.serialize_json(workflow)
            cursor.execute("UPDATE bench_spiff SET state = %s WHERE id = %s", [state, self._case])

    @staticmethod
    def _ready(workflow: BpmnWorkflow) -> Any:
        return workflow.get_tasks(state=TaskState.READY, manual=True)[0]

    @staticmethod
    def _take(workflow: BpmnWorkflow, task: Any) -> None:
        task.data.update(DATA)
        task.run()
        workflow.do_engine_steps()
