"""The limit: an ASGI application that looks whole answers up by the bytes of the request's body.

BENCH_ANSWERS names a file with lines `[body, answer]` in JSON.
"""

from __future__ import annotations

import os
from pathlib import Path

import orjson

from benchmarks.in_process import Application, Message, Receive, Send


def application(answers: dict[bytes, bytes]) -> Application:
    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise NotImplementedError(scope["type"])
        message = await receive()
        body: bytes = message["body"]
        while message.get("more_body"):
            message = await receive()
            body += message["body"]
        answer = answers.get(body, b"{}")
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(answer)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    return app


def create() -> Application:
    lines = Path(os.environ["BENCH_ANSWERS"]).read_bytes().splitlines()
    pairs = map(orjson.loads, lines)
    return application({body.encode(): answer.encode() for body, answer in pairs})
