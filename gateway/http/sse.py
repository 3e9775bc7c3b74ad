"""GraphQL over server-sent events, distinct connections mode: one operation, one response.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md for the events, the HTML standard's
section on server-sent events for how they are written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.execution.subscription import Deliveries, Delivery
from gateway.http.response import EVENT_STREAM
from gateway.http.streams import StreamLimits, Streams

# Browsers hand over only events that have data, so `complete` has some: nothing.
_COMPLETE = b"event: complete\ndata:\n\n"
_COMMENT = b":\n\n"

_HEADERS = {
    "cache-control": "no-cache",
    "vary": "Accept",
    # Asks proxies that would collect the response before passing it on not to.
    "x-accel-buffering": "no",
}


class EventStream(Response):
    """`next` for each answer, then `complete`; a comment whenever nothing was sent for a while."""

    media_type = EVENT_STREAM

    def __init__(self, deliveries: Deliveries, streams: Streams, limits: StreamLimits) -> None:
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]
        self._deliveries = deliveries
        self._streams = streams
        self._limits = limits

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        output = _Output(send, self._limits.send_timeout)
        gone = asyncio.ensure_future(_disconnected(receive))
        ending = asyncio.ensure_future(self._streams.ending.wait())
        try:
            with self._streams.open(), suppress(_SlowClientError):
                await output.start(self.status_code, self.raw_headers)
                if await self._send_all(output, gone, ending):
                    await output.end(_COMPLETE)
        finally:
            await _cancel(gone, ending)
            await self._deliveries.aclose()

    async def _send_all(
        self, output: _Output, gone: asyncio.Future[Any], ending: asyncio.Future[Any]
    ) -> bool:
        """Until there is nothing more to send; False where nobody is there to take it."""
        following = asyncio.ensure_future(anext(self._deliveries, None))
        try:
            while True:
                await asyncio.wait(
                    (following, gone, ending),
                    timeout=self._limits.heartbeat,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if gone.done() or ending.done():
                    return not gone.done()
                if not following.done():
                    await output.write(_COMMENT)
                    continue
                delivery = following.result()
                if delivery is None:
                    return True
                await output.deliver(delivery)
                following = asyncio.ensure_future(anext(self._deliveries, None))
        finally:
            await _cancel(following)


class _SlowClientError(Exception):
    """The client does not take its bytes."""


class _Output:
    """Writes to one client; raises _SlowClientError."""

    def __init__(self, send: Send, timeout: float) -> None:
        self._send = send
        self._timeout = timeout

    async def start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        await self._pass({"type": "http.response.start", "status": status, "headers": headers})
        # Servers pass the headers on with the first bytes: only then a browser knows that it began.
        await self.write(_COMMENT)

    async def deliver(self, delivery: Delivery) -> None:
        # Servers wait for room before they take a chunk, so after an empty one there is some, and
        # nothing can change between the claim and the hand-over.
        await self.write(b"")
        if delivery.claim():
            await self.write(b"event: next\ndata: %s\n\n" % orjson.dumps(delivery.answer.document))

    async def write(self, data: bytes) -> None:
        await self._pass({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self, data: bytes) -> None:
        await self._pass({"type": "http.response.body", "body": data, "more_body": False})

    async def _pass(self, message: Mapping[str, Any]) -> None:
        try:
            async with asyncio.timeout(self._timeout):
                await self._send(dict(message))
        except TimeoutError:
            raise _SlowClientError from None


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _cancel(*futures: asyncio.Future[Any]) -> None:
    for future in futures:
        future.cancel()
    await asyncio.gather(*futures, return_exceptions=True)
