"""The limit: an ASGI application that looks whole answers up by the bytes of the request's body.

BENCH_ANSWERS names a file with lines `[body, answer]` in JSON.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import orjson

Message = MutableMapping[str, Any]

_LINES = Path(os.environ["BENCH_ANSWERS"]).read_bytes().splitlines()
ANSWERS = {body.encode(): answer.encode() for body, answer in map(orjson.loads, _LINES)}


async def app(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    message = await receive()
    body: bytes = message["body"]
    while message.get("more_body"):
        message = await receive()
        body += message["body"]
    answer = ANSWERS.get(body, b"{}")
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(answer)).encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})
