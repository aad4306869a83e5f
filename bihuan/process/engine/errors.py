"""How the engine says no."""

from __future__ import annotations

from bihuan.kernel.errors import Conflict, DomainError


class EngineError(Conflict):
    """The command no longer fits the state; `params["person"]` names who decided, where known."""

    code = "stale"


class GraphError(DomainError):
    """The process itself leads nowhere: no way on, an endless loop, a target out of reach."""

    code = "process_fault"
