"""Waking whoever waits for what is served to change."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Bell:
    """One listener's, on its own event loop.

    However often it rings before somebody waits, it has rung once: who wakes looks at the present
    state, so there is nothing to queue.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """From any thread."""
        with suppress(RuntimeError):  # a loop that has been closed: nobody listens there any more
            self._loop.call_soon_threadsafe(self._rung.set)

    async def wait(self) -> None:
        """Until it rings, or at once if it has rung since the last time."""
        await self._rung.wait()
        self._rung.clear()


class Watch:
    """The bells of all who listen."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bells: set[Bell] = set()

    @property
    def listeners(self) -> int:
        return len(self._bells)

    @contextmanager
    def bell(self) -> Iterator[Bell]:
        """A bell that rings at every change until the block is left."""
        bell = Bell()
        with self._lock:
            self._bells.add(bell)
        try:
            yield bell
        finally:
            with self._lock:
                self._bells.discard(bell)

    def ring(self) -> None:
        """From any thread, and never waits for a listener."""
        with self._lock:
            for bell in self._bells:
                bell.ring()
