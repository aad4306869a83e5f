"""The web door of this app's tests keeps people signed in: signing in writes, too."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from bihuan.process.tests.till import play, posted, till

__all__ = ["play", "posted", "till", "web"]


@pytest.fixture
def web(sign_in: Callable[[str], Any]) -> Callable[[str], Any]:
    """The web door: `web("zhao").get("/")`, the same client for the same person."""
    return cache(sign_in)
