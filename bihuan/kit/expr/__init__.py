"""The one small expression language of packs (formats.md, "Expressions and values").

Python expression syntax over plain data, exact decimals, empty values that do no harm. Nothing
outside the given roots can be reached: no method calls, no Python attributes, no builtins.
"""

from bihuan.kit.expr.errors import ExprError
from bihuan.kit.expr.expression import Expr, compile, problems
from bihuan.kit.expr.moment import Moment, parse_moment
from bihuan.kit.expr.shape import ANY, DATE, LEAF, PERIOD, RANGE, Open, Shape
from bihuan.kit.expr.template import Template, parse_template

__all__ = [
    "ANY",
    "DATE",
    "LEAF",
    "PERIOD",
    "RANGE",
    "Expr",
    "ExprError",
    "Moment",
    "Open",
    "Shape",
    "Template",
    "compile",
    "parse_moment",
    "parse_template",
    "problems",
]
