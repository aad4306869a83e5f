"""All models of the kit, in the one place where Django looks for them."""

from bihuan.kit.access.models import Grant
from bihuan.kit.audit.models import Checkpoint, Entry, SealedHead
from bihuan.kit.crud.models import SavedView
from bihuan.kit.files.models import File
from bihuan.kit.jobs.models import QueuedJob, TickRun
from bihuan.kit.links.models import Link
from bihuan.kit.notify.models import Notice, Preference
from bihuan.kit.numbering.models import NumberSeries
from bihuan.kit.once.models import Receipt

__all__ = [
    "Checkpoint",
    "Entry",
    "File",
    "Grant",
    "Link",
    "Notice",
    "NumberSeries",
    "Preference",
    "QueuedJob",
    "Receipt",
    "SavedView",
    "SealedHead",
    "TickRun",
]
