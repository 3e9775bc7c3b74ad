"""Whether a client takes the bytes that are meant for it."""

from __future__ import annotations

import asyncio

from gateway.server.limits import LEAST_TAKEN


class Outflow:
    """Watches what waits to be sent on one connection."""

    def __init__(self, transport: asyncio.Transport, now: float) -> None:
        self._transport = transport
        self._waiting = 0
        self._since = now

    def is_stuck(self, now: float, patience: float) -> bool:
        """Whether bytes have waited so many seconds, and the client took next to none of them."""
        waiting = self._transport.get_write_buffer_size()
        if not waiting or waiting <= self._waiting - LEAST_TAKEN or not self._waiting:
            self._waiting, self._since = waiting, now
            return False
        self._waiting = max(waiting, self._waiting)
        return now - self._since > patience
