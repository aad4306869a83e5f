"""What people can do with cases; the same verbs behind web, API, command line and scenarios."""

from .events import raise_event
from .handing import deliver, retry_hand_over
from .start import start_case
from .supervise import reassign_task, urge_task, withdraw_case
from .talk import comment_case, copy_case, mark_copy_read, mark_task_seen
from .timers import ring_alarms
from .watch import trigger_watch
from .work import approve_task, complete_task, fill_task, make_sheet, refuse_task, save_task

__all__ = [
    "approve_task",
    "comment_case",
    "complete_task",
    "copy_case",
    "deliver",
    "fill_task",
    "make_sheet",
    "mark_copy_read",
    "mark_task_seen",
    "raise_event",
    "reassign_task",
    "refuse_task",
    "retry_hand_over",
    "ring_alarms",
    "save_task",
    "start_case",
    "trigger_watch",
    "urge_task",
    "withdraw_case",
]
