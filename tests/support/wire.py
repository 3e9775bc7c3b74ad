"""A real process, and what clients do to it byte by byte."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.support.folder import Folder
from tests.support.process import PATIENCE, Server, seal_now, serve

BODY = b'{"query":"{__typename}"}'
HEAD = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
POST = HEAD + b"content-length: %d\r\n\r\n" % len(BODY) + BODY
GET = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"

# Long enough for a busy machine, short enough for a test.
QUICK = {
    "header_timeout": 0.5,
    "body_timeout": 0.5,
    "keep_alive_timeout": 0.5,
    "rate_limit": 0,
}


@contextmanager
def bounded(folder: Folder, *arguments: str, **settings: float) -> Iterator[Server]:
    """A process that serves one sealed article, with these settings."""
    seal_now(folder)
    lines = [f"{name} = {value}\n" for name, value in settings.items()]
    (folder.base / "sealgate.toml").write_text("".join(lines), encoding="utf-8")
    with serve(folder.base, *arguments) as server:
        yield server


def ends_with(server: Server) -> tuple[int, str]:
    """Exit status and what was logged as an error, once a signal has been sent. The process has
    15 seconds, whatever its clients do."""
    assert server.process.stderr is not None
    status = server.process.wait(15)
    return status, server.process.stderr.read()


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        return str(json.loads(self.body)["errors"][0]["extensions"]["code"])


class Wire:
    """One connection."""

    def __init__(self, server: Server, receive_buffer: int | None = None) -> None:
        self.socket = socket.socket()
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(("127.0.0.1", port_of(server)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """The server may have closed its end before it has taken all."""
        with suppress(ConnectionError):
            self.socket.sendall(data)

    def rest(self) -> bytes:
        """Everything until the server closes."""
        found = b""
        with suppress(ConnectionError):
            while data := self.socket.recv(1 << 16):
                found += data
        return found

    def replies(self) -> list[Reply]:
        """All responses until the server closes."""
        return list(parse(self.rest()))

    def reply(self) -> Reply:
        """The next response; the connection stays as it is."""
        file = self.socket.makefile("rb", buffering=0)
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = file.readline()
            assert line, f"the connection ended: {head!r}"
            head += line
        found = parse_head(head)
        length = int(found.headers.get("content-length", "0"))
        while len(found.body) < length:
            found.body += file.read(length - len(found.body)) or b""
        return found


def port_of(server: Server) -> int:
    return int(server.url.rpartition(":")[2].partition("/")[0])


def parse(data: bytes) -> Iterator[Reply]:
    while data:
        head, separator, data = data.partition(b"\r\n\r\n")
        assert separator, f"half a response: {head[:200]!r}"
        found = parse_head(head + separator)
        length = int(found.headers.get("content-length", "0"))
        found.body, data = data[:length], data[length:]
        yield found


def parse_head(head: bytes) -> Reply:
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    pairs = (line.split(": ", 1) for line in lines)
    headers = {name.lower(): value for name, value in pairs}
    return Reply(int(first.split(" ")[1]), headers, b"")


def ask(server: Server, request: bytes) -> list[Reply]:
    """What somebody gets who sends this, and reads until the server closes."""
    with Wire(server) as wire:
        wire.send(request)
        return wire.replies()


def only(replies: list[Reply]) -> tuple[int, str]:
    """Status and code of the only response, which said that the connection ends."""
    (reply,) = replies
    assert reply.headers["connection"] == "close"
    return reply.status, reply.code


def answers(server: Server) -> bool:
    """Whether others are answered."""
    document: Any = server.post("{__typename}")
    return bool(document == {"data": {"__typename": "Query"}})


def resident(server: Server) -> int:
    """Bytes of memory that the process has, where there is /proc."""
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


def open_files(server: Server) -> int:
    """How many it has open."""
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))
