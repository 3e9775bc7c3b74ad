"""What answers that stay open have in common: their bounds, and that they end together."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from gateway.errors import QueryError, Reason


@dataclass(frozen=True)
class StreamLimits:
    """send_timeout: seconds that a client may take to accept bytes; operations: at once on one
    WebSocket; message_bytes: of one message from the client; heartbeat: seconds between signs of
    life; init_timeout: seconds that a client may take to begin; message_rate: messages a second
    from one client, of which it may save up those of a second."""

    send_timeout: float = 10.0
    operations: int = 16
    message_bytes: int = 1 << 17
    heartbeat: float = 15.0
    init_timeout: float = 3.0
    message_rate: int = 100


class Streams:
    """The open streams of one process. capacity: of streams, and subscriptions that share one, at
    once; dropped: how many clients did not take their bytes."""

    def __init__(self, capacity: int = 4000) -> None:
        self._capacity = capacity
        self._shared = 0
        self.ending = asyncio.Event()
        self.dropped = 0
        self._count = 0
        self._none = asyncio.Event()
        self._none.set()

    @property
    def count(self) -> int:
        """How many are open."""
        return self._count

    @property
    def shared(self) -> int:
        """How many subscriptions there are on those that take several."""
        return self._shared

    @property
    def is_full(self) -> bool:
        """Whether nothing further should begin."""
        return self._count + self._shared >= self._capacity

    @contextmanager
    def sharing(self) -> Iterator[None]:
        """The block around one subscription of several on a stream."""
        self._shared += 1
        try:
            yield
        finally:
            self._shared -= 1

    @contextmanager
    def open(self) -> Iterator[None]:
        """The block around one stream, which ends when `ending` is set."""
        self._count += 1
        self._none.clear()
        try:
            yield
        finally:
            self._count -= 1
            if not self._count:
                self._none.set()

    async def end(self, seconds: float) -> None:
        """Tell all streams to end, and wait for them, but not longer than that."""
        self.ending.set()
        try:
            await asyncio.wait_for(self._none.wait(), seconds)
        except TimeoutError:
            return


def full() -> QueryError:
    """What is said instead of beginning another stream."""
    return QueryError(
        Reason.OVERLOADED, "too many streams are open", hint="Try again later, or elsewhere."
    )
