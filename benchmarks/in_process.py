"""One request to an ASGI application in this process: no socket, no other process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson

from benchmarks.queries import WALK, Handle

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

_HEADERS = [
    (b"host", b"localhost"),
    (b"content-type", b"application/json"),
    (b"accept", b"application/json"),
]


async def post(application: Application, body: bytes) -> bytes:
    """The body of the answer to a POST to /graphql."""
    answer = bytearray()
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if not waiting:
            # Whoever asked stays until the answer is there.
            await asyncio.Event().wait()
        return waiting.pop()

    async def send(message: Message) -> None:
        answer.extend(message.get("body", b""))

    await application(_scope(len(body)), receive, send)
    return bytes(answer)


async def walk(application: Application, count: int) -> list[Handle]:
    """Ids and cursors of the first `count` records of the list, at least."""
    found: list[Handle] = []
    while len(found) < count:
        variables = {"after": found[-1].cursor if found else None}
        answer = await post(application, orjson.dumps({"query": WALK, "variables": variables}))
        edges = orjson.loads(answer)["data"]["articles"]["edges"]
        found += [Handle(edge["node"]["id"], edge["cursor"]) for edge in edges]
    return found


def _scope(length: int) -> Message:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "query_string": b"",
        "root_path": "",
        "headers": [*_HEADERS, (b"content-length", str(length).encode())],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
