"""The server of one process, and how it ends."""

from __future__ import annotations

import asyncio
import socket

import uvicorn

from gateway.http.streams import Streams
from gateway.server.http import HttpProtocol
from gateway.server.limits import ServerConfig, State
from gateway.server.sweep import Sweep

# From the signal on: until all requests are answered, and before that until all streams have ended.
_GRACE_SECONDS = 12.0
_STREAM_GRACE_SECONDS = 5.0


class Server(uvicorn.Server):
    """uvicorn, with bounds on its connections, and an end that no client can put off."""

    def __init__(self, config: ServerConfig, streams: Streams) -> None:
        super().__init__(config)
        self.server_state: State = State()
        self._streams = streams
        self._sweep = Sweep(self.server_state, config.limits.tick)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._sweep.start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Nothing new; then streams say that they end, and what has begun is answered."""
        loop = asyncio.get_running_loop()
        began = self.server_state.ending_since = loop.time()
        self._refuse_new(sockets or [])
        await self._streams.end(_STREAM_GRACE_SECONDS)
        left = _GRACE_SECONDS - (loop.time() - began)
        self.config.timeout_graceful_shutdown = max(1, round(left))
        await super().shutdown(sockets)
        self._sweep.stop()

    def _refuse_new(self, sockets: list[socket.socket]) -> None:
        for server in self.servers:
            server.close()
        for listener in sockets:
            listener.close()
        for connection in list(self.server_state.connections):
            if isinstance(connection, HttpProtocol):
                connection.shutdown()
