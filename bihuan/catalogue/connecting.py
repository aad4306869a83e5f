"""What this app fills in elsewhere: its register, the reference to products, the menu."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from bihuan.documents.public import add_reference
from bihuan.kit.ui.menu import menu
from bihuan.process.public import add_register

from .register import ProductReference, ProductRegister


def connect() -> None:
    """Called when the program starts, once or again."""
    add_register(ProductRegister())
    add_reference("product", ProductReference())
    menu.group("catalogue", gettext_lazy("产品"), "package", 50)
