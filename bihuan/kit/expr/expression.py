"""A compiled expression."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache

from simpleeval import InvalidExpression

from bihuan.kernel.errors import text
from bihuan.kit.expr.errors import ExprError
from bihuan.kit.expr.evaluator import Evaluator
from bihuan.kit.expr.shape import Shape, unknown_names
from bihuan.kit.expr.syntax import parse, paths
from bihuan.kit.expr.values import Value, is_list, is_record, member


@dataclass(frozen=True, eq=False, slots=True)
class Expr:
    """An expression that was read and found well-formed. Made by `compile`.

    `names` are the dotted paths it reads. `roots` is a record of what they begin with: a mapping,
    or an object with `__getitem__` that may load lazily (values.py says what values may be). A
    name that is missing there raises ExprError; what is merely empty must be there as None.
    """

    source: str
    names: frozenset[str]
    _tree: ast.expr

    def value(self, roots: Value) -> Value:
        """Its value, None where it has none; raises ExprError if the data do not fit."""
        return self._play(roots, when_empty=False)

    def holds(self, roots: Value) -> bool:
        """Whether it holds as a condition (`if when each`): what is empty does not."""
        return bool(self._play(roots, when_empty=False))

    def check(self, roots: Value) -> bool:
        """Whether it holds as a rule (`check`): a comparison with an empty value does."""
        return bool(self._play(roots, when_empty=True))

    def inputs(self, roots: Value) -> dict[str, Value]:
        """The paths it reads with their values, for the record of a decision (R-019).

        Of a path that only leads to others the end points stand alone. Through a list a path gives
        the list of values. A record is given as its `meta.no` where it has one.
        """
        ends = (name for name in self.names if not any(other.startswith(name + ".") for other in self.names))
        return {name: shown(_follow(roots, name.split("."))) for name in sorted(ends)}

    def refuse_unknown(self, shape: Shape) -> list[str]:
        """A message (zh-Hans) for each name that `shape` does not know; [] if all are known."""
        return unknown_names(self.names, shape)

    def _play(self, roots: Value, *, when_empty: bool) -> Value:
        try:
            return Evaluator(roots, when_empty=when_empty).eval(self.source, self._tree)
        except ExprError as error:
            raise ExprError(
                text("表达式{source}无法计算：{reason}"), source=self.source, reason=error.text()
            ) from error
        except (InvalidExpression, ArithmeticError) as error:
            raise ExprError(
                text("表达式{source}无法计算：{reason}"), source=self.source, reason=error
            ) from error


@lru_cache(maxsize=4096)
def compile(source: str) -> Expr:
    """Read an expression; raises ExprError if it is not one or uses what is not allowed. Cached."""
    tree = parse(source)
    return Expr(source, paths(tree), tree)


def problems(source: str, shape: Shape) -> list[str]:
    """What is wrong with an expression over `shape`, one zh-Hans message each; [] if nothing is."""
    try:
        return compile(source).refuse_unknown(shape)
    except ExprError as error:
        return [error.text()]


def _follow(value: Value, keys: list[str]) -> Value:
    for depth, key in enumerate(keys):
        if is_list(value):
            return [_follow(item, keys[depth:]) for item in value]
        value = member(value, key)
    return value


def shown(value: Value) -> Value:
    """A value fit to be kept or read: a record, also in a list, is its `meta.no` where it has one."""
    if is_list(value):
        return [shown(item) for item in value]
    if not is_record(value):
        return value
    try:
        return member(member(value, "meta"), "no")
    except ExprError:
        return value
