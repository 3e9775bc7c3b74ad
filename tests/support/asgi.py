"""An application driven as a server drives it, by messages: header lines, URLs and frames may be
any bytes at all, which no client library would send."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message

Headers = Sequence[tuple[bytes, bytes]]

PATIENCE = 30.0


@dataclass
class Heard:
    """What the application sent in answer to one request."""

    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    def header(self, name: bytes) -> bytes | None:
        return next((value for found, value in self.headers if found == name), None)


def _scope(kind: str, scheme: str, headers: Headers, query: bytes) -> dict[str, Any]:
    return {
        "type": kind,
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": scheme,
        "path": "/graphql",
        "raw_path": b"/graphql",
        "root_path": "",
        "query_string": query,
        "headers": [(name.lower(), value) for name, value in headers],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8000),
        "state": {},
    }


async def ask(
    app: ASGIApp,
    *,
    method: str = "POST",
    query: bytes = b"",
    headers: Headers = ((b"content-type", b"application/json"),),
    body: bytes = b"",
) -> Heard:
    """One request of a client that leaves once an answer has begun. Raises what the application
    raises, and TimeoutError where it never answers."""
    heard, begun = Heard(), asyncio.Event()
    arriving = iter([body])

    async def receive() -> Message:
        for chunk in arriving:
            return {"type": "http.request", "body": chunk, "more_body": False}
        await begun.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            heard.status, heard.headers = message["status"], list(message["headers"])
            begun.set()
        else:
            heard.body += message.get("body", b"")

    scope = {**_scope("http", "http", headers, query), "method": method}
    async with asyncio.timeout(PATIENCE):
        await app(scope, receive, send)
    return heard


async def converse(
    app: ASGIApp, frames: Iterable[str | bytes], last: Sequence[str], headers: Headers = ()
) -> list[Message]:
    """What the application sends over one WebSocket connection, which gets all these frames, then
    those in `last`, and is left when the operation named `last` came to an end."""
    sent: list[Message] = []
    over = asyncio.Event()
    arriving = iter([*frames, *last])

    connecting = iter([{"type": "websocket.connect"}])

    async def receive() -> Message:
        for message in connecting:
            return message
        for frame in arriving:
            member = "text" if isinstance(frame, str) else "bytes"
            return {"type": "websocket.receive", member: frame}
        await over.wait()
        return {"type": "websocket.disconnect", "code": 1005}

    async def send(message: Message) -> None:
        sent.append(message)
        if message["type"] == "websocket.close" or '"id":"last"' in message.get("text", ""):
            over.set()

    scope = {**_scope("websocket", "ws", headers, b""), "subprotocols": ["graphql-transport-ws"]}
    async with asyncio.timeout(PATIENCE):
        await app(scope, receive, send)
    return sent
