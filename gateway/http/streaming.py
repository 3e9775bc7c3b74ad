"""Answers that are sent piece by piece, to clients that may be slow, or gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.execution.subscription import Deliveries, Delivery
from gateway.http.streams import StreamLimits, Streams

# The member of a request's state that says that its answer stays open.
STREAMED = "streamed"

_HEADERS = {
    "cache-control": "no-cache",
    "vary": "Accept",
    # Asks proxies that would collect the response before passing it on not to.
    "x-accel-buffering": "no",
}


@dataclass(frozen=True)
class Framing:
    """How pieces are written. start: what comes first, so that the client knows that it began;
    piece: an answer as bytes; rest: a sign of life; end: what comes last."""

    media_type: str
    start: bytes
    piece: Callable[[Mapping[str, Any]], bytes]
    rest: bytes
    end: bytes


class StreamedAnswer(Response):
    """A piece for each delivery, and a sign of life whenever nothing was sent for a while."""

    def __init__(
        self, deliveries: Deliveries, framing: Framing, streams: Streams, limits: StreamLimits
    ) -> None:
        super().__init__(headers=_HEADERS, media_type=framing.media_type)
        del self.headers["content-length"]
        self._framing = framing
        self._deliveries = deliveries
        self._streams = streams
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})[STREAMED] = True
        output = _Output(send, self._framing, self._limits.send_timeout)
        gone = asyncio.ensure_future(_disconnected(receive))
        ending = asyncio.ensure_future(self._streams.ending.wait())
        try:
            with self._streams.open():
                await output.start(self.status_code, self.raw_headers)
                if await self._send_all(output, gone, ending):
                    await output.end()
        except _SlowClientError:
            self._streams.dropped += 1
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
                    await output.write(self._framing.rest)
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

    def __init__(self, send: Send, framing: Framing, timeout: float) -> None:
        self._send = send
        self._framing = framing
        self._timeout = timeout

    async def start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        await self._pass({"type": "http.response.start", "status": status, "headers": headers})
        # Servers pass the headers on with the first bytes: only then a browser knows that it began.
        await self.write(self._framing.start)

    async def deliver(self, delivery: Delivery) -> None:
        # Servers wait for room before they take a chunk, so after an empty one there is some, and
        # nothing can change between the claim and the hand-over.
        await self.write(b"")
        if delivery.claim():
            await self.write(self._framing.piece(delivery.answer.document))

    async def write(self, data: bytes) -> None:
        await self._pass({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self) -> None:
        last = {"type": "http.response.body", "body": self._framing.end, "more_body": False}
        await self._pass(last)

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
