"""SIGTERM, whatever clients do: what arrived is answered, and the process ends with 0 in time."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlencode

import pytest
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.support.folder import Folder
from tests.support.process import Server, add_now
from tests.support.wire import GET, POST, Wire, bounded, ends_with, only, port_of

pytestmark = pytest.mark.alone

EVENTS = (
    b"GET /graphql?%s HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\n\r\n"
    % urlencode({"query": "subscription {snapshotChanged {recordCount}}"}).encode()
)
BODIES = b"GET /graphql?%s HTTP/1.1\r\nhost: x\r\n\r\n" % (
    urlencode({"query": "{articles(first: 50) {nodes {body}}}"}).encode()
)


def told_to_end(server: Server) -> None:
    """Send the signal, and return when the process takes no more connections."""
    server.process.send_signal(signal.SIGTERM)
    while True:
        try:
            socket.create_connection(("127.0.0.1", port_of(server))).close()
        except ConnectionError:
            return


def half_headers(stack: ExitStack, server: Server) -> None:
    stack.enter_context(Wire(server)).send(b"GET / HTTP/1.1\r\nhost: x\r\nx-a")


def half_bodies(stack: ExitStack, server: Server) -> None:
    stack.enter_context(Wire(server)).send(POST[:-1])


def endless_bodies(stack: ExitStack, server: Server) -> None:
    wire = stack.enter_context(Wire(server))
    wire.send(POST.replace(b"content-length: 24", b"content-length: 999999999"))


def idle(stack: ExitStack, server: Server) -> None:
    stack.enter_context(Wire(server))
    wire = stack.enter_context(Wire(server))
    wire.send(GET)
    assert wire.reply().status == 200


def event_streams(stack: ExitStack, server: Server) -> None:
    wire = stack.enter_context(Wire(server))
    wire.send(EVENTS)
    assert wire.reply().status == 200


def sockets(stack: ExitStack, server: Server) -> None:
    for begin in (False, True):
        asked = connect(server.socket_url, subprotocols=[Subprotocol("graphql-transport-ws")])
        client = stack.enter_context(asked)
        if begin:
            client.send(json.dumps({"type": "connection_init"}))
            assert json.loads(client.recv())["type"] == "connection_ack"


def half_handshakes(stack: ExitStack, server: Server) -> None:
    wire = stack.enter_context(Wire(server))
    wire.send(b"GET /graphql HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n")


def no_readers(stack: ExitStack, server: Server) -> None:
    """More is asked for than the buffers on the way can hold."""
    wire = stack.enter_context(Wire(server, receive_buffer=4096))
    wire.send(BODIES * 20)
    assert wire.socket.recv(8) == b"HTTP/1.1"


CLIENTS = [
    half_headers,
    half_bodies,
    endless_bodies,
    idle,
    event_streams,
    sockets,
    half_handshakes,
    no_readers,
]


@pytest.mark.parametrize("client", [*CLIENTS, None])
def test_no_client_puts_off_the_end(
    folder: Folder, client: Callable[[ExitStack, Server], None] | None
) -> None:
    with bounded(folder, rate_limit=0) as server, ExitStack() as stack:
        if client is no_readers:
            with_large_records(folder, server)
        for begin in CLIENTS if client is None else [client]:
            begin(stack, server)
        told_to_end(server)
        assert ends_with(server) == (0, "")


def with_large_records(folder: Folder, server: Server) -> None:
    for number in range(8):
        add_now(folder, f"_news/large-{number}.md", "z" * 900_000)
    count: Any = None
    while count != 9:
        count = server.post("{articles {totalCount}}")["data"]["articles"]["totalCount"]


def test_several_workers_end_in_time_as_well(folder: Folder) -> None:
    with bounded(folder, "--workers", "2") as server, ExitStack() as stack:
        for _ in range(4):
            for begin in (half_headers, half_bodies, idle, event_streams, sockets):
                begin(stack, server)
        told_to_end(server)
        assert ends_with(server) == (0, "")


def test_half_a_request_may_still_become_a_whole_one(folder: Folder) -> None:
    with bounded(folder) as server, Wire(server) as wire:
        wire.send(POST[:-1].replace(b"\r\n\r\n", b"\r\nexpect: 100-continue\r\n\r\n"))
        assert wire.reply().status == 100
        told_to_end(server)
        wire.send(POST[-1:])
        (reply,) = wire.replies()
        assert (reply.status, reply.headers["connection"]) == (200, "close")
        assert ends_with(server) == (0, "")


def test_half_a_request_that_stays_one_gets_503(folder: Folder) -> None:
    with bounded(folder) as server, Wire(server) as body, Wire(server) as head:
        head.send(GET[:-2])
        body.send(POST[:-1].replace(b"\r\n\r\n", b"\r\nexpect: 100-continue\r\n\r\n"))
        assert body.reply().status == 100
        told_to_end(server)
        assert only(head.replies()) == (503, "SHUTTING_DOWN")
        assert only(body.replies()) == (503, "SHUTTING_DOWN")
        assert ends_with(server) == (0, "")


def test_everything_that_arrived_is_answered(folder: Folder) -> None:
    with bounded(folder, rate_limit=0) as server, ExitStack() as stack:
        wires = [stack.enter_context(Wire(server)) for _ in range(20)]
        for wire in wires:
            wire.send(POST[:-1].replace(b"\r\n\r\n", b"\r\nexpect: 100-continue\r\n\r\n"))
            assert wire.reply().status == 100
        for wire in wires:
            wire.send(POST[-1:] + POST * 9)
        server.process.send_signal(signal.SIGTERM)
        for wire in wires:
            replies = wire.replies()
            assert {reply.status for reply in replies} == {200}
            assert len(replies) == 10
        assert ends_with(server) == (0, "")
