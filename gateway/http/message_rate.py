"""How fast one client may send messages."""

from __future__ import annotations

import time
from collections.abc import Callable


class MessageRate:
    """So many a second in the long run, and as many at once after a second of silence."""

    def __init__(self, a_second: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._a_second = a_second
        self._clock = clock
        self._left = float(a_second)
        self._since = clock()

    def admits(self) -> bool:
        """Count one message; False where it is too many."""
        now = self._clock()
        gained = (now - self._since) * self._a_second
        self._left = min(self._left + gained, float(self._a_second)) - 1.0
        self._since = now
        return self._left >= 0
