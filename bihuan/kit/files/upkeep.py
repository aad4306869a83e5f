"""What the file store does by itself."""

from __future__ import annotations

from datetime import datetime

from bihuan.kernel.errors import text
from bihuan.kit.jobs import every

from .services import drop_unused


@every("day 03:30", text("清理没有使用的文件"))
def drop_unused_files(at: datetime) -> None:
    """Uploads that nobody used within two days go."""
    drop_unused(at)
