"""States and events as plain JSON data and back, driven by the fields' types.

Dataclasses become objects, tuples and named tuples lists, dicts with tuple keys lists of pairs.
Values typed `Any` (rows, inputs) must be JSON data already.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Mapping
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")
Reader = Callable[[Any], Any]


_PLAIN = frozenset({str, int, bool, float, type(None)})


def to_json(value: Any) -> Any:
    """The value as JSON data."""
    kind: Any = type(value)
    if kind in _PLAIN:
        return value
    names = _field_names(kind)
    if names is not None:
        return {name: to_json(getattr(value, name)) for name in names}
    if isinstance(value, tuple | list):
        return [to_json(item) for item in value]
    if isinstance(value, Mapping):
        if any(isinstance(key, tuple) for key in value):
            return [[to_json(key), to_json(item)] for key, item in value.items()]
        return {str(key): to_json(item) for key, item in value.items()}
    return value


@cache
def _field_names(kind: Any) -> tuple[str, ...] | None:
    """The fields of a dataclass; None for any other type."""
    return tuple(f.name for f in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else None


def from_json(kind: type[T], data: Any) -> T:
    """Read what `to_json` made of an instance of `kind`; unknown keys raise TypeError."""
    read: T = reader(cast(Any, kind))(data)
    return read


def _same(value: Any) -> Any:
    return value


@cache
def reader(kind: Any) -> Reader:
    """A function that reads JSON data of one type."""
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _optional(next(a for a in args if a is not type(None)))
    if origin is tuple:
        return _tuple(args)
    if origin in (dict, Mapping) or getattr(origin, "__name__", "") == "Mapping":
        return _mapping(*args)
    if dataclasses.is_dataclass(kind):
        return _record(kind)
    if isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return _named(kind)
    return _same


def _optional(inner: Any) -> Reader:
    read = reader(inner)
    return lambda data: None if data is None else read(data)


def _tuple(args: tuple[Any, ...]) -> Reader:
    if len(args) == 2 and args[1] is Ellipsis:
        read = reader(args[0])
        return lambda data: tuple(read(item) for item in data)
    reads = [reader(a) for a in args]
    return lambda data: tuple(r(item) for r, item in zip(reads, data, strict=True))


def _mapping(key: Any, value: Any) -> Reader:
    read = reader(value)
    if key is str:
        return lambda data: {name: read(item) for name, item in data.items()}
    if key is int:
        return lambda data: {int(name): read(item) for name, item in data.items()}
    read_key = reader(key)
    return lambda data: {read_key(k): read(v) for k, v in (data or ())}


def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind, vars(sys.modules[kind.__module__]))


def _record(kind: Any) -> Reader:
    hints = _hints(kind)

    def read(data: Any) -> Any:
        return kind(
            **{name: reader(hints[name])(item) if name in hints else item for name, item in data.items()}
        )

    return read


def _named(kind: Any) -> Reader:
    hints = _hints(kind)
    return lambda data: kind(*(reader(hints[n])(i) for n, i in zip(kind._fields, data, strict=True)))
