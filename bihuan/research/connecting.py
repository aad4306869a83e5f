"""What this app fills in elsewhere: its register and the menu."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from bihuan.kit.ui.menu import menu
from bihuan.process.public import add_register

from .register import IntelRegister


def connect() -> None:
    """Called when the program starts, once or again."""
    add_register(IntelRegister())
    menu.group("research", gettext_lazy("市场情报"), "bulb", 30)
