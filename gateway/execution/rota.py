"""Whose turn it is with the event loop, among those who have much to do.

Each of sixteen that take a stretch of ten milliseconds in every round makes a round of 160, and
whoever asks for little needs several rounds. So of those who want another stretch one gets it in a
round, in the order in which they came; nobody waits who has not had one yet.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

# Gives whoever it belongs to another stretch; whether anything was done with it.
Turn = Callable[[], bool]


class Rota:
    """One event loop's."""

    def __init__(self) -> None:
        self._waiting: deque[Turn] = deque()
        self._is_running = False

    def enter(self, turn: Turn) -> None:
        """Have `turn` called in a later round of the event loop, once."""
        self._waiting.append(turn)
        if not self._is_running:
            self._is_running = True
            asyncio.get_running_loop().call_soon(self._round)

    async def turn(self) -> None:
        """Until nobody who came before wants a stretch any more, or had one."""
        future = asyncio.get_running_loop().create_future()

        def give() -> bool:
            if future.done():
                return False
            future.set_result(None)
            return True

        self.enter(give)
        await future

    def _round(self) -> None:
        while self._waiting:
            if self._waiting.popleft()():
                break
        self._is_running = bool(self._waiting)
        if self._is_running:
            asyncio.get_running_loop().call_soon(self._round)
