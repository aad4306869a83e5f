"""What this app fills in elsewhere: its register, the reference to reports and the menu."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from bihuan.documents.public import add_reference
from bihuan.kit.ui.menu import menu
from bihuan.process.public import add_register

from .register import ACHIEVED, AchievementReference, TargetRegister


def connect() -> None:
    """Called when the program starts, once or again."""
    add_register(TargetRegister())
    add_reference(ACHIEVED, AchievementReference())
    menu.group("strategy", gettext_lazy("目标"), "target", 35)
