"""GraphQL over WebSocket, sub-protocol graphql-transport-ws.

https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverWebSocket.md for the messages
and the codes with which a connection is closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import orjson
import structlog
from graphql import OperationType
from starlette.websockets import WebSocket, WebSocketDisconnect

from gateway.access.caller import Caller
from gateway.errors import QueryError, Reason
from gateway.execution.errors import error_document
from gateway.execution.executor import Answer, Executor
from gateway.execution.incremental import whole
from gateway.execution.subscription import Deliveries, Delivery, subscribe
from gateway.http.doorkeeper import Doorkeeper
from gateway.http.message_rate import MessageRate
from gateway.http.persisted import Documents
from gateway.http.request import Asked, operation_from
from gateway.http.streams import StreamLimits, Streams, full
from gateway.http.strict_json import decode

log = structlog.get_logger("sealgate.websocket")

SUBPROTOCOL = "graphql-transport-ws"

# RFC 6455, section 7.4.1, and IANA's registry; those over 4000 are the sub-protocol's own.
GOING_AWAY = 1001
POLICY = 1008
TOO_BIG = 1009
INTERNAL = 1011
TRY_AGAIN_LATER = 1013
BAD_MESSAGE = 4400
UNAUTHORIZED = 4401
FORBIDDEN = 4403
NO_SUBPROTOCOL = 4406
INIT_TIMEOUT = 4408
ID_IN_USE = 4409
INIT_TWICE = 4429

# The client's name for an operation comes back with every answer.
_MAX_ID = 256


class WebSocketEndpoint:
    """Queries and subscriptions over one connection, any number after each other."""

    def __init__(
        self,
        executor: Executor,
        documents: Documents,
        query_context: Callable[[Caller | None], Awaitable[object]],
        subscription_context: Callable[[Caller | None], Awaitable[object]],
        streams: Streams,
        limits: StreamLimits,
        doorkeeper: Doorkeeper,
    ) -> None:
        self.executor = executor
        self.documents = documents
        self.query_context = query_context
        self.subscription_context = subscription_context
        self.streams = streams
        self.limits = limits
        self.doorkeeper = doorkeeper

    async def handle(self, websocket: WebSocket) -> None:
        if not same_origin(websocket):
            await websocket.close()  # not accepted yet, so this is HTTP's 403
            return
        if SUBPROTOCOL not in websocket.scope["subprotocols"]:
            await websocket.accept()
            await websocket.close(NO_SUBPROTOCOL, "Subprotocol not acceptable")
            return
        await websocket.accept(SUBPROTOCOL)
        if self.streams.is_full:
            await websocket.close(TRY_AGAIN_LATER, "Try again later")
            return
        with self.streams.open():
            await _Connection(websocket, self).run()


def same_origin(websocket: WebSocket) -> bool:
    """Whether no page of another site asks: browsers always say whose page it is, and let every
    page open connections to everywhere (RFC 6455, section 10.2).

    The scheme is not compared; behind a proxy that ends TLS it differs.
    """
    host = websocket.headers.get("host", "").lower()
    try:
        named = [urlsplit(origin).netloc for origin in websocket.headers.getlist("origin")]
    except ValueError:
        return False
    return all(name and name.lower() == host for name in named)


class _CloseError(Exception):
    """The connection must be closed with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class _SlowClientError(Exception):
    """The client does not take its bytes, not even those that would close the connection."""


