"""WebSocket on one connection: uvicorn's protocol, with bounds.

Time-outs, sizes and rates of messages are the endpoint's (gateway.http.websocket); this is about
bytes and frames that never become a message.
"""

from __future__ import annotations

import logging
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from gateway.server.limits import LINGER_SECONDS, ServerConfig, State
from gateway.server.outflow import Outflow

# Pieces of one message: each is an object here, however few bytes it brings.
_MAX_FRAGMENTS = 1000

# What uvicorn and websockets tell of connections that come and go is the client's text.
_logger = logging.getLogger("uvicorn.websocket")
_logger.setLevel(logging.ERROR)
_logger.addFilter(lambda record: "UTF-8" not in record.msg)


class SocketProtocol(WebSocketsSansIOProtocol):
    """Nothing is read from a client that does not read, and no handshake is left half done."""

    waits_since: float | None = None

    def __init__(
        self,
        config: ServerConfig,
        server_state: State,
        app_state: dict[str, Any],
        _loop: Any = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.logger = _logger
        self.conn.logger = _logger
        self.close_timeout = LINGER_SECONDS
        self._limits = config.limits
        self._state = server_state

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._outflow = Outflow(transport, self.loop.time())

    def check(self, now: float) -> None:
        """Cut off a client that takes nothing. now: on the clock of the event loop."""
        stuck = self._outflow.is_stuck(now, self._state.patience(self._limits.send_timeout))
        if stuck or self._state.is_over(now):
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self.handshake_initiated:
            self._refuse_handshake()

    def _refuse_handshake(self) -> None:
        """The request is complete before it comes here: one that has not begun was refused."""
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.close()

    def handle_cont(self, event: Frame) -> None:
        super().handle_cont(event)
        if len(self.frames) > _MAX_FRAGMENTS:
            self.conn.fail(1009, "too many fragments")
            self.handle_parser_exception()

    # Pongs would pile up for somebody who sends pings and takes nothing: nothing is read while
    # bytes wait to be sent.

    def pause_writing(self) -> None:
        super().pause_writing()
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.read_paused:
            self.transport.resume_reading()

    async def receive(self) -> Any:
        await self.writable.wait()
        message = await super().receive()
        if not self.writable.is_set():
            self.transport.pause_reading()
        return message
