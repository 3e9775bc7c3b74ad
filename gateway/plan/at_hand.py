"""Executing what needs no event loop, because nothing in it waits."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from gateway.plan.run import AWAITED, Run

T = TypeVar("T")


class WaitsError(Exception):
    """It would have to be waited for something."""


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """What it returns. Raises WaitsError where it pauses; it is given up then."""
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    work.close()
    raise WaitsError


class RunAtHand(Run):
    """A run in which nobody waits: what others do side by side is done one after the other."""

    async def all(self, awaited: Sequence[Coroutine[Any, Any, Any] | None]) -> list[Any]:
        waiting = list(awaited)
        try:
            return [self._result(waiting.pop(0)) for _ in awaited]
        finally:
            for left in waiting:
                if left is not None:
                    left.close()

    def _result(self, one: Coroutine[Any, Any, Any] | None) -> Any:
        if self._take(AWAITED) is not None:
            if one is not None:
                one.close()
            raise WaitsError
        return None if one is None else at_once(one)
