"""The door of the process app: what the layers above may use."""

from .models import Case, Copy, ProcessVersion, Task
from .queries import copied, done, drafts, effective_versions, handlers, inbox, overdue_count, started
from .registers import Post, Register, Source, add_register, register_of
from .services import (
    approve_task,
    comment_case,
    complete_task,
    copy_case,
    fill_task,
    make_sheet,
    mark_copy_read,
    mark_task_seen,
    reassign_task,
    refuse_task,
    ring_alarms,
    save_task,
    start_case,
    trigger_watch,
    urge_task,
    withdraw_case,
)
from .services.events import raise_event
from .services.timers import next_moment
from .services.work import Choices, open_comments
from .sourced import SourcedResource, origin_of, source_visible

__all__ = [
    "Case",
    "Choices",
    "Copy",
    "Post",
    "ProcessVersion",
    "Register",
    "Source",
    "SourcedResource",
    "Task",
    "add_register",
    "approve_task",
    "comment_case",
    "complete_task",
    "copied",
    "copy_case",
    "done",
    "drafts",
    "effective_versions",
    "fill_task",
    "handlers",
    "inbox",
    "make_sheet",
    "mark_copy_read",
    "mark_task_seen",
    "next_moment",
    "open_comments",
    "origin_of",
    "overdue_count",
    "raise_event",
    "reassign_task",
    "refuse_task",
    "register_of",
    "ring_alarms",
    "save_task",
    "source_visible",
    "start_case",
    "started",
    "trigger_watch",
    "urge_task",
    "withdraw_case",
]
