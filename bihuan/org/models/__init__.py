"""Who works here: units, positions, people, the slots of the packs and who fills them."""

from .binding import Binding, Deputy, Slot
from .calendar import CalendarDay
from .installation import Installation
from .person import Holding, Person
from .token import Token
from .unit import Position, Unit

__all__ = [
    "Binding",
    "CalendarDay",
    "Deputy",
    "Holding",
    "Installation",
    "Person",
    "Position",
    "Slot",
    "Token",
    "Unit",
]
