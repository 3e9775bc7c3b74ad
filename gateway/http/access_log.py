"""One log line a request: what was asked by name, how it ended, how long it took."""

from __future__ import annotations

import logging
import time
from typing import Protocol

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.http.rate import CALLER
from gateway.http.request_id import request_id_of
from gateway.http.response import REFUSED
from gateway.http.streaming import STREAMED


class Meter(Protocol):
    """Whoever counts requests. seconds: from the beginning of one to the end of its answer;
    streamed: whether that stayed open for as long as there was something to say; settled: an
    operation, and the code of its first error, OK without one."""

    def request_began(self) -> None: ...

    def request_ended(
        self, method: str, path: str, status: int, seconds: float, *, streamed: bool
    ) -> None: ...

    def refused(self, code: str) -> None: ...

    def settled(self, kind: str, code: str) -> None: ...


class AccessLog:
    """Names operations, never variables or headers; passes a well-formed X-Request-ID on."""

    def __init__(self, app: ASGIApp, meter: Meter) -> None:
        self._app = app
        self._meter = meter
        self._log = RequestLog()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        request_id = request_id_of(scope)
        if scope["type"] == "websocket":
            with structlog.contextvars.bound_contextvars(request_id=request_id):
                await self._app(scope, receive, send)
            return
        status = 500
        started = time.perf_counter()
        self._meter.request_began()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message.get("headers", ()),
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_with_id)
            finally:
                self._end(scope, status, time.perf_counter() - started)

    def _end(self, scope: Scope, status: int, seconds: float) -> None:
        state = scope.get("state", {})
        streamed = STREAMED in state
        self._meter.request_ended(
            scope["method"], scope["path"], status, seconds, streamed=streamed
        )
        refused = state.get(REFUSED)
        if refused is not None:
            self._meter.refused(refused)
        extra = {} if refused is None else {"code": refused}
        if CALLER in state:
            extra["caller"] = state[CALLER]
        self._log.write(scope, status, seconds, state.get("operation_name"), **extra)


class RequestLog:
    """Where the lines go: as logs are set up when this is made."""

    def __init__(self) -> None:
        # Bound once: the logger that structlog hands out looks up its configuration at each call,
        # which takes longer than not to write a line.
        self._log = structlog.get_logger("sealgate.access").bind()

    def write(
        self, scope: Scope, status: int, seconds: float, operation: str | None, **extra: str
    ) -> None:
        """operation: its name, if the client gave it one."""
        if not self._log.is_enabled_for(logging.INFO):
            return
        self._log.info(
            "request",
            method=scope["method"][:20],
            path=scope["path"][:200],
            operation=operation,
            status=status,
            milliseconds=round(seconds * 1000, 1),
            **extra,
        )
