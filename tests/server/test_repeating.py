"""Answers that are written before anybody else sees the request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from gateway.http.cover import Reply
from gateway.http.reuse import Hit, Repeats
from gateway.server.limits import ServerConfig, ServerLimits, State
from gateway.server.repeating import RepeatingProtocol

LIMITS = ServerLimits(header_timeout=1.0, keep_alive_timeout=5.0)
BODY = b'{"query": "{a}"}'
WIRE = b"POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n%b" % (len(BODY), BODY)
REPLY = Reply((), b"content-length: 2\r\n", b"{}", None)


class Knowing:
    """Knows the answer to everything, or to nothing."""

    def __init__(self, *, hits: bool) -> None:
        self.asked: list[tuple[str, bytes]] = []
        self._hits = hits

    def hit(self, scope: dict[str, Any], body: bytes) -> Hit | None:
        self.asked.append((scope["path"], body))
        return Hit(REPLY, [(b"x-request-id", b"1")]) if self._hits else None


class Wire(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[Any] = []
        self.closed = False
        self.answered = asyncio.Event()

    def write(self, data: Any) -> None:
        self.parts.append(data)
        if b"whole way" in data:
            self.answered.set()

    def writelines(self, list_of_data: Any) -> None:
        self.parts += list_of_data

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


async def application(_scope: Any, receive: Any, send: Any) -> None:
    body = (await receive())["body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"whole way: " + body})


def connected(knowing: Knowing) -> tuple[RepeatingProtocol, Wire]:
    """On a running loop."""
    repeats = cast("Repeats", knowing)
    config = ServerConfig(
        application, LIMITS, lambda _: None, repeats, log_config=None, server_header=False
    )
    config.load()
    protocol, wire = RepeatingProtocol(config, State(), {}), Wire()
    protocol.connection_made(wire)
    return protocol, wire


def on_a_loop(test: Callable[[], Any]) -> Any:
    async def run() -> Any:
        found = test()
        return await found if asyncio.iscoroutine(found) else found

    return asyncio.run(run())


def test_what_is_known_is_written_at_once_and_its_body_not_copied() -> None:
    def test() -> None:
        protocol, wire = connected(Knowing(hits=True))
        protocol.data_received(WIRE)
        head, body = wire.parts
        assert head == b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-request-id: 1\r\n\r\n"
        assert body is REPLY.body

    on_a_loop(test)


def test_several_requests_in_one_piece_are_answered_in_order() -> None:
    def test() -> None:
        knowing = Knowing(hits=True)
        protocol, wire = connected(knowing)
        protocol.data_received(WIRE * 3)
        assert knowing.asked == [("/graphql", BODY)] * 3
        assert len(wire.parts) == 6

    on_a_loop(test)


def test_what_is_not_known_goes_the_whole_way_with_its_body() -> None:
    async def test() -> None:
        protocol, wire = connected(Knowing(hits=False))
        protocol.data_received(WIRE)
        await wire.answered.wait()
        assert b"whole way: " + BODY in b"".join(wire.parts)

    on_a_loop(test)


def test_a_body_that_comes_later_goes_the_whole_way_unasked() -> None:
    async def test() -> None:
        knowing = Knowing(hits=True)
        protocol, wire = connected(knowing)
        protocol.data_received(WIRE[: -len(BODY)])
        protocol.data_received(BODY)
        await wire.answered.wait()
        assert knowing.asked == []
        assert b"whole way: " + BODY in b"".join(wire.parts)

    on_a_loop(test)


@pytest.mark.parametrize(("waited", "closed"), [(4.0, False), (6.0, True)])
def test_a_connection_of_which_all_was_known_is_kept_like_any_other(
    waited: float, closed: bool
) -> None:
    """Not only as long as one on which nothing was ever asked."""

    def test() -> None:
        protocol, wire = connected(Knowing(hits=True))
        protocol.data_received(WIRE)
        protocol.check(asyncio.get_running_loop().time() + waited)
        assert wire.closed is closed

    on_a_loop(test)


def test_a_connection_on_which_nothing_was_asked_is_not_kept_as_long() -> None:
    def test() -> None:
        protocol, wire = connected(Knowing(hits=True))
        protocol.check(asyncio.get_running_loop().time() + 4.0)
        assert wire.closed

    on_a_loop(test)
