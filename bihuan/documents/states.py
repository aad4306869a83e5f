"""Which state a document may go to from which (forms.md §1, formats.md "States")."""

from __future__ import annotations

from collections.abc import Mapping

from .models import State

ALLOWED: Mapping[str, frozenset[str]] = {
    State.DRAFT: frozenset({State.REVIEW, State.PASSED, State.WITHDRAWN, State.VOID}),
    State.REVIEW: frozenset(
        {State.RETURNED, State.PASSED, State.REFUSED, State.WITHDRAWN, State.RUNNING, State.VOID}
    ),
    State.RETURNED: frozenset(
        {State.REVIEW, State.PASSED, State.REFUSED, State.WITHDRAWN, State.RUNNING, State.VOID}
    ),
    State.PASSED: frozenset(
        {State.REVIEW, State.RETURNED, State.RUNNING, State.CLOSED, State.ARCHIVED, State.VOID}
    ),
    State.REFUSED: frozenset({State.REVIEW, State.RETURNED, State.CLOSED, State.ARCHIVED, State.VOID}),
    State.WITHDRAWN: frozenset({State.REVIEW, State.ARCHIVED, State.VOID}),
    State.RUNNING: frozenset(
        {State.REVIEW, State.RETURNED, State.PASSED, State.CLOSED, State.ARCHIVED, State.VOID}
    ),
    State.CLOSED: frozenset({State.ARCHIVED, State.VOID}),
    State.VOID: frozenset({State.ARCHIVED}),
    State.ARCHIVED: frozenset(),
}

OPEN = frozenset({State.DRAFT, State.REVIEW, State.RETURNED, State.WITHDRAWN})
"""States in which a step may write whatever its rights allow."""

FROZEN = frozenset({State.PASSED, State.RUNNING, State.CLOSED, State.REFUSED})
"""States in which only named fields may be written, or a next version begun (`Rights.revise`)."""


def state_of(given: str) -> State:
    """A state by its code or Chinese label; ValueError if there is none."""
    for state in State:
        if given in (state.value, state.label):
            return state
    raise ValueError(given)
