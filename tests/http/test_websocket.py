"""The sub-protocol graphql-transport-ws: what it answers, and what it closes a connection for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import WebSocketTestSession
from starlette.types import Message
from starlette.websockets import WebSocketDisconnect

from gateway.app import Gateway
from gateway.front import Front
from gateway.http.streams import StreamLimits
from tests.support.client import Client, serving
from tests.support.folder import Folder
from tests.support.publisher import NOW

SUBPROTOCOL = "graphql-transport-ws"
COUNT = "{articles {totalCount}}"
CHANGES = "subscription {articleChanged {kind path record {... on Article {title}}}}"
SNAPSHOTS = "subscription {snapshotChanged {id recordCount}}"
PUBLISHED = {"kind": "PUBLISH", "path": "_news/b.md", "record": {"title": "B"}}


class Socket:
    """A client's end of a connection."""

    def __init__(self, session: WebSocketTestSession) -> None:
        self.session = session

    def send(self, **message: Any) -> None:
        self.session.send_json(message)

    def subscribe(self, name: str, query: str, **payload: Any) -> None:
        self.send(type="subscribe", id=name, payload={"query": query, **payload})

    def receive(self) -> dict[str, Any]:
        message: dict[str, Any] = self.session.receive_json()
        return message

    def next(self, name: str) -> Any:
        """The data of the next message, which must be an answer to this operation."""
        message = self.receive()
        assert (message["type"], message["id"]) == ("next", name), message
        return message["payload"]["data"]

    def ask(self, name: str, query: str) -> Any:
        """The answer to a query; every subscription that was sent before it has begun by then."""
        self.subscribe(name, query)
        data = self.next(name)
        assert self.receive() == {"id": name, "type": "complete"}
        return data

    def closed(self) -> int:
        """The code with which the server closes, whatever it sends before."""
        message = self.session.receive()
        while message["type"] != "websocket.close":
            message = self.session.receive()
        return int(message["code"])


@contextmanager
def connected(client: Client, **headers: str) -> Iterator[Socket]:
    """A connection that nobody has initialised."""
    connecting = client.http.websocket_connect("/graphql", [SUBPROTOCOL], headers=headers)
    # Leaving cancels the application, which from Python 3.13 on may come out as an error here.
    with suppress(CancelledError), connecting as session:
        assert str(session.accepted_subprotocol) == SUBPROTOCOL
        yield Socket(session)


@contextmanager
def initialised(client: Client) -> Iterator[Socket]:
    with connected(client) as socket:
        socket.send(type="connection_init")
        assert socket.receive() == {"type": "connection_ack"}
        yield socket


@pytest.fixture
def client(folder: Folder) -> Iterator[Client]:
    folder.add("_news/a.md", title="A")
    with serving(folder.settings) as client:
        yield client


@pytest.fixture
def socket(client: Client) -> Iterator[Socket]:
    with initialised(client) as socket:
        yield socket


def publish(folder: Folder, client: Client) -> None:
    folder.add("_news/b.md", title="B")
    client.gateway.ingest()


def test_a_query_is_answered_once_and_completed(socket: Socket) -> None:
    assert socket.ask("q", COUNT) == {"articles": {"totalCount": 1}}


def test_variables_and_operation_names_are_read(socket: Socket) -> None:
    query = "query A {__typename} query B($n: Int!) {articles(first: $n) {totalCount}}"
    socket.subscribe("q", query, operationName="B", variables={"n": 1})
    assert socket.next("q") == {"articles": {"totalCount": 1}}


def test_a_subscription_is_told_what_changes(
    folder: Folder, client: Client, socket: Socket
) -> None:
    socket.subscribe("s", CHANGES)
    socket.ask("q", COUNT)
    publish(folder, client)
    assert socket.next("s") == {"articleChanged": PUBLISHED}


def test_several_operations_share_a_connection(
    folder: Folder, client: Client, socket: Socket
) -> None:
    socket.subscribe("1", SNAPSHOTS)
    socket.next("1")
    socket.subscribe("2", SNAPSHOTS)
    socket.next("2")
    publish(folder, client)
    messages = [socket.receive() for _ in range(2)]
    assert sorted(message["id"] for message in messages) == ["1", "2"]
    assert socket.ask("q", COUNT) == {"articles": {"totalCount": 2}}


