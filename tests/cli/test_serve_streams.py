"""Subscriptions of the real process, and how they end with it."""

from __future__ import annotations

import json
import signal
import socket
import time
import urllib.request
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.support.folder import Folder
from tests.support.process import PATIENCE, Server, add_now, seal_now, serve

CHANGES = "subscription {articleChanged {kind path reason}}"
SNAPSHOTS = "subscription {snapshotChanged {recordCount}}"


@pytest.fixture
def corpus(folder: Folder) -> Folder:
    return seal_now(folder)


def open_socket(server: Server) -> ClientConnection:
    return connect(server.socket_url, subprotocols=[Subprotocol("graphql-transport-ws")])


def send(socket: ClientConnection, **message: Any) -> None:
    socket.send(json.dumps(message))


def receive(socket: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(socket.recv(PATIENCE))
    return message


def begin(socket: ClientConnection, query: str) -> None:
    """Subscribe, and wait until it has begun."""
    send(socket, type="connection_init")
    send(socket, type="subscribe", id="s", payload={"query": query})
    send(socket, type="subscribe", id="q", payload={"query": "{__typename}"})
    assert receive(socket)["type"] == "connection_ack"
    assert receive(socket)["payload"] == {"data": {"__typename": "Query"}}
    assert receive(socket) == {"id": "q", "type": "complete"}


def open_events(server: Server, query: str) -> HTTPResponse:
    url = f"{server.url}?{urlencode({'query': query})}"
    request = urllib.request.Request(url, headers={"accept": "text/event-stream"})
    response = urllib.request.urlopen(request, timeout=PATIENCE)
    assert isinstance(response, HTTPResponse)
    return response


def next_event(response: HTTPResponse) -> list[bytes]:
    """The lines of the next event; comments are passed over."""
    lines: list[bytes] = []
    while line := response.readline().rstrip(b"\n"):
        lines.append(line)
    return next_event(response) if lines == [b":"] else lines


def test_a_socket_follows_files_and_keys_and_ends_with_1001_on_sigterm(corpus: Folder) -> None:
    with serve(corpus.base) as server, open_socket(server) as socket:
        begin(socket, CHANGES)
        add_now(corpus, "_news/b.md")
        event = {"kind": "PUBLISH", "path": "_news/b.md", "reason": None}
        assert receive(socket)["payload"] == {"data": {"articleChanged": event}}
        corpus.publisher.write_public(corpus.keys, revoked={"revoked_at": 1, "reason": "lost"})
        for path in ("_news/a.md", "_news/b.md"):
            event = {"kind": "WITHDRAW", "path": path, "reason": "KEY_REVOKED"}
            assert receive(socket)["payload"] == {"data": {"articleChanged": event}}
        server.process.send_signal(signal.SIGTERM)
        with pytest.raises(ConnectionClosed) as caught:
            receive(socket)
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1001
        assert server.process.wait(PATIENCE) == 0


def test_an_event_stream_follows_files_and_completes_on_sigterm(corpus: Folder) -> None:
    with serve(corpus.base) as server, open_events(server, SNAPSHOTS) as response:
        first = b'data: {"data":{"snapshotChanged":{"recordCount":1}}}'
        assert next_event(response) == [b"event: next", first]
        add_now(corpus, "_news/b.md")
        second = b'data: {"data":{"snapshotChanged":{"recordCount":2}}}'
        assert next_event(response) == [b"event: next", second]
        server.process.send_signal(signal.SIGTERM)
        assert next_event(response) == [b"event: complete", b"data:"]
        assert response.read() == b""
        assert server.process.wait(PATIENCE) == 0


def test_a_page_of_another_site_gets_403(corpus: Folder) -> None:
    with serve(corpus.base) as server, pytest.raises(InvalidStatus) as caught:
        connect(server.socket_url, additional_headers={"Origin": "https://evil.example"})
    assert caught.value.response.status_code == 403


def is_held(server_port: int, client_port: int) -> bool:
    """Whether the kernel still has the server's end of a connection."""
    ends = [f":{port:04X}" for port in (server_port, client_port)]
    rows = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()]
    return any(row[1].endswith(ends[0]) and row[2].endswith(ends[1]) for row in rows[1:])


@pytest.mark.skipif(
    not hasattr(socket, "TCP_USER_TIMEOUT") or not Path("/proc/net/tcp").exists(),
    reason="NOT TRIED: only Linux ends connections whose peers take no bytes",
)
def test_nothing_is_kept_for_a_client_that_takes_no_bytes(
    corpus: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEALGATE_SEND_TIMEOUT", "0.2")
    query = urlencode({"query": "subscription {articleChanged {record {... on Article {body}}}}"})
    request = f"GET /graphql?{query} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n"
    with serve(corpus.base) as server, socket.socket() as client:
        port = int(server.url.rpartition(":")[2].partition("/")[0])
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", port))
        client.sendall(request.encode())
        assert client.recv(8) == b"HTTP/1.1"
        for number in range(12):  # more than all buffers on the way take
            add_now(corpus, f"_news/{number}.md", "z" * 900_000)
        deadline = time.monotonic() + PATIENCE
        while is_held(port, client.getsockname()[1]):
            assert time.monotonic() < deadline, "the connection is still there"
        assert server.post("{articles {totalCount}}")["data"]
