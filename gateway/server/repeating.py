"""HTTP/1.1 on one connection, where requests that come again need no application."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, cast

from gateway.http.cover import Header, wire
from gateway.http.reuse import Hit
from gateway.server.http import HttpProtocol
from gateway.server.limits import ServerConfig, State

_OK = b"HTTP/1.1 200 OK\r\n"


class RepeatingProtocol(HttpProtocol):
    """Writes what was answered before as soon as the request is complete, if it comes in the same
    piece as its headers. All other requests go to the application when the piece ends."""

    def __init__(
        self,
        config: ServerConfig,
        server_state: State,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._repeats = config.repeats
        # The body so far of a request that nobody works on yet.
        self._undecided: bytearray | None = None

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._undecided is not None:
            self._decide(None)

    def _answer(self, version: str) -> None:
        if version == "1.1" and self._may_repeat():
            self._undecided = bytearray()
        else:
            super()._answer(version)

    def _may_repeat(self) -> bool:
        """Whether nothing else is to be said or sent on this connection, before or after it."""
        if self._repeats is None or self._is_answering() or not self.parser.should_keep_alive():
            return False
        return not self.parser.should_upgrade() and not self.transport.get_write_buffer_size()

    def on_body(self, body: bytes) -> None:
        if self._undecided is None:
            super().on_body(body)
        else:
            self._undecided += body

    def on_message_complete(self) -> None:
        if self._undecided is not None and self._repeats is not None:
            scope = cast("dict[str, Any]", self.scope)
            self._decide(self._repeats.hit(scope, bytes(self._undecided)))
        if self._begun:
            super().on_message_complete()

    def _decide(self, hit: Hit | None) -> None:
        body, self._undecided = self._undecided, None
        if self._deaf or body is None:
            return  # refused in the meantime
        if hit is not None:
            self._write_hit(hit)
            return
        self.cycle = self._cycle(keep_alive=True)
        self.cycle.body = body
        self._start(self.cycle)

    def _write_hit(self, hit: Hit) -> None:
        self._begun = False
        self._is_used = True
        self._since = self.loop.time()
        self.server_state.total_requests += 1
        start = _start_of(self.server_state.default_headers)
        # Not joined: a body can be long, and is kept for others.
        self.transport.writelines([start + hit.head(), hit.reply.body])


# The headers that every answer has, and what answers begin with then: there are new ones once a
# second, as the clock goes on.
_begun: tuple[Sequence[Header], bytes] = ((), _OK)


def _start_of(headers: Sequence[Header]) -> bytes:
    global _begun  # noqa: PLW0603  as the clock is one for the process
    if _begun[0] is not headers:
        _begun = (headers, _OK + wire(headers))
    return _begun[1]
