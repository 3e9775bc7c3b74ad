"""WebSocket clients that play with frames, or hang up."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

import pytest

from tests.server.test_large_requests import Flood
from tests.support.folder import Folder
from tests.support.frames import HANDSHAKE, PING, TEXT, frame, opened
from tests.support.process import PATIENCE, Server
from tests.support.wire import HEAD, POST, QUICK, Wire, answers, bounded, ends_with, only, resident

pytestmark = pytest.mark.alone


def close_code(wire: Wire) -> int:
    """Of the close frame that comes next."""
    head = wire.socket.recv(2, socket.MSG_WAITALL)
    assert head[0] == 0x88, head
    return int.from_bytes(wire.socket.recv(head[1], socket.MSG_WAITALL)[:2], "big")


def test_who_never_begins_is_closed(quick: Server) -> None:
    with opened(quick, initialised=False) as wire:
        assert close_code(wire) == 4408


@pytest.mark.parametrize("line", [b"GET /graphql?" + b"a" * 20_000, b"x-a: " + b"a" * 20_000])
def test_a_handshake_that_is_too_long_is_refused_and_the_connection_ends(
    quick: Server, line: bytes
) -> None:
    if line.startswith(b"GET"):
        request = HANDSHAKE.replace(b"GET /graphql", line)
    else:
        request = HANDSHAKE.replace(b"host: x", b"host: x\r\n" + line)
    with Wire(quick) as wire:
        wire.send(request)
        assert wire.reply().status in {414, 431}
        assert wire.rest() == b""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"GET", b"POST"),
        (b"version: 13", b"version: 12"),
        (b"sec-websocket-key: AAAA", b"sec-websocket-key: A"),
        (b" graphql-transport-ws", b" \xff\xfe"),
    ],
)
def test_a_handshake_that_is_none_is_refused(quick: Server, old: bytes, new: bytes) -> None:
    with Wire(quick) as wire:
        wire.send(HANDSHAKE.replace(old, new))
        data = wire.rest()
    assert data.startswith(b"HTTP/1.1 4") or b"\x88\x02" + struct.pack("!H", 4406) in data


def test_a_handshake_behind_a_request_that_is_not_answered_yet_is_refused(quick: Server) -> None:
    with Wire(quick) as wire:
        wire.send(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n" + HANDSHAKE)
        first, second = wire.replies()
        assert first.status == 200
        assert only([second]) == (400, "BAD_REQUEST")


def test_a_message_in_more_pieces_than_anybody_needs_ends_the_connection(quick: Server) -> None:
    with opened(quick) as wire:
        wire.send(frame(TEXT, b"{", final=False) + frame(0, b"", final=False) * 5000)
        assert close_code(wire) == 1009


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame(TEXT, b"\xff"), 1007),
        (frame(3), 1002),
        (frame(0, b"a"), 1002),
        (bytes([0x81, 5]) + b"hello", 1002),
        (frame(PING, b"a" * 126), 1002),
        (bytes([0x81, 255]) + struct.pack("!Q", 1 << 40), 1009),
    ],
    ids=["not_utf_8", "opcode", "continuation", "no_mask", "long_ping", "size"],
)
def test_frames_that_are_none_end_the_connection(quick: Server, data: bytes, code: int) -> None:
    with opened(quick) as wire:
        wire.send(data)
        assert close_code(wire) == code


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="NOT TESTED: no /proc")
@pytest.mark.parametrize("between", [b"", frame(TEXT, b'{"type":"pong"}')])
def test_pongs_do_not_pile_up_for_who_sends_pings_and_takes_none(
    folder: Folder, between: bytes
) -> None:
    """Nothing is read from it, and after a while it is cut off."""
    with bounded(folder, **QUICK, send_timeout=0.5, max_message_rate=1_000_000) as server:
        with opened(server, receive_buffer=4096) as wire:
            before = resident(server)
            flood = Flood(wire, between + frame(PING, b"a" * 125) * 1000)
            flood.start()
            flood.join(PATIENCE)
            assert not flood.is_alive()
            assert resident(server) < before + (32 << 20)
        assert answers(server)


def test_who_hangs_up_in_the_middle_of_anything_leaves_no_error(folder: Folder) -> None:
    """Sockets, streams, requests and answers, by a plain end and by a reset."""
    subscribe = b'{"id":"a","type":"subscribe","payload":{"query":"%s"}}'
    snapshots = frame(TEXT, subscribe % b"subscription {snapshotChanged {id}}")
    query = frame(TEXT, subscribe % b"{articles(first: 50) {nodes {body title}}}")
    with bounded(folder, rate_limit=0) as server:
        for number in range(60):
            reset = struct.pack("ii", 1, 0) if number % 2 else struct.pack("ii", 0, 0)
            for data in (snapshots, query, frame(PING), frame(TEXT, b"{", final=False), b"\x81"):
                with opened(server) as wire:
                    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
                    wire.send(data)
            for request in REQUESTS:
                with Wire(server) as wire:
                    wire.socket.setsockopt(1, 13, reset)
                    wire.send(request)
        assert answers(server)
        server.process.terminate()
        assert ends_with(server) == (0, "")


REQUESTS = [
    HANDSHAKE,
    HANDSHAKE[:-2],
    b"GET /graphql?query={articles{nodes{body,path,title}}} HTTP/1.1\r\nhost: x\r\n\r\n" * 20,
    POST * 20,
    b"GET /graphql?query=subscription{snapshotChanged{id}} HTTP/1.1\r\nhost: x\r\n%s\r\n"
    % b"accept: text/event-stream\r\n",
    HEAD + b"content-length: 50\r\n\r\n{",
    b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 900000\r\n\r\n{",
]
