"""One look at all connections now and then, instead of a timer for each request."""

from __future__ import annotations

import asyncio
from typing import Any

from gateway.server.limits import State


class Sweep:
    """Calls `check(now)` of every connection each `tick` seconds."""

    def __init__(self, state: State, tick: float) -> None:
        self._state = state
        self._tick = tick
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._tick, self._look, loop)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self.start()
        now = loop.time()
        connections: list[Any] = list(self._state.connections)
        for connection in connections:
            connection.check(now)
