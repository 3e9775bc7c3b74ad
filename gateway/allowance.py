"""What an operation may take of worker threads, which nobody can cancel from outside.

Whatever works for an operation in a thread asks now and then whether it may go on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from gateway.errors import QueryError, Reason


class Allowance:
    """until: when the operation must be over, by `time.monotonic`; seconds: for which the index may
    work on it, in processor time of its threads.

    `end` takes it away, for an operation that nobody waits for any longer.
    """

    def __init__(self, until: float, seconds: float) -> None:
        self._until = until
        self._seconds = seconds
        self._left = seconds
        self._stop = 0.0
        self._ended = False
        self._lock = threading.Lock()
        self._waiters = 0
        self._waiting_since = 0.0
        self._waited = 0.0

    def end(self) -> None:
        self._ended = True

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """The block in which a thread works; what it took is taken off what is left."""
        self.check()
        began = time.thread_time()
        self._stop = began + self._left
        try:
            yield
        finally:
            self._left -= time.thread_time() - began

    @contextmanager
    def waiting(self, most: float) -> Iterator[float]:
        """The block in which a thread waits for another machine; until when it may, by
        `time.monotonic`, if the operation may wait for `most` seconds altogether.

        Time in which several threads wait counts once.
        """
        with self._lock:
            if not self._waiters:
                self._waiting_since = time.monotonic()
            self._waiters += 1
            until = self._waiting_since + most - self._waited
        try:
            yield min(until, self._until)
        finally:
            with self._lock:
                self._waiters -= 1
                if not self._waiters:
                    self._waited += time.monotonic() - self._waiting_since

    def is_spent(self) -> bool:
        """Within `at_work`: whether the thread must stop."""
        return self._is_over() or time.thread_time() > self._stop

    def _is_over(self) -> bool:
        return self._ended or time.monotonic() > self._until

    def check(self) -> None:
        """Raises QueryError: DEADLINE_EXCEEDED or OPERATION_TOO_LARGE, if nothing is left."""
        if self._is_over():
            raise QueryError(Reason.DEADLINE_EXCEEDED, "there was no time left for the index")
        if self._left <= 0:
            allowed = self._seconds
            raise QueryError(
                Reason.OPERATION_TOO_LARGE,
                f"the index worked on this operation for over {allowed:g} seconds",
                hint="Ask for less at once, with simpler conditions.",
            ).with_details(
                limit="index time", found=round(allowed - self._left, 3), allowed=allowed
            )


# None where nobody waits for the work with a clock in hand.
CURRENT: ContextVar[Allowance | None] = ContextVar("allowance", default=None)