def test_a_revoked_key_withdraws_over_an_open_connection(
    folder: Folder, client: Client, socket: Socket
) -> None:
    socket.subscribe("s", CHANGES)
    socket.ask("q", COUNT)
    folder.publisher.write_public(folder.keys, revoked={"revoked_at": NOW, "reason": "lost"})
    client.gateway.live.take_up_trust()
    client.gateway.live.refresh()
    withdrawn = {"kind": "WITHDRAW", "path": "_news/a.md", "record": None}
    assert socket.next("s") == {"articleChanged": withdrawn}
    assert socket.ask("q", COUNT) == {"articles": {"totalCount": 0}}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("subscription {nothing}", "GRAPHQL_VALIDATION_FAILED"),
        (
            "subscription {a: snapshotChanged {id} b: snapshotChanged {id}}",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("mutation {x}", "OPERATION_NOT_FOUND"),
        ("subscription {articleChanged(where: {title: null}) {path}}", "BAD_USER_INPUT"),
        ("subscription($w: ContentWhere!) {articleChanged(where: $w) {path}}", "BAD_USER_INPUT"),
        ("query($n: Int!) {articles(first: $n) {totalCount}}", "BAD_USER_INPUT"),
    ],
)
def test_an_operation_that_cannot_begin_is_an_error_and_nothing_else(
    socket: Socket, query: str, code: str
) -> None:
    socket.subscribe("x", query)
    message = socket.receive()
    assert (message["type"], message["id"]) == ("error", "x")
    assert {error["extensions"]["code"] for error in message["payload"]} == {code}
    socket.ask("x", COUNT)  # the name is free again


def test_a_record_that_is_withheld_is_an_error_within_an_answer(socket: Socket) -> None:
    socket.subscribe("q", '{node(id: "none") {id}}')
    payload = socket.receive()["payload"]
    assert payload["data"] == {"node": None}
    assert payload["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert socket.receive() == {"id": "q", "type": "complete"}


def test_complete_from_the_client_ends_a_subscription(
    folder: Folder, client: Client, socket: Socket
) -> None:
    socket.subscribe("1", SNAPSHOTS)
    socket.next("1")
    socket.send(type="complete", id="1")
    socket.subscribe("1", CHANGES)  # the name is free at once
    socket.ask("q", COUNT)
    publish(folder, client)
    assert socket.next("1") == {"articleChanged": PUBLISHED}


def test_complete_for_an_operation_that_is_over_is_passed_over(socket: Socket) -> None:
    socket.send(type="complete", id="long gone")
    assert socket.ask("q", COUNT)


def test_a_ping_is_answered_before_and_after_the_beginning(client: Client) -> None:
    with connected(client) as socket:
        socket.send(type="ping", payload={"any": "thing"})
        assert socket.receive() == {"type": "pong"}
        socket.send(type="connection_init", payload={"any": "thing"})
        assert socket.receive() == {"type": "connection_ack"}
        socket.send(type="ping")
        assert socket.receive() == {"type": "pong"}
        socket.send(type="pong")
        assert socket.ask("q", COUNT)


def test_the_server_pings_while_nothing_happens(folder: Folder) -> None:
    settings = folder.settings.model_copy(update={"heartbeat": 0.001})
    with serving(settings) as client, initialised(client) as socket:
        assert [socket.receive() for _ in range(3)] == [{"type": "ping"}] * 3


def test_4401_an_operation_before_the_beginning(client: Client) -> None:
    with connected(client) as socket:
        socket.subscribe("q", COUNT)
        assert socket.closed() == 4401


def test_4406_another_sub_protocol_or_none(client: Client) -> None:
    for offered in ([], ["graphql-ws"]):
        with client.http.websocket_connect("/graphql", offered) as session:
            assert session.accepted_subprotocol is None
            assert Socket(session).closed() == 4406


def test_4408_no_beginning_in_time(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = replace(StreamLimits(), init_timeout=0.001)
    monkeypatch.setattr(Front, "_stream_limits", lambda _self: limits)
    with serving(folder.settings) as client, connected(client) as socket:
        assert socket.closed() == 4408


def test_4409_a_name_that_is_in_use(socket: Socket) -> None:
    socket.subscribe("s", CHANGES)
    socket.subscribe("s", COUNT)
    assert socket.closed() == 4409


def test_4429_a_second_beginning(socket: Socket) -> None:
    socket.send(type="connection_init")
    assert socket.closed() == 4429


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "5",
        "{}",
        '{"type": 5}',
        '{"type": "start"}',
        '{"type": "next", "id": "1"}',
        '{"type": "connection_ack"}',
        '{"type": "ping", "payload": 5}',
        '{"type": "subscribe"}',
        '{"type": "subscribe", "id": "1"}',
        '{"type": "subscribe", "id": "1", "payload": {}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": 5}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{a}", "variables": []}}',
        '{"type": "subscribe", "id": "", "payload": {"query": "{a}"}}',
        '{"type": "subscribe", "id": 1, "payload": {"query": "{a}"}}',
        json.dumps({"type": "subscribe", "id": "x" * 257, "payload": {"query": "{a}"}}),
        '{"type": "complete"}',
        "[" * 50_000,
        '{"type": "ping\ud800"}',
    ],
)
def test_4400_what_is_no_message(socket: Socket, text: str) -> None:
    socket.session.send_text(text)
    assert socket.closed() == 4400


