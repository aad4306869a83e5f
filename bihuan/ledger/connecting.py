"""What this app fills in elsewhere: its register, a kind of notice, the menu."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from bihuan.kernel.errors import text
from bihuan.kit.notify import NoticeKind, register_kind
from bihuan.kit.soundness import add_check
from bihuan.kit.ui.menu import menu
from bihuan.process.public import add_register

from .posting import BudgetRegister
from .queries import verify_ledger
from .services import NOTICE


def connect() -> None:
    """Called when the program starts, once or again."""
    add_register(BudgetRegister())
    add_check("ledger", verify_ledger)
    register_kind(NoticeKind(NOTICE, text("预算预警")))
    menu.group("ledger", gettext_lazy("资金"), "coin", 40)
