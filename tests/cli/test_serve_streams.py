"""Subscriptions of the real process, and how they end with it."""

from __future__ import annotations

import json
import signal
import urllib.request
from http.client import HTTPResponse
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
