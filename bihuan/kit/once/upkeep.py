"""What receipts need by themselves."""

from __future__ import annotations

from datetime import datetime

from bihuan.kernel.errors import text
from bihuan.kit.jobs import every

from .services import drop_old


@every("day 03:40", text("清理重复提交的凭据"))
def drop_old_receipts(at: datetime) -> None:
    """Receipts two days old go."""
    drop_old(at)
