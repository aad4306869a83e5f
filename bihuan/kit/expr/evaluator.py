"""Playing a checked syntax tree over the roots: simpleeval with our own values (stack.md §11)."""

from __future__ import annotations

import ast
from collections.abc import Callable

from simpleeval import SimpleEval

from bihuan.kernel.errors import text
from bihuan.kit.expr.errors import ExprError
from bihuan.kit.expr.functions import FUNCTIONS
from bihuan.kit.expr.syntax import sides
from bihuan.kit.expr.values import (
    Value,
    add,
    divide,
    element,
    elements,
    floor_divide,
    less,
    member,
    modulo,
    multiply,
    negative,
    positive,
    same,
    subtract,
    within,
)

MAX_ROWS = 200_000  # rows all comprehensions of one evaluation may visit: about two seconds

_OPERATORS: dict[type[ast.AST], Callable[..., Value]] = {
    ast.Add: add,
    ast.Sub: subtract,
    ast.Mult: multiply,
    ast.Div: divide,
    ast.FloorDiv: floor_divide,
    ast.Mod: modulo,
    ast.USub: negative,
    ast.UAdd: positive,
    ast.Not: lambda value: not value,
    ast.Eq: same,
    ast.NotEq: lambda left, right: not same(left, right),
    ast.Lt: less,
    ast.Gt: lambda left, right: less(right, left),
    ast.LtE: lambda left, right: not less(right, left),
    ast.GtE: lambda left, right: not less(left, right),
    ast.In: within,
    ast.NotIn: lambda item, container: not within(item, container),
}
_CALLS = {name: function.call for name, function in FUNCTIONS.items()}


class Evaluator(SimpleEval):  # type: ignore[misc] # simpleeval has no types
    """Evaluates one expression once.

    `when_empty` is the result of a comparison with an empty value: False in conditions, True in a
    `check`. What picks (the `if` of a comprehension, the condition of `a if c else b`) is always a
    condition.
    """

    def __init__(self, roots: Value, *, when_empty: bool) -> None:
        self.__dict__.update(_PREPARED)
        self.nodes = {kind: getattr(self, name) for kind, name in _HANDLERS}
        self._roots = roots
        self._when_empty = when_empty
        self._variables: dict[str, Value] = {}
        self._rows = 0

    def _check_disallowed_items(self, item: Value) -> None:
        """Nothing to check: values come from data and functions from our list only.

        simpleeval walks whole lists here for every name it reads, which would make rules over two
        tables cubic.
        """

    def _eval_name(self, node: ast.Name) -> Value:
        if node.id in self._variables:
            return self._variables[node.id]
        return member(self._roots, node.id)

    def _eval_attribute(self, node: ast.Attribute) -> Value:
        return member(self._eval(node.value), node.attr)

    def _eval_subscript(self, node: ast.Subscript) -> Value:
        return element(self._eval(node.value), self._eval(node.slice))

    def _eval_constant(self, node: ast.Constant) -> Value:
        return node.value

    def _eval_list(self, node: ast.List | ast.Tuple) -> list[Value]:
        return [self._eval(item) for item in node.elts]

    def _eval_ifexp(self, node: ast.IfExp) -> Value:
        return self._eval(node.body if self._picks(node.test) else node.orelse)

    def _eval_compare(self, node: ast.Compare) -> bool:
        return all(self._compare(left, operator, right) for left, operator, right in sides(node))

    def _compare(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> bool:
        one, other = self._eval(left), self._eval(right)
        if isinstance(operator, ast.Is | ast.IsNot) or _none_meant(left, operator, right):
            return (one is other) is isinstance(operator, ast.Is | ast.Eq)
        if one is None or other is None:
            return self._when_empty
        return bool(_OPERATORS[type(operator)](one, other))

    def _eval_comprehension(self, node: ast.ListComp | ast.GeneratorExp) -> list[Value]:
        found: list[Value] = []
        outer = self._variables
        try:
            self._collect(node.elt, node.generators, found)
        finally:
            self._variables = outer
        return found

    def _collect(self, result: ast.expr, generators: list[ast.comprehension], found: list[Value]) -> None:
        if not generators:
            found.append(self._eval(result))
            return
        generator, outer = generators[0], self._variables
        name = generator.target.id  # type: ignore[attr-defined] # checked when compiled
        for item in elements(self._eval(generator.iter)):
            self._rows += 1
            if self._rows > MAX_ROWS:
                raise ExprError(text("表达式要处理的行数超过{limit}"), limit=MAX_ROWS)
            self._variables = {**outer, name: item}
            if all(self._picks(condition) for condition in generator.ifs):
                self._collect(result, generators[1:], found)

    def _picks(self, condition: ast.expr) -> bool:
        """A condition that only picks what counts."""
        before, self._when_empty = self._when_empty, False
        try:
            return bool(self._eval(condition))
        finally:
            self._when_empty = before


_PREPARED = vars(SimpleEval(operators=_OPERATORS, functions=_CALLS, names={})).copy()
"""What simpleeval makes ready for every expression alike, made once: it costs more than most expressions."""
_HANDLERS = tuple(
    {
        **{kind: handler.__name__ for kind, handler in _PREPARED["nodes"].items()},
        ast.List: "_eval_list",
        ast.Tuple: "_eval_list",
        ast.ListComp: "_eval_comprehension",
        ast.GeneratorExp: "_eval_comprehension",
    }.items()
)


def _none_meant(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> bool:
    """Whether `== None` or `!= None` is written: then emptiness itself is asked for."""
    return isinstance(operator, ast.Eq | ast.NotEq) and any(
        isinstance(side, ast.Constant) and side.value is None for side in (left, right)
    )
