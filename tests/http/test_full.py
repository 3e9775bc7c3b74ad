"""As many streams as there may be, and one more."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import Any

import pytest
from starlette.websockets import WebSocketDisconnect

from tests.support.client import Client, serving
from tests.support.folder import Folder

SUBPROTOCOL = ["graphql-transport-ws"]
SNAPSHOTS = "subscription {snapshotChanged {recordCount}}"


@pytest.fixture
def full(folder: Folder) -> Iterator[tuple[Client, Any]]:
    """A gateway that has room for one stream, and the WebSocket that takes it."""
    folder.add("_news/a.md")
    settings = folder.settings.model_copy(update={"max_streams": 1, "max_message_rate": 5})
    with (
        serving(settings) as client,
        suppress(CancelledError, WebSocketDisconnect),
        client.http.websocket_connect("/graphql", SUBPROTOCOL) as socket,
    ):
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json() == {"type": "connection_ack"}
        yield client, socket


def test_a_further_subscription_is_refused_and_queries_are_answered(
    full: tuple[Client, Any],
) -> None:
    client, socket = full
    socket.send_json({"type": "subscribe", "id": "s", "payload": {"query": SNAPSHOTS}})
    message = socket.receive_json()
    assert message["type"] == "error"
    assert message["payload"][0]["extensions"]["code"] == "OVERLOADED"
    socket.send_json({"type": "subscribe", "id": "q", "payload": {"query": "{__typename}"}})
    assert socket.receive_json()["payload"] == {"data": {"__typename": "Query"}}
    assert client.data("{__typename}") == {"__typename": "Query"}


def test_a_further_event_stream_is_refused_by_its_status(full: tuple[Client, Any]) -> None:
    client, _ = full
    headers = {"accept": "text/event-stream"}
    response = client.http.post("/graphql", json={"query": SNAPSHOTS}, headers=headers)
    assert response.status_code == 503
    assert response.json()["errors"][0]["extensions"]["code"] == "OVERLOADED"


def test_a_further_socket_is_told_to_try_again_later(full: tuple[Client, Any]) -> None:
    client, _ = full
    with client.http.websocket_connect("/graphql", SUBPROTOCOL) as socket:
        assert socket.receive() == {
            "type": "websocket.close",
            "code": 1013,
            "reason": "Try again later",
        }


def test_who_sends_messages_too_fast_is_cut_off(full: tuple[Client, Any]) -> None:
    _, socket = full
    for _ in range(20):
        socket.send_json({"type": "pong"})
    message = socket.receive()
    assert (message["code"], message["reason"]) == (1008, "Too many messages")
