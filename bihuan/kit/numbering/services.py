"""Giving the next number of a series: unique under concurrency, without gaps (rules.md §16)."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from bihuan.kernel.errors import Invalid, text

from .pattern import fill

_NEXT = (
    'INSERT INTO kit_numberseries (scope, "last") VALUES (%s, 1) '
    'ON CONFLICT (scope) DO UPDATE SET "last" = kit_numberseries."last" + 1 RETURNING "last"'
)


def next_number(scope: str, pattern: str, *, at: datetime, **parts: str) -> str:
    """The next number, such as SCB-F001-202611-0007.

    `scope` keeps series of different owners apart (a company); the pattern's filled parts, its period
    among them, do the rest: a new month or another department starts at 1. Locks the series until the
    transaction ends and must run inside one, late, because a roll-back gives the number back.
    Raises Invalid for a bad pattern, RuntimeError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a number is only without gaps inside a transaction")
    filled = fill(pattern, at, parts)
    series = f"{scope}|{filled.series}"
    if len(series) > 200:
        raise Invalid(text("编号太长：{number}"), number=filled.series)
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [series])
        (number,) = cursor.fetchone()
    return filled.number(number)
