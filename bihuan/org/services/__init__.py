"""Everything that changes the organisation."""

from .binding import appoint_deputy, bind_slot, change_deputy, end_deputy, unbind_slot
from .calendar import change_calendar_day, open_calendar_day, remove_calendar_day
from .people import (
    add_admin,
    change_holding,
    change_person,
    close_person,
    hold_position,
    leave_position,
    open_person,
)
from .tokens import issue_token, revoke_token
from .units import (
    change_position,
    change_unit,
    move_unit,
    open_position,
    open_unit,
    retire_position,
    retire_unit,
)

__all__ = [
    "add_admin",
    "appoint_deputy",
    "bind_slot",
    "change_calendar_day",
    "change_deputy",
    "change_holding",
    "change_person",
    "change_position",
    "change_unit",
    "close_person",
    "end_deputy",
    "hold_position",
    "issue_token",
    "leave_position",
    "move_unit",
    "open_calendar_day",
    "open_person",
    "open_position",
    "open_unit",
    "remove_calendar_day",
    "retire_position",
    "retire_unit",
    "revoke_token",
    "unbind_slot",
]
