"""How many operations are executed at once, and what becomes of the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.errors import QueryError, Reason


class Places:
    """most: operations at once; queue: how many more may wait; patience: for how many seconds.

    More at once would only make all of them slower. Who waits is served in the order of arrival.
    """

    def __init__(self, most: int = 64, queue: int = 256, patience: float = 2.0) -> None:
        self._free = asyncio.Semaphore(most)
        self._queue = queue
        self._patience = patience
        self._waiting = 0

    @property
    def is_full(self) -> bool:
        """Whether who comes now has to wait."""
        return self._free.locked()

    @asynccontextmanager
    async def hold(self, *, patient: bool = False) -> AsyncIterator[None]:
        """The block around one execution. patient: for one that was promised already.

        Raises QueryError(OVERLOADED). Who is cancelled frees its place or leaves the queue.
        """
        if self._free.locked():
            await self._wait(patient)
        else:
            await self._free.acquire()
        try:
            yield
        finally:
            self._free.release()

    async def _wait(self, patient: bool) -> None:
        if not patient and self._waiting >= self._queue:
            raise _overloaded()
        self._waiting += 1
        try:
            async with asyncio.timeout(None if patient else self._patience):
                await self._free.acquire()
        except TimeoutError:
            raise _overloaded() from None
        finally:
            self._waiting -= 1


def _overloaded() -> QueryError:
    return QueryError(
        Reason.OVERLOADED,
        "too many operations are being executed, and too many wait",
        hint="Send it again a little later.",
    )
