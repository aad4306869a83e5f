"""Files by content hash: checked when they come in, guarded by their owner record when they go out.

`keep` an upload, `use_files` when a record takes it; the app behind the record answers who may read
it through `register_owner(kind, owner_may_read)`.
"""

from . import upkeep
from .inspect import FORMATS, MAX_SIZE
from .models import File
from .services import (
    Damaged,
    Problem,
    copy_file,
    drop_unused,
    drop_upload,
    keep,
    may_read,
    open_file,
    readable_file,
    register_owner,
    use_files,
    verify_files,
)

__all__ = [
    "FORMATS",
    "MAX_SIZE",
    "Damaged",
    "File",
    "Problem",
    "copy_file",
    "drop_unused",
    "drop_upload",
    "keep",
    "may_read",
    "open_file",
    "readable_file",
    "register_owner",
    "upkeep",
    "use_files",
    "verify_files",
]
