"""Whatever a client sends, it gets an answer that blames the right one: no failure of ours."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import ASGIApp, Message

from gateway.app import Gateway
from gateway.errors import Reason
from gateway.repository.cursor import Cursor
from schema.node import encode_id
from tests.support.asgi import Heard, ask, converse
from tests.support.folder import Folder
from tests.support.fuzz import fuzz
from tests.support.mutations import each_changed_once, mutated, mutated_json
from tests.support.parser import shown
from tests.support.publisher import NOW
from tests.support.site import build_site

T = TypeVar("T")

JSON_HEADERS = ((b"content-type", b"application/json"),)
# Neither a failure of ours, nor an operation that waits for what never comes.
CODES = frozenset(Reason) - {Reason.INTERNAL, Reason.DEADLINE_EXCEEDED, Reason.OVERLOADED}
STATUS = frozenset({200, 304, 400, 401, 403, 405, 406, 413, 414, 415})

LISTS = """query ($first: Int, $after: String, $last: Int, $before: String, $where: ContentWhere,
  $orderBy: [ContentOrder!], $search: String) {
  content(first: $first, after: $after, last: $last, before: $before, where: $where,
    orderBy: $orderBy, search: $search) {
    totalCount edges { cursor node { path title } match { score snippet { text isHit } } }
    facets { topics { topic { name } count } published(interval: WEEK) { count } }
  }
}"""
NAMES = """query ($id: ID, $ids: [ID!]!, $url: String, $urls: [String!]!, $paths: [String!]!,
  $name: String!, $one: ID!, $since: String, $after: String, $first: Int!) {
  article(id: $id, url: $url) { path } node(id: $one) { id } nodes(ids: $ids) { id }
  articlesByUrl(urls: $urls) { path } contentByPath(paths: $paths) { path }
  topic(name: $name) { name } provider(name: $name, domain: $name) { name }
  changes(since: $since, first: $first) { cursor events { path kind } }
  withheld(first: $first, after: $after) { path reason }
}"""
WHERE = {
    "path": {"startsWith": "_", "ne": "a", "isNull": False},
    "kind": {"in": ["ARTICLE", "VIDEO"]},
    "title": {"contains": "se", "gt": "A", "notIn": ["x"]},
    "topics": {"any": ["AI"], "all": ["Canvas apps"], "none": ["x"]},
    "provider": {"name": {"eq": "Example News"}},
    "publishedDateTime": {"gte": "2020-01-01T00:00:00Z", "in": ["2026-03-04T09:15:00+01:00"]},
    "heat": {"lt": 100, "isNull": False},
    "hasImage": True,
    "related": {"some": {"title": {"contains": "a"}}, "none": {"quality": {"eq": 1}}},
    "and": [{"or": [{"not": {"title": {"eq": "x"}}}]}],
}
ORDER = [{"published": "DESC"}, {"title": "ASC"}, {"heat": "ASC"}]
WORDS = (
    "", "seal*", '"a seal"', "\0", "9" * 30, "ARTICLE", "DESC", "2026-03-04T09:15:00Z", "\ud83d",
    "_news/a.md", "where", "eq", 2**31 - 1, -(2**31), 0.5, 1e300,
)  # fmt: skip


class Site:
    """A gateway with records of every kind, and the loop it runs in."""

    def __init__(self, gateway: Gateway, runner: asyncio.Runner) -> None:
        self.app: ASGIApp = gateway.asgi()
        self._runner = runner
        cursors = gateway.repository.cursors
        self.cursor = cursors.encode(Cursor(1, "_news/a.md", "0"))
        self.since = cursors.encode_seq("demo", 1, 1)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def post(self, body: bytes) -> Heard:
        return self.run(ask(self.app, body=body))

    def requests(self) -> list[dict[str, Any]]:
        ids = [encode_id("Article", "demo", "_news/a.md"), encode_id("Topic", "demo", "Power Apps")]
        names = {
            "id": ids[0], "ids": ids, "url": None, "urls": ["https://news.example.org/seal"],
            "paths": ["_news/a.md", "_learning/videos/rows.md"], "name": "AI", "one": ids[1],
            "since": self.since, "after": "a", "first": 2,
        }  # fmt: skip
        lists = {"first": 2, "where": WHERE, "orderBy": ORDER, "search": 'seal* "a seal"'}
        paged = {"last": 2, "before": self.cursor, "orderBy": []}
        return [
            {"query": LISTS, "variables": lists},
            {"query": LISTS, "variables": paged},
            {"query": NAMES, "variables": names, "operationName": None},
        ]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = Folder(tmp_path_factory.mktemp("site"))
    build_site(folder)
    gateway = Gateway(folder.settings, lambda: NOW)
    gateway.ingest()
    with asyncio.Runner() as runner:
        yield Site(gateway, runner)
    gateway.close()


def judge(heard: Heard) -> dict[str, Any]:
    """The answer, if it is in JSON; whose fault its errors are is always known."""
    assert heard.status in STATUS, (heard.status, heard.body)
    if b"json" not in (heard.header(b"content-type") or b""):
        return {}
    document: dict[str, Any] = json.loads(heard.body)
    judge_errors(document.get("errors", []))
    assert "data" in document or document["errors"]
    return document


def judge_errors(errors: list[dict[str, Any]]) -> None:
    for error in errors:
        assert error["extensions"]["code"] in CODES, error
        assert error["message"]


def test_the_seeds_are_answered(site: Site) -> None:
    first, second, third = [judge(site.post(json.dumps(r).encode())) for r in site.requests()]
    assert first["data"]["content"]["totalCount"] >= 0
    assert second["errors"][0]["extensions"]["code"] in {"CURSOR_INVALID", "CURSOR_EXPIRED"}
    assert third["data"]["node"] is not None
    assert third["data"]["changes"] is not None
    assert "errors" not in first


PERSISTED = {"persistedQuery": {"version": 1, "sha256Hash": "00"}}
SMALL = {
    "query": "query A($a: Int) {topics(first: 1) {name} __typename}", "operationName": "A",
    "variables": {"a": 1}, "extensions": PERSISTED, "documentId": "a",
}  # fmt: skip


def test_one_thing_wrong_in_any_place_of_a_request_is_the_clients_fault(site: Site) -> None:
    for changed in each_changed_once(SMALL):
        with shown(changed):
            judge(site.post(changed))


def test_one_thing_wrong_in_any_place_of_a_frame_ends_the_connection_or_is_answered(
    site: Site,
) -> None:
    for frame in FRAMES:
        for changed in each_changed_once(frame | {"payload": SMALL} if "id" in frame else frame):
            with shown(changed):
                for message in site.run(converse(site.app, [INIT, changed.decode()], LAST))[1:]:
                    judge_message(message)


@fuzz
@given(data=st.data())
def test_variables_of_any_kind_are_the_clients_fault(site: Site, data: st.DataObject) -> None:
    request = data.draw(st.sampled_from(site.requests()))
    variables = data.draw(mutated_json([request["variables"]], *WORDS, site.cursor, site.since))
    head = json.dumps({"query": request["query"]}).encode()
    judge(site.post(head[:-1] + b',"variables":' + variables + b"}"))


BODY_WORDS = (
    b'"query":', b'"variables":', b'"extensions":', b'"id":"a",', b"{", b"}", b"[", b"]", b"null",
    b'"persistedQuery":{"version":1,"sha256Hash":"00"},', b"...", b"@include(if: $a)", b"(",
    b"... on Article", b"__typename ", b"a: ", b'\\"\\"\\"', b"#", b"\\u", b"@defer",
    b"subscription",
)  # fmt: skip


@fuzz
@given(data=st.data())
def test_any_body_is_answered(site: Site, data: st.DataObject) -> None:
    requests = site.requests()
    seeds = [json.dumps(request).encode() for request in requests]
    bodies = mutated(seeds, BODY_WORDS) | mutated_json([*requests, requests], *WORDS)
    judge(site.post(data.draw(bodies | st.binary(max_size=300))))


URLS = tuple(
    "&".join(f"{name}={quote(value)}" for name, value in members.items()).encode()
    for members in (
        {"query": "{articles{totalCount}}", "operationName": ""},
        {"query": LISTS, "variables": json.dumps({"first": 1, "where": WHERE})},
        {"extensions": '{"persistedQuery":{"version":1,"sha256Hash":"00"}}', "id": "a"},
        {"query": "subscription {snapshotChanged {id}}"},
    )
)
URL_WORDS = (b"&", b"=", b"%", b"%00", b"%ff", b"%ED%A0%80", b"+", b";", b"query=", b"?", b"#")


@fuzz
@given(
    query=mutated(URLS, URL_WORDS) | st.binary(max_size=200),
    method=st.sampled_from(["GET", "GET", "HEAD", "POST", "DELETE", "OPTIONS"]),
)
def test_any_url_is_answered(site: Site, query: bytes, method: str) -> None:
    heard = site.run(ask(site.app, method=method, query=query, headers=()))
    if method == "HEAD":
        assert heard.body == b""
    else:
        judge(heard)


HEADERS: dict[bytes, bytes] = {
    b"accept": b"application/graphql-response+json;q=0.9, application/json, text/*;q=0",
    b"content-type": b'application/json; charset="utf-8"',
    b"content-length": b"40",
    b"content-encoding": b"identity",
    b"if-none-match": b'W/"0123", "abc"',
    b"origin": b"https://www.example.org",
    b"host": b"127.0.0.1:8000",
    b"sec-fetch-site": b"same-origin",
    b"x-request-id": b"0123-abc",
    b"x-forwarded-for": b"192.0.2.1, [2001:db8::1]:80",
    b"authorization": b"Bearer a.b.c",
    b"cookie": b"a=b",
}
TYPES = (b"multipart/mixed;deferSpec=20220824", b"text/event-stream", b"text/html", b"*/*")
HEADER_WORDS = (
    b",", b";", b"=", b'"', b"q=", b"q=nan", b"q=1e9", b"/", b"*", b"W/", b" ", b"\t", b":",
    b"\xb2", b"cross-site", b"null", b"http://[", *TYPES,
)  # fmt: skip
_NAMES = st.sampled_from(sorted(HEADERS))
_LINES = _NAMES.flatmap(
    lambda name: st.tuples(
        st.just(name),
        (mutated([HEADERS[name], *TYPES], HEADER_WORDS) | st.binary(max_size=40)).map(
            lambda value: value.replace(b"\0", b"").replace(b"\r", b"").replace(b"\n", b"")
        ),
    )
)
ASKED = json.dumps({"query": "{articles{totalCount} ...@defer{topics{name}}}"}).encode()
CHANGES = json.dumps({"query": "subscription {snapshotChanged {id}}"}).encode()


@fuzz
@given(
    lines=st.lists(_LINES, min_size=1, max_size=4),
    method=st.sampled_from(["GET", "POST"]),
    body=st.sampled_from([ASKED, CHANGES]),
)
def test_any_headers_are_answered(
    site: Site, lines: list[tuple[bytes, bytes]], method: str, body: bytes
) -> None:
    url = b"query=%7Barticles%7BtotalCount%7D%7D" if method == "GET" else b""
    headers = lines if method == "GET" else [*JSON_HEADERS, *lines]
    judge(site.run(ask(site.app, method=method, query=url, headers=headers, body=body)))


LAST = ('{"type":"subscribe","id":"last","payload":{"query":"{articles{totalCount}}"}}',)
INIT = '{"type":"connection_init"}'
FRAMES: tuple[dict[str, Any], ...] = (
    {"type": "connection_init", "payload": {"authorization": "Bearer a.b.c"}},
    {"type": "ping", "payload": {"a": 1}},
    {"type": "pong"},
    {"type": "subscribe", "id": "1", "payload": {"query": "{articles{totalCount}}"}},
    {
        "type": "subscribe",
        "id": "2",
        "payload": {
            "query": "subscription ($w: ContentWhere) {articleChanged(where: $w) {path}}",
            "variables": {"w": WHERE},
            "extensions": {"persistedQuery": {"version": 1, "sha256Hash": "00"}},
        },
    },
    {"type": "subscribe", "id": "1", "payload": {"query": "subscription {snapshotChanged {id}}"}},
    {"type": "complete", "id": "1"},
)
TEXTS = tuple(json.dumps(frame).encode() for frame in FRAMES)
_FRAMES = (
    mutated_json(FRAMES, *WORDS).map(lambda frame: frame.decode("utf-8", "replace"))
    | mutated(TEXTS, BODY_WORDS).map(lambda frame: frame.decode("utf-8", "replace"))
    | st.sampled_from(TEXTS).map(bytes.decode)
    | st.binary(max_size=20)
)
# Those of the sub-protocol, and TOO_BIG of RFC 6455; never 1011, which is our failure.
CLOSED = frozenset({1009, 4400, 4401, 4403, 4409, 4429})


@fuzz
@given(frames=st.lists(_FRAMES, max_size=6), greeted=st.booleans())
def test_any_frames_are_answered_or_end_the_connection(
    site: Site, frames: list[str | bytes], greeted: bool
) -> None:
    first: list[str | bytes] = [INIT] if greeted else []
    sent = site.run(converse(site.app, [*first, *frames], LAST))
    assert sent[0]["type"] == "websocket.accept"
    for message in sent[1:]:
        judge_message(message)
    assert sent[-1]["type"] == "websocket.close" or '"id":"last"' in sent[-1]["text"]


def judge_message(message: Message) -> None:
    if message["type"] == "websocket.close":
        assert message["code"] in CLOSED, message
        return
    said = json.loads(message["text"])
    assert said["type"] in {"connection_ack", "ping", "pong", "next", "error", "complete"}
    payload = said.get("payload", {})
    judge_errors(payload if said["type"] == "error" else payload.get("errors", []))
