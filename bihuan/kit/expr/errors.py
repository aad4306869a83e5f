"""The one error of the expression language."""

from __future__ import annotations

from bihuan.kernel.errors import Invalid


class ExprError(Invalid):
    """An expression that cannot be read, or that does not fit the data it meets."""

    code = "expression"
