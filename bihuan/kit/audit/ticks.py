"""What the audit trail does by itself."""

from __future__ import annotations

from datetime import datetime

from bihuan.kit.jobs.ticking import every

from .services import seal


@every("hour")
def seal_audit(at: datetime) -> None:
    """Seal all chains that grew since the last checkpoint."""
    seal(at)