def test_4400_a_binary_message(socket: Socket) -> None:
    socket.session.send_bytes(b'{"type": "ping"}')
    assert socket.closed() == 4400


def test_1009_a_message_over_the_limit(folder: Folder) -> None:
    settings = folder.settings.model_copy(update={"max_body_bytes": 2000})
    with serving(settings) as client, initialised(client) as socket:
        socket.ask("q", COUNT + "#" * 1500)
        socket.subscribe("q", COUNT + "#" + "ü" * 1000)
        assert socket.closed() == 1009


def test_1001_when_the_process_ends_and_no_complete_so_that_clients_come_back(
    client: Client, socket: Socket
) -> None:
    socket.subscribe("1", CHANGES)
    socket.ask("q", COUNT)
    assert client.http.portal is not None
    client.http.portal.start_task_soon(client.gateway.streams.end, 30.0)
    closing = socket.session.receive()
    assert (closing["type"], closing["code"]) == ("websocket.close", 1001)


def test_one_operation_too_many_is_refused_until_another_ends(folder: Folder) -> None:
    settings = folder.settings.model_copy(update={"max_subscriptions": 2})
    with serving(settings) as client, initialised(client) as socket:
        for name in "12":
            socket.subscribe(name, SNAPSHOTS)
            socket.next(name)
        socket.subscribe("3", COUNT)
        message = socket.receive()
        assert (message["type"], message["id"]) == ("error", "3")
        assert message["payload"][0]["extensions"]["allowed"] == 2
        socket.send(type="complete", id="1")
        assert socket.ask("3", COUNT)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://testserver.evil.example",
        "http://testserver:8000",
        "null",
        "",
        "http://[",
    ],
)
def test_a_page_of_another_site_is_refused_before_the_handshake(
    client: Client, origin: str
) -> None:
    # Closing before accepting is what a server turns into HTTP's 403.
    with pytest.raises(WebSocketDisconnect), connected(client, origin=origin):
        pass


@pytest.mark.parametrize("origin", ["http://testserver", "https://TESTSERVER"])
def test_a_page_of_this_site_is_welcome(client: Client, origin: str) -> None:
    with connected(client, origin=origin) as socket:
        socket.send(type="connection_init")
        assert socket.receive() == {"type": "connection_ack"}


def test_who_hangs_up_leaves_nothing_behind(client: Client) -> None:
    with initialised(client) as socket:
        socket.subscribe("s", CHANGES)
        socket.subscribe("t", SNAPSHOTS)
        socket.next("t")
        assert client.gateway.repository.watch.listeners >= 1
    assert client.gateway.repository.watch.listeners == 0


def test_a_client_that_does_not_take_its_bytes_is_dropped(folder: Folder) -> None:
    """It takes the acknowledgement; then its window stays shut."""
    folder.add("_news/a.md")
    settings = folder.settings.model_copy(update={"send_timeout": 0.01})
    gateway = Gateway(settings, lambda: NOW)
    gateway.ingest()
    begin = [
        {"type": "websocket.connect"},
        {"type": "websocket.receive", "text": '{"type": "connection_init"}'},
        {
            "type": "websocket.receive",
            "text": json.dumps({"type": "subscribe", "id": "s", "payload": {"query": SNAPSHOTS}}),
        },
    ]
    taken: list[Message] = []

    async def receive() -> Message:
        return begin.pop(0) if begin else await asyncio.Future()

    async def send(message: Message) -> None:
        if "next" in message.get("text", ""):
            await asyncio.Future()
        taken.append(message)

    scope = {
        "type": "websocket",
        "path": "/graphql",
        "headers": [],
        "query_string": b"",
        "subprotocols": [SUBPROTOCOL],
    }
    asyncio.run(gateway.asgi()(scope, receive, send))
    assert [message["type"] for message in taken] == ["websocket.accept", "websocket.send"]
    assert gateway.repository.watch.listeners == 0
    gateway.close()


def test_an_unforeseen_error_closes_and_says_nothing(
    client: Client,
    socket: Socket,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("gateway.http.websocket.operation_from", fail)
    socket.subscribe("q", COUNT)
    with pytest.raises(WebSocketDisconnect) as caught:
        socket.receive()
    assert (caught.value.code, caught.value.reason) == (1011, "Internal error")
    logged = capsys.readouterr()
    assert "secret detail" in logged.out + logged.err
