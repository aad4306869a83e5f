"""Reading an expression: what is allowed, and which paths it uses.

Everything that is not on the list below is refused when the expression is saved, so the evaluator
never meets it (trust.md, classes 21 and 22).
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping
from decimal import Decimal

from bihuan.kernel.errors import text
from bihuan.kit.expr.errors import ExprError
from bihuan.kit.expr.functions import FUNCTIONS

MAX_LENGTH = 500
MAX_DEPTH = 20

_ALLOWED = (
    ast.Expression, ast.Constant, ast.Name, ast.Load, ast.Store, ast.Attribute, ast.Subscript, ast.Call,
    ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd, ast.IfExp, ast.List, ast.Tuple,
    ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod,
    ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Is, ast.IsNot, ast.In, ast.NotIn,
    ast.ListComp, ast.GeneratorExp, ast.comprehension,
)  # fmt: skip


def parse(source: str) -> ast.expr:
    """The checked syntax tree of `source`, its numbers turned into Decimals; raises ExprError."""
    if len(source) > MAX_LENGTH:
        raise ExprError(text("表达式超过{limit}个字符"), limit=MAX_LENGTH)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's advice to programmers means nothing here
            tree = ast.parse(" ".join(source.split("\n")).strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ExprError(text("表达式写法有误：{source}"), source=source) from None
    _check_depth(tree, 1)
    for node in ast.walk(tree):
        _check(node)
    return tree


def paths(tree: ast.expr) -> frozenset[str]:
    """The dotted paths that the expression reads.

    The variable of a comprehension stands for the path it runs over: `sum(l.amount for l in
    doc.lines)` reads `doc.lines` and `doc.lines.amount`. An index leads to an element of a list and
    leaves the path as it is, unless it is a text: `doc['class']` is `doc.class`.
    """
    return frozenset(_read(tree, {}))


def _check_depth(node: ast.AST, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ExprError(text("表达式嵌套超过{limit}层"), limit=MAX_DEPTH)
    for child in ast.iter_child_nodes(node):
        _check_depth(child, depth + isinstance(child, ast.expr))


def _check(node: ast.AST) -> None:
    """Refuse one node that is not part of the language, and make a number exact."""
    if not isinstance(node, _ALLOWED):
        raise ExprError(text("表达式中不能使用{what}"), what=type(node).__name__)
    match node:
        case ast.Constant():
            node.value = _constant(node.value)  # type: ignore[assignment] # a Decimal for a number
        case ast.Name(id=name, ctx=context):
            _check_name(name)
            if name in FUNCTIONS and isinstance(context, ast.Store):
                raise ExprError(text("变量不能与函数同名：{name}"), name=name)
        case ast.Attribute(attr=name):
            _check_name(name)
        case ast.Call():
            _check_call(node)
        case ast.Compare():
            _check_identity(node)
        case ast.comprehension():
            _check_comprehension(node)


def _check_name(name: str) -> None:
    if name.startswith("_"):
        raise ExprError(text("名称不能以下划线开头：{name}"), name=name)


def _check_call(node: ast.Call) -> None:
    if not isinstance(node.func, ast.Name):
        raise ExprError(text("只能调用函数，不能调用方法"))
    if node.func.id not in FUNCTIONS:
        raise ExprError(text("没有函数{name}"), name=node.func.id)
    least, most = FUNCTIONS[node.func.id].arguments
    if not least <= len(node.args) <= most:
        raise ExprError(text("函数{name}的参数个数不对"), name=node.func.id)


def _check_identity(node: ast.Compare) -> None:
    """`is` means "is empty" and the like; with anything else it would compare machine addresses."""
    for left, operator, right in sides(node):
        if isinstance(operator, ast.Is | ast.IsNot) and not (_is_fixed(left) or _is_fixed(right)):
            raise ExprError(text("is只能与None、True、False比较"))


def _check_comprehension(node: ast.comprehension) -> None:
    if not isinstance(node.target, ast.Name) or node.is_async:
        raise ExprError(text("列表推导式只能有一个变量"))


def _is_fixed(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool))


def _constant(value: object) -> Decimal | str | bool | None:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int | float):
        number = Decimal(repr(value))
        if number.is_finite():
            return number
    raise ExprError(text("表达式中不能使用{what}"), what=value)


def sides(node: ast.Compare) -> Iterator[tuple[ast.expr, ast.cmpop, ast.expr]]:
    """The single comparisons of `a < b < c`: left side, operator, right side."""
    left = node.left
    for operator, right in zip(node.ops, node.comparators, strict=True):
        yield left, operator, right
        left = right


Scope = Mapping[str, str | None]  # variables of the comprehensions around, and the path each stands for


def _read(node: ast.AST, scope: Scope) -> Iterator[str]:
    """All paths read in `node`."""
    match node:
        case ast.Name() | ast.Attribute() | ast.Subscript():
            yield from _read_inside(node, scope)
            path = _path(node, scope)
            if path:
                yield path
        case ast.Call(args=arguments):
            for argument in arguments:
                yield from _read(argument, scope)
        case (
            ast.ListComp(elt=element, generators=generators)
            | ast.GeneratorExp(elt=element, generators=generators)
        ):
            for generator in generators:
                yield from _read(generator.iter, scope)
                scope = {**scope, _variable(generator): _path(generator.iter, scope)}
                for condition in generator.ifs:
                    yield from _read(condition, scope)
            yield from _read(element, scope)
        case _:
            for child in ast.iter_child_nodes(node):
                yield from _read(child, scope)


def _read_inside(node: ast.expr, scope: Scope) -> Iterator[str]:
    """Paths read on the way along a path: in an index, or in what the path begins with."""
    match node:
        case ast.Attribute(value=value):
            yield from _read_inside(value, scope)
        case ast.Subscript(value=value, slice=index):
            yield from _read(index, scope)
            yield from _read_inside(value, scope)
        case ast.Name():
            return
        case _:
            yield from _read(node, scope)


def _path(node: ast.expr, scope: Scope) -> str | None:
    """The dotted path of `node`, None where it is not one."""
    match node:
        case ast.Name(id=name):
            return scope.get(name, name)
        case (
            ast.Attribute(value=value, attr=key)
            | ast.Subscript(value=value, slice=ast.Constant(value=str(key)))
        ):
            base = _path(value, scope)
            return f"{base}.{key}" if base else None
        case ast.Subscript(value=value):
            return _path(value, scope)
        case _:
            return None


def _variable(generator: ast.comprehension) -> str:
    if not isinstance(generator.target, ast.Name):  # refused in _check_comprehension
        raise ExprError(text("列表推导式只能有一个变量"))
    return generator.target.id
