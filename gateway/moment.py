"""What is true in one round of an event loop, looked up once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Moment(Generic[T]):
    """Asks at most once in each round of the running loop.

    What happens while a round lasts, and is told to nobody before it ends, may as well have
    happened after it: whoever hears of it and asks then is heard in a later round.
    """

    def __init__(self, ask: Callable[[], T]) -> None:
        self._ask = ask
        self._found: tuple[asyncio.AbstractEventLoop, T] | None = None

    def __call__(self) -> T:
        loop = asyncio.get_running_loop()
        found = self._found
        if found is None or found[0] is not loop:
            found = self._found = (loop, self._ask())
            loop.call_soon(self._forget)
        return found[1]

    def _forget(self) -> None:
        self._found = None
