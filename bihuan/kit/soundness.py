"""What `bihuan verify` checks: audit and files, and what upper apps add, such as the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable

Check = Callable[[], Iterable[object]]
_checks: dict[str, Check] = {}


def add_check(name: str, check: Check) -> None:
    """Let `verify` report what `check` finds wrong under `name`; called once in `AppConfig.ready()`."""
    _checks[name] = check


def problems() -> dict[str, list[str]]:
    """What is wrong, by the name of the check; an empty list where all is right."""
    from bihuan.kit import audit, files

    checks: dict[str, Check] = {"audit": audit.verify, "files": files.verify_files, **_checks}
    return {name: [str(found) for found in check()] for name, check in checks.items()}