class _Connection:
    """One client. Operations begin in the order in which it sent them."""

    def __init__(self, websocket: WebSocket, endpoint: WebSocketEndpoint) -> None:
        self._websocket = websocket
        self._endpoint = endpoint
        self._limits = endpoint.limits
        self._initialised = asyncio.Event()
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._sending = asyncio.Lock()
        self._beginning = asyncio.Lock()
        self._rate = MessageRate(self._limits.message_rate)
        self._caller: Caller | None = None

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_alive())
                tasks.create_task(self._end_with_process())
                await self._receive(tasks)
        except* WebSocketDisconnect:
            pass
        except* _SlowClientError:
            self._endpoint.streams.dropped += 1
            log.warning("slow_client_dropped", seconds=self._limits.send_timeout)
        except* _CloseError as group:
            await self._close(next(e for e in group.exceptions if isinstance(e, _CloseError)))
        except* Exception as group:
            log.error("unexpected_error", exc_info=group)
            await self._close(_CloseError(INTERNAL, "Internal error"))

    async def _close(self, error: _CloseError) -> None:
        with suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
            async with asyncio.timeout(self._limits.send_timeout):
                await self._websocket.close(error.code, error.reason)

    async def _keep_alive(self) -> None:
        try:
            async with asyncio.timeout(self._limits.init_timeout):
                await self._initialised.wait()
        except TimeoutError:
            raise _CloseError(INIT_TIMEOUT, "Connection initialisation timeout") from None
        while True:
            await asyncio.sleep(self._limits.heartbeat)
            if self._caller is not None and not self._endpoint.doorkeeper.stands(self._caller):
                raise _CloseError(FORBIDDEN, "Forbidden: this token has ended")
            await self._send({"type": "ping"})

    async def _end_with_process(self) -> None:
        # Without `complete`: that would say that there is nothing more to come, and clients would
        # not connect again.
        await self._endpoint.streams.ending.wait()
        raise _CloseError(GOING_AWAY, "Going away")

    async def _receive(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            received = await self._websocket.receive()
            if received["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(received.get("code") or 1005)
            if not self._rate.admits():
                raise _CloseError(POLICY, "Too many messages")
            message = _parse(received.get("text"), self._limits.message_bytes)
            match message["type"]:
                case "connection_init":
                    await self._initialise(message.get("payload"))
                case "ping":
                    await self._send({"type": "pong"})
                case "pong":
                    pass
                case "subscribe":
                    self._subscribe(message, tasks)
                case "complete":
                    self._cancel(_id(message))
                case _:
                    raise _CloseError(BAD_MESSAGE, "Unknown type of message")

    async def _initialise(self, payload: dict[str, Any] | None) -> None:
        if self._initialised.is_set():
            raise _CloseError(INIT_TWICE, "Too many initialisation requests")
        try:
            caller = self._endpoint.doorkeeper.admit(self._websocket, payload or {})
        except QueryError as error:
            raise _CloseError(FORBIDDEN, f"Forbidden: {error.message}"[:120]) from None
        self._caller = caller
        if not caller.is_anonymous:
            structlog.contextvars.bind_contextvars(caller=caller.name)
        self._initialised.set()
        await self._send({"type": "connection_ack"})

    def _subscribe(self, message: dict[str, Any], tasks: asyncio.TaskGroup) -> None:
        name = _id(message)
        if not self._initialised.is_set():
            raise _CloseError(UNAUTHORIZED, "Unauthorized")
        if name in self._operations:
            raise _CloseError(ID_IN_USE, f"Subscriber for {name[:30]} already exists")
        try:
            asked = operation_from(message.get("payload"))
        except QueryError as error:
            raise _CloseError(BAD_MESSAGE, f"Invalid payload: {error.message}"[:120]) from None
        most = self._limits.operations
        work = self._run(name, asked) if len(self._operations) < most else self._refuse(name, most)
        self._operations[name] = tasks.create_task(work)

    def _cancel(self, name: str) -> None:
        task = self._operations.pop(name, None)
        if task is not None:
            task.cancel()

    async def _refuse(self, name: str, most: int) -> None:
        error = QueryError(
            Reason.OPERATION_TOO_LARGE,
            f"at most {most} operations at once on one connection",
            hint="End one of them, or open another connection.",
        ).with_details(limit="operations", allowed=most)
        await self._finish(name, Answer({"errors": [error_document(error)]}, executed=False))

    async def _run(self, name: str, asked: Asked) -> None:
        begun = await self._begin(asked)
        if isinstance(begun, Answer):
            await self._finish(name, begun)
            return
        with self._endpoint.streams.sharing():
            await self._deliver(name, begun)

    async def _deliver(self, name: str, begun: Deliveries) -> None:
        async with aclosing(begun):
            async for delivery in begun:
                if not delivery.answer.executed:
                    await self._finish(name, delivery.answer)
                    return
                await self._next(name, delivery)
        await self._complete(name)

    async def _begin(self, asked: Asked) -> Deliveries | Answer:
        endpoint = self._endpoint
        prepared = endpoint.documents.prepare(asked)
        # A query that was sent after a subscription sees at least what that one begins with, so a
        # client that subscribes, then asks, misses nothing.
        async with self._beginning:
            if isinstance(prepared, Answer):
                return prepared
            prepared = whole(prepared)
            if prepared.type is OperationType.SUBSCRIPTION:
                if endpoint.streams.is_full:
                    return Answer({"errors": [error_document(full())]}, executed=False)
                context = partial(endpoint.subscription_context, self._caller)
                return await subscribe(endpoint.executor, prepared, context)
        context = partial(endpoint.query_context, self._caller)
        return await endpoint.executor.answer(prepared, context)

    async def _finish(self, name: str, answer: Answer) -> None:
        if answer.executed:
            await self._next(name, Delivery(answer))
            await self._complete(name)
            return
        # From here on the client may use the name again.
        del self._operations[name]
        await self._send({"id": name, "type": "error", "payload": answer.document["errors"]})

    async def _next(self, name: str, delivery: Delivery) -> None:
        message = {"id": name, "type": "next", "payload": delivery.answer.document}
        await self._send(message, delivery)

    async def _complete(self, name: str) -> None:
        del self._operations[name]
        await self._send({"id": name, "type": "complete"})

    async def _send(self, message: dict[str, Any], delivery: Delivery | None = None) -> None:
        text = orjson.dumps(message).decode("utf-8")
        async with self._sending:
            if delivery is not None and not delivery.claim():
                return
            try:
                async with asyncio.timeout(self._limits.send_timeout):
                    await self._websocket.send_text(text)
            except TimeoutError:
                raise _SlowClientError from None


def _parse(text: str | None, limit: int) -> dict[str, Any]:
    """Raises _CloseError for what is no message."""
    if text is None:
        raise _CloseError(BAD_MESSAGE, "Messages are text")
    if len(text) > limit or len(text.encode("utf-8", "surrogatepass")) > limit:
        raise _CloseError(TOO_BIG, f"Messages may have {limit} bytes")
    try:
        message = decode(text)
    except QueryError:
        raise _CloseError(BAD_MESSAGE, "Messages are JSON") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise _CloseError(BAD_MESSAGE, "Messages are objects with a type")
    payload = message.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise _CloseError(BAD_MESSAGE, "A payload is an object")
    return message


def _id(message: dict[str, Any]) -> str:
    """Raises _CloseError for a message without an id."""
    name = message.get("id")
    if not isinstance(name, str) or not 0 < len(name) <= _MAX_ID:
        raise _CloseError(BAD_MESSAGE, f"An id is a string of 1 to {_MAX_ID} characters")
    return name
