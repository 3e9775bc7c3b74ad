"""Requests that are too large, and clients that go on sending them."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

import pytest

from tests.support.folder import Folder
from tests.support.process import PATIENCE, Server
from tests.support.wire import BODY, GET, HEAD, POST, Wire, ask, bounded, only

PIECE = b" " * 65_536
CHUNK = b"10000\r\n" + PIECE + b"\r\n"
MOST = 16 << 20


class Flood(threading.Thread):
    """Sends as much as the server takes."""

    def __init__(self, wire: Wire, piece: bytes) -> None:
        super().__init__()
        self._wire = wire
        self._piece = piece
        self.sent = 0

    def run(self) -> None:
        with suppress(OSError):
            while self.sent < 10 * MOST:
                self._wire.socket.sendall(self._piece)
                self.sent += len(self._piece)


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (HEAD + b"content-length: 9000000000\r\n\r\n", PIECE),
        (HEAD + b"transfer-encoding: chunked\r\n\r\n", CHUNK),
    ],
    ids=["content_length", "chunked"],
)
def test_who_goes_on_sending_can_read_413_and_little_of_it_is_read(
    quick: Server, head: bytes, piece: bytes
) -> None:
    with Wire(quick) as wire:
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
        wire.send(head)
        flood = Flood(wire, piece)
        flood.start()
        replies = wire.replies()
        flood.join(PATIENCE)
        assert only(replies) == (413, "BODY_TOO_LARGE")
        assert flood.sent < MOST


@pytest.mark.parametrize("size", [200_000, 4_000_000])
def test_who_sends_everything_before_reading_can_read_413(quick: Server, size: int) -> None:
    head = HEAD + b"content-length: %d\r\n\r\n" % size
    assert only(ask(quick, head + b" " * size)) == (413, "BODY_TOO_LARGE")


def test_who_waits_for_leave_to_send_gets_413_instead(quick: Server) -> None:
    head = HEAD + b"expect: 100-continue\r\ncontent-length: 9000000\r\n\r\n"
    assert only(ask(quick, head)) == (413, "BODY_TOO_LARGE")


def test_who_waits_for_leave_to_send_gets_it(quick: Server) -> None:
    with Wire(quick) as wire:
        wire.send(HEAD + b"expect: 100-continue\r\ncontent-length: %d\r\n\r\n" % len(BODY))
        assert wire.reply().status == 100
        wire.send(BODY)
        assert wire.reply().status == 200


@pytest.mark.parametrize(
    "body", [b"1;" + b"x" * 3_000_000, b"1;x\r\n \r\n" * 400_000, b"0\r\n" + b"a: b\r\n" * 500_000]
)
def test_what_surrounds_the_bytes_of_a_body_is_bounded_as_well(quick: Server, body: bytes) -> None:
    request = HEAD + b"transfer-encoding: chunked\r\n\r\n" + body
    assert only(ask(quick, request)) == (413, "BODY_TOO_LARGE")


def test_a_body_in_chunks_of_one_byte_is_read(quick: Server) -> None:
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in BODY + b" " * 100_000)
    with Wire(quick) as wire:
        wire.send(HEAD + b"transfer-encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")
        assert wire.reply().status == 200


@pytest.mark.parametrize("end", [b"", b" HTTP/1.1\r\nhost: x\r\n\r\n"])
def test_a_url_is_bounded(quick: Server, end: bytes) -> None:
    assert only(ask(quick, b"GET /" + b"a" * 100_000 + end)) == (414, "URL_TOO_LONG")


def test_a_long_url_is_read(quick: Server) -> None:
    with Wire(quick) as wire:
        wire.send(b"GET /healthz?" + b"a" * 60_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n")
        assert wire.reply().status == 200


LINES = {
    "one_header": b"x-a: " + b"a" * 40_000,
    "one_header_without_end": b"x-a: " + b"a" * 400_000,
    "several_headers": b"\r\n".join(b"x-%d: " % n + b"a" * 1000 for n in range(50)),
    "many_headers": b"\r\n".join(b"x-%d: a" % n for n in range(200)),
    "very_many_headers": b"a:\r\n" * 100_000 + b"b:",
}


@pytest.mark.parametrize("name", LINES)
def test_headers_are_bounded_in_size_and_number(quick: Server, name: str) -> None:
    request = b"GET /healthz HTTP/1.1\r\nhost: x\r\n" + LINES[name] + b"\r\n\r\n"
    assert only(ask(quick, request)) == (431, "HEADERS_TOO_LARGE")


def test_headers_within_the_bounds_are_read_beside_a_body(quick: Server) -> None:
    lines = b"\r\n".join(b"x-%d: " % n + b"a" * 300 for n in range(97))
    with Wire(quick) as wire:
        wire.send(POST.replace(b"host: x", b"host: x\r\n" + lines))
        assert wire.reply().status == 200


def test_the_bounds_are_settings(folder: Folder) -> None:
    sizes = {"max_url_bytes": 1024, "max_header_bytes": 1024, "max_body_bytes": 1024}
    with bounded(folder, **sizes) as server:
        assert only(ask(server, b"GET /?" + b"a" * 1100))[0] == 414
        assert only(ask(server, GET[:-2] + b"a: " + b"b" * 1100 + b"\r\n\r\n"))[0] == 431
        assert only(ask(server, HEAD + b"content-length: 1100\r\n\r\n"))[0] == 413
