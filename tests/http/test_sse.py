"""GraphQL over server-sent events, distinct connections mode."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.types import Message

from gateway.app import Gateway
from tests.support.client import Client, serving
from tests.support.folder import Folder
from tests.support.publisher import NOW

EVENTS = "text/event-stream"
COUNT = "{articles {totalCount}}"
CHANGES = "subscription {articleChanged {kind path record {... on Article {title}}}}"
SNAPSHOTS = "subscription {snapshotChanged {id recordCount}}"


@pytest.fixture
def client(folder: Folder) -> Iterator[Client]:
    folder.add("_news/a.md", title="A")
    with serving(folder.settings) as client:
        yield client


class Stream:
    def __init__(self, lines: Iterator[str]) -> None:
        self.lines = lines

    def event(self) -> tuple[str, str]:
        """Name and data of the next event; comments are passed over."""
        fields: dict[str, str] = {}
        for line in self.lines:
            if not line and fields:
                return fields["event"], fields["data"]
            name, _, value = line.partition(":")
            if name:
                fields[name] = value.removeprefix(" ")
        raise AssertionError("the stream has ended")

    def next(self) -> Any:
        """The data of the next event, which must be an answer."""
        name, data = self.event()
        assert name == "next"
        return json.loads(data)["data"]


@contextmanager
def streaming(client: Client, query: str, accept: str = EVENTS) -> Iterator[Stream]:
    """A subscription over POST; it has begun when the headers are there."""
    body, headers = {"query": query}, {"accept": accept}
    with client.http.stream("POST", "/graphql", json=body, headers=headers) as response:
        assert response.status_code == 200
        assert response.headers["content-type"] == f"{EVENTS}; charset=utf-8"
        assert response.headers["cache-control"] == "no-cache"
        yield Stream(response.iter_lines())


def whole(client: Client, query: str) -> bytes:
    """All bytes of a stream that ends by itself."""
    response = client.http.post("/graphql", json={"query": query}, headers={"accept": EVENTS})
    assert response.status_code == 200
    return response.content


def publish(folder: Folder, client: Client) -> None:
    folder.add("_news/b.md", title="B")
    client.gateway.ingest()


def test_a_subscription_is_told_what_changes(folder: Folder, client: Client) -> None:
    with streaming(client, CHANGES) as stream:
        publish(folder, client)
        published = {"kind": "PUBLISH", "path": "_news/b.md", "record": {"title": "B"}}
        assert stream.next() == {"articleChanged": published}


def test_get_is_as_good_as_post(folder: Folder, client: Client) -> None:
    url = f"/graphql?{urlencode({'query': SNAPSHOTS})}"
    with client.http.stream("GET", url, headers={"accept": EVENTS}) as response:
        stream = Stream(response.iter_lines())
        assert stream.next() == {"snapshotChanged": {"id": 1, "recordCount": 1}}
        publish(folder, client)
        assert stream.next() == {"snapshotChanged": {"id": 2, "recordCount": 2}}


def test_a_revoked_key_withdraws_over_an_open_stream(folder: Folder, client: Client) -> None:
    with streaming(client, CHANGES) as stream:
        folder.publisher.write_public(folder.keys, revoked={"revoked_at": NOW, "reason": "lost"})
        client.gateway.live.take_up_trust()
        client.gateway.live.refresh()
        withdrawn = {"kind": "WITHDRAW", "path": "_news/a.md", "record": None}
        assert stream.next() == {"articleChanged": withdrawn}


def test_a_query_is_one_event_and_the_end_in_these_bytes(client: Client) -> None:
    assert whole(client, COUNT) == (
        b":\n\n"
        b'event: next\ndata: {"data":{"articles":{"totalCount":1}}}\n\n'
        b"event: complete\ndata:\n\n"
    )


def test_line_breaks_in_content_stay_within_an_event(folder: Folder, client: Client) -> None:
    folder.add("_news/b.md", title="one\ntwo\r\n\nevent: next\u2028three")
    client.gateway.ingest()
    content = whole(client, '{article(path: "_news/b.md") {title}}')
    assert content.count(b"event: next\ndata: ") == 1
    (line,) = [line for line in content.split(b"\n") if line.startswith(b"data: ")]
    title = json.loads(line.removeprefix(b"data: "))["data"]["article"]["title"]
    assert title == "one\ntwo\r\n\nevent: next\u2028three"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("subscription {nothing}", "GRAPHQL_VALIDATION_FAILED"),
        ("mutation {x}", "OPERATION_NOT_FOUND"),
        ("subscription {articleChanged(where: {title: null}) {path}}", "BAD_USER_INPUT"),
        ("subscription($w: ContentWhere!) {articleChanged(where: $w) {path}}", "BAD_USER_INPUT"),
    ],
)
def test_an_operation_that_cannot_begin_is_told_in_an_event(
    client: Client, query: str, code: str
) -> None:
    """Browsers show nothing of a response whose status is not 200 to whoever opened the stream."""
    stream = Stream(iter(whole(client, query).decode().split("\n")))
    name, data = stream.event()
    document = json.loads(data)
    assert (name, list(document)) == ("next", ["errors"])
    assert {error["extensions"]["code"] for error in document["errors"]} == {code}
    assert stream.event() == ("complete", "")


def test_what_is_not_even_a_request_is_refused_by_its_status(client: Client) -> None:
    headers = {"accept": EVENTS, "content-type": "application/json"}
    response = client.http.post("/graphql", content=b"{", headers=headers)
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize(
    "accept",
    [
        "application/graphql-response+json, application/json, text/event-stream, multipart/mixed",
        "application/json, text/event-stream;q=0.1",
    ],
)
def test_a_subscription_is_streamed_to_whoever_takes_events_at_all(
    client: Client, accept: str
) -> None:
    with streaming(client, SNAPSHOTS, accept) as stream:
        assert stream.next() == {"snapshotChanged": {"id": 1, "recordCount": 1}}


@pytest.mark.parametrize("accept", ["application/json", "*/*", "", "text/event-stream;q=0, */*"])
def test_a_subscription_without_a_stream_is_refused_and_says_what_to_do(
    client: Client, accept: str
) -> None:
    response = client.http.post("/graphql", json={"query": SNAPSHOTS}, headers={"accept": accept})
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "OPERATION_NOT_FOUND"
    assert "text/event-stream" in error["extensions"]["hint"]


def test_a_query_is_streamed_only_to_whoever_prefers_it(client: Client) -> None:
    headers = {"accept": "application/json;q=0.5, text/event-stream"}
    response = client.http.post("/graphql", json={"query": COUNT}, headers=headers)
    assert response.headers["content-type"].startswith(EVENTS)


def test_comments_keep_the_stream_alive_while_nothing_happens(folder: Folder) -> None:
    settings = folder.settings.model_copy(update={"heartbeat": 0.001})
    with serving(settings) as client, streaming(client, CHANGES) as stream:
        assert [next(stream.lines) for _ in range(6)] == [":", ""] * 3


def test_the_stream_completes_when_the_process_ends(client: Client) -> None:
    with streaming(client, CHANGES) as stream:
        assert client.http.portal is not None
        client.http.portal.start_task_soon(client.gateway.streams.end, 30.0)
        assert stream.event() == ("complete", "")
        assert list(stream.lines) == []


def test_an_error_of_the_source_is_the_last_answer(
    folder: Folder, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret detail")

    with streaming(client, CHANGES) as stream:
        monkeypatch.setattr("gateway.repository.follower.fitting", fail)
        publish(folder, client)
        name, data = stream.event()
        assert name == "next"
        assert json.loads(data)["errors"][0]["extensions"]["code"] == "INTERNAL"
        assert "secret" not in data
        assert stream.event() == ("complete", "")


class Wire:
    """A connection below HTTP, whose client takes so many messages and then no more."""

    def __init__(self, takes: int) -> None:
        self.takes = takes
        self.taken: list[Message] = []
        self.gone = asyncio.Event()
        self._asked = False

    async def receive(self) -> Message:
        if self._asked:
            await self.gone.wait()
            return {"type": "http.disconnect"}
        self._asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(self, message: Message) -> None:
        if len(self.taken) == self.takes:
            await asyncio.Future()
        self.taken.append(message)


def ask(gateway: Gateway, wire: Wire) -> None:
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/graphql",
        "query_string": urlencode({"query": SNAPSHOTS}).encode(),
        "headers": [(b"accept", EVENTS.encode())],
    }
    asyncio.run(gateway.asgi()(scope, wire.receive, wire.send))
    assert gateway.repository.watch.listeners == 0


@pytest.fixture
def gateway(folder: Folder) -> Iterator[Gateway]:
    folder.add("_news/a.md")
    settings = folder.settings.model_copy(update={"send_timeout": 0.01})
    gateway = Gateway(settings, lambda: NOW)
    gateway.ingest()
    yield gateway
    gateway.close()


@pytest.mark.parametrize("takes", [0, 1, 2, 3])
def test_a_client_that_does_not_take_its_bytes_is_dropped(gateway: Gateway, takes: int) -> None:
    wire = Wire(takes)
    ask(gateway, wire)
    assert len(wire.taken) == takes
    assert b"complete" not in b"".join(message.get("body", b"") for message in wire.taken)


def test_who_hangs_up_leaves_nothing_behind(gateway: Gateway) -> None:
    wire = Wire(takes=100)
    wire.gone.set()
    ask(gateway, wire)
