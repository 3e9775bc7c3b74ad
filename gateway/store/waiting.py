"""How long a thread waits for a database server, which may be slow, stuck or away."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from gateway.allowance import CURRENT

# What one operation may wait for the server, with all that it reads. A client's own time-out, or
# that of a proxy, is seldom shorter than twice that.
PATIENCE = 1.0
# Nobody waits for what a gateway writes in the background, and it may be a whole corpus.
WRITE_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Limit:
    """until: when waiting ends, by `time.monotonic`, None for never; silence: for how many seconds
    nothing at all may come."""

    until: float | None = None
    silence: float = WRITE_PATIENCE

    def is_over(self, heard: float) -> bool:
        """heard: when something came last."""
        now = time.monotonic()
        return now > heard + self.silence or (self.until is not None and now > self.until)


LIMIT: ContextVar[Limit] = ContextVar("limit", default=Limit())  # noqa: B039  it never changes


@contextmanager
def bounded(*, writes: bool) -> Iterator[None]:
    """The block in which a thread waits no longer than it may: for an operation, as long as that
    has left; in the background, as long as something comes."""
    allowance = CURRENT.get()
    if allowance is None:
        silence = WRITE_PATIENCE if writes else PATIENCE
        with _set(Limit(silence=silence)):
            yield
        return
    with allowance.waiting(PATIENCE) as until, _set(Limit(until, PATIENCE)):
        yield


@contextmanager
def _set(limit: Limit) -> Iterator[None]:
    token = LIMIT.set(limit)
    try:
        yield
    finally:
        LIMIT.reset(token)
