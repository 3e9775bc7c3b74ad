"""Leaving a database server alone for a moment after it did not answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from gateway.errors import StoreError

log = structlog.get_logger("sealgate.store")

# Connections that break one after the other; those of a server that was restarted break together,
# and the next one is good again.
_MOST = 3
# While it is open, one caller at a time tries, this often.
_PAUSE = 0.5


class AwayError(StoreError):
    """The server did not answer at all, or not in time. late: whether somebody waited for it."""

    late = False


class Circuit:
    """Whoever asks a server that is away gets the answer at once that others waited for.

    Without it each of them would wait in turn, for connections and for locks that others hold
    while they wait.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures = 0
        self._error: AwayError | None = None
        self._next_try = 0.0

    @contextmanager
    def asked(self) -> Iterator[None]:
        """The block in which the server is asked. Raises AwayError at once while it is away."""
        self._enter()
        try:
            yield
        except AwayError as error:
            self._failed(error)
            raise
        self._answered()

    def _enter(self) -> None:
        with self._lock:
            if self._error is None:
                return
            if time.monotonic() < self._next_try:
                # Each gets an exception of its own: a traceback grows with every thread it is in.
                known = self._error
                raise AwayError(known.code, known.message, hint=known.hint)
            self._next_try = time.monotonic() + _PAUSE

    def _failed(self, error: AwayError) -> None:
        with self._lock:
            self._failures += 1
            opens = self._error is None and (error.late or self._failures >= _MOST)
            if opens or self._error is not None:
                self._error = error
                self._next_try = time.monotonic() + _PAUSE
        if opens:
            log.warning("store_away", detail=error.message)

    def _answered(self) -> None:
        with self._lock:
            was_away, self._error, self._failures = self._error is not None, None, 0
        if was_away:
            log.info("store_answers")
