"""Whole responses that are sent again: to the same question, while nothing has changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.http.replies import CHANGING, IRRELEVANT, manner_of
from gateway.store.tables import rows
from tests.support.client import Client, serving
from tests.support.folder import Folder, replace_in
from tests.support.fuzz import bounded
from tests.support.publisher import NOW, YEAR, Publisher

TITLES = "{articles {edges {node {path title}}}}"
ONE = '{article(path: "_news/a.md") {title}}'
UNKEPT = {name.decode() for name in CHANGING}


@pytest.fixture
def client(folder: Folder) -> Iterator[Client]:
    folder.add("_news/a.md", title="First")
    with serving(folder.settings) as client:
        yield client


def hits(client: Client) -> int:
    return client.gateway.observation.sources.caches["replies"]()[0]


def ask(client: Client, query: str = TITLES, **headers: str) -> httpx2.Response:
    return client.http.post("/graphql", json={"query": query}, headers=headers)


def is_hit(client: Client, query: str = TITLES, **headers: str) -> bool:
    before = hits(client)
    ask(client, query, **headers)
    return hits(client) > before


def answers_nothing_at_once(client: Client) -> None:
    """Not even what is at hand."""
    assert client.gateway.repeats is not None
    client.gateway.repeats.maker = None


def constant(response: httpx2.Response) -> object:
    """All that a response says but for what differs each time."""
    kept = [pair for pair in response.headers.multi_items() if pair[0] not in UNKEPT]
    return response.status_code, sorted(kept), response.content


def test_the_same_question_gets_the_same_answer_without_being_read_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ask(client)

    def fail(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(client.gateway.repository, "reading", fail)
    again = ask(client)
    assert constant(again) == constant(first)
    assert hits(client) == 1


def scope_with(*headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"path": "/graphql", "method": "POST", "query_string": b"", "headers": list(headers)}


def test_the_order_of_names_is_no_part_of_the_question_that_of_lines_of_one_name_is() -> None:
    host, one, two = (b"host", b"a"), (b"accept", b"one"), (b"accept", b"two")
    manners = [
        manner_of(scope_with(*headers))
        for headers in ((host, one, two), (one, host, two), (one, two, host), (host, two, one))
    ]
    assert manners[0] == manners[1] == manners[2] != manners[3]


def test_a_request_with_a_token_has_no_manner_that_is_known() -> None:
    for at_once in (False, True):
        headers = ((b"host", b"a"), (b"authorization", b""))
        assert manner_of(scope_with(*headers), at_once=at_once) is None


def test_each_answer_has_a_request_id_of_its_own(client: Client) -> None:
    ids = {ask(client).headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3
    assert ask(client, **{"X-Request-ID": "mine"}).headers["x-request-id"] == "mine"
    assert hits(client) == 3


def test_what_is_sent_again_is_counted_as_a_request_and_an_operation(client: Client) -> None:
    for _ in range(3):
        ask(client)
    registry = client.gateway.observation.metrics.registry
    labels = {"method": "POST", "kind": "graphql", "status": "2xx"}
    assert registry.get_sample_value("sealgate_http_requests_total", labels) == 3
    labels = {"type": "query", "code": "OK"}
    assert registry.get_sample_value("sealgate_operations_total", labels) == 3
    assert registry.get_sample_value("sealgate_http_requests_in_flight") == 0


def test_it_counts_against_the_rate_of_the_client(folder: Folder) -> None:
    folder.add("_news/a.md")
    settings = folder.settings.model_copy(update={"rate_limit": 0.001, "rate_burst": 3})
    with serving(settings) as client:
        found = [ask(client) for _ in range(5)]
        assert [response.status_code for response in found] == [200, 200, 200, 429, 429]
        assert [r.headers["ratelimit"].split(";")[1] for r in found[:3]] == ["r=2", "r=1", "r=0"]
        assert hits(client) == 2 + 2  # found, and then refused all the same


@pytest.mark.parametrize(
    "query",
    ["{nothing}", '{article(path: "_news/gone.md") {title} withheld: article(path: 1) {title}}'],
)
def test_errors_are_not_kept(client: Client, query: str) -> None:
    assert "errors" in ask(client, query).json()
    assert not is_hit(client, query)


def test_the_reason_why_a_record_is_withheld_is_not_kept(folder: Folder) -> None:
    file = folder.add("_news/a.md", title="First")
    replace_in(file, "First", "Other")
    with serving(folder.settings) as client:
        assert client.error(ONE)["code"] == "RECORD_WITHHELD"
        assert not is_hit(client, ONE)


def test_what_looks_past_the_view_is_not_kept(client: Client) -> None:
    query = "{snapshot {id} changes(first: 1) {edges {cursor}}}"
    if "errors" in ask(client, query).json():
        query = "{changes(first: 1) {edges {cursor}}}"
    assert not is_hit(client, query)


def test_callers_with_a_token_neither_get_nor_leave_anything(client: Client) -> None:
    assert not is_hit(client, TITLES, authorization="Bearer x")
    assert not is_hit(client, TITLES, authorization="Bearer x")
    assert not is_hit(client)


VALUES = ("one", "*", "*/*;q=0", "true", "gzip", "cross-site", "https://a.example", "text/plain")


@pytest.fixture
def plain(folder: Folder) -> Iterator[Client]:
    folder.add("_news/a.md", title="First")
    update = {"reply_bytes": 0, "cors_origins": ("https://a.example",), "max_age": 60}
    with serving(folder.settings.model_copy(update=update)) as client:
        assert "replies" not in client.gateway.observation.sources.caches
        answers_nothing_at_once(client)
        yield client


def with_header(client: Client, method: str, name: str, value: str) -> object:
    headers = {name: value} if value else {}
    if method == "POST":
        return constant(client.http.post("/graphql", json={"query": TITLES}, headers=headers))
    return constant(client.http.get(f"/graphql?{urlencode({'query': TITLES})}", headers=headers))


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("name", sorted(IRRELEVANT - {b"connection", b"content-length"}))
def test_headers_that_are_no_part_of_the_question_decide_nothing(
    plain: Client, method: str, name: bytes
) -> None:
    """Asked of a gateway that keeps nothing: with such a header and without, all is the same."""
    without = with_header(plain, method, name.decode(), "")
    for value in VALUES:
        assert with_header(plain, method, name.decode(), value) == without


@pytest.mark.parametrize(
    "name", ["accept", "content-type", "if-none-match", "origin", "sec-fetch-site"]
)
def test_that_test_would_see_one_that_decides(plain: Client, name: str) -> None:
    found = [
        with_header(plain, method, name, value) == with_header(plain, method, name, "")
        for method in ("POST", "GET")
        for value in VALUES
    ]
    assert not all(found)


def test_a_changed_file_is_seen(client: Client, folder: Folder) -> None:
    assert "First" in ask(client).text
    folder.add("_news/a.md", title="Second")
    client.gateway.live.take_up_files()
    client.gateway.live.refresh()
    assert "Second" in ask(client).text


def test_a_revoked_key_is_obeyed(client: Client, folder: Folder) -> None:
    assert "First" in ask(client).text
    assert is_hit(client)
    (folder.keys / f"{folder.publisher.kid}.pub.jwk").unlink(missing_ok=True)
    for file in folder.keys.glob("*.jwk"):
        file.unlink()
    Publisher("k2").write_public(folder.keys)
    client.gateway.live.take_up_trust()
    answer = ask(client).json()
    assert answer["data"]["articles"]["edges"] == []


def test_a_key_that_ends_is_obeyed(folder: Folder) -> None:
    folder.add("_news/a.md", title="First")
    clock = [NOW]
    with serving(folder.settings, lambda: clock[0]) as client:
        assert "First" in ask(client).text
        assert is_hit(client)
        clock[0] += 3 * YEAR
        assert ask(client).json()["data"]["articles"]["edges"] == []


def test_a_row_that_somebody_changed_is_noticed(client: Client, folder: Folder) -> None:
    ask(client)
    assert is_hit(client)
    with client.gateway.store.writing() as connection:
        connection.execute(rows.update().values(body=b"other"))
    assert ask(client).json()["data"]["articles"]["edges"] == []


def test_old_answers_make_room_for_new_ones(folder: Folder) -> None:
    folder.add("_news/a.md", title="First" * 100)
    settings = folder.settings.model_copy(update={"reply_bytes": 160_000})
    with serving(settings) as client:
        queries = [f"query Q{number} {TITLES}" for number in range(40)]
        for query in queries:
            ask(client, query)
        assert is_hit(client, queries[-1])
        assert not is_hit(client, queries[0])


def test_an_answer_that_would_push_out_all_others_is_not_kept(folder: Folder) -> None:
    folder.add("_news/a.md", title="First" * 1000)
    settings = folder.settings.model_copy(update={"reply_bytes": 64_000})
    with serving(settings) as client:
        ask(client)
        assert not is_hit(client)


# A gateway that keeps responses beside one that keeps none: nobody can tell them apart.

QUERIES = (
    TITLES,
    ONE,
    "{articles {totalCount}}",
    "query($p: String!) {article(path: $p) {title}}",
    "query Q($p: String) {articles(first: 1, after: $p) {edges {cursor}}}",
    "{nothing}",
    "{changes(first: 1) {edges {cursor}}}",
)
HEADERS = {
    "content-type": ("application/json; charset=utf-8", "text/plain"),
    "accept": ("application/json", "application/graphql-response+json", "text/event-stream", "a/b"),
    "origin": ("https://a.example", "https://b.example", "null"),
    "sec-fetch-site": ("cross-site", "same-origin"),
    "apollo-require-preflight": ("true",),
    "if-none-match": ("*", '"x"'),
    "authorization": ("Bearer x", "Basic eDp5"),
    "content-encoding": ("gzip",),
    "user-agent": ("a", "b"),
    "x-forwarded-for": ("192.0.2.1",),
    "cookie": ("a=b",),
    "host": ("a.example", "b.example"),
    "access-control-request-method": ("POST",),
    "range": ("bytes=0-1",),
}


@dataclass(frozen=True)
class Question:
    """What all requests of an example ask; they differ in their headers."""

    method: str
    query: str
    variables: str | None

    def ask(self, http: Any, headers: dict[str, str]) -> httpx2.Response:
        variables = {} if self.variables is None else {"p": self.variables}
        members: dict[str, Any] = {"query": self.query, "variables": variables}
        response: httpx2.Response
        if self.method == "POST":
            response = http.post("/graphql", json=members, headers=headers)
        else:
            members["variables"] = json.dumps(variables)
            address = f"/graphql?{urlencode(members)}"
            response = http.request(self.method, address, headers=headers)
        return response


QUESTIONS = st.builds(
    Question,
    st.sampled_from(["POST", "POST", "GET", "HEAD"]),
    st.sampled_from(QUERIES),
    st.sampled_from([None, "_news/a.md", "_news/b.md"]),
)
LINES = st.sampled_from([(name, value) for name, values in HEADERS.items() for value in values])
LINE_SETS = st.lists(LINES, max_size=2).map(dict)
STEPS = st.lists(
    st.one_of(LINE_SETS, LINE_SETS, LINE_SETS, st.sampled_from(["edit", "tamper", "wait"])),
    min_size=6,
    max_size=16,
)


class World:
    """Gateways over the same files, with a store each. The first one answers nothing at once; the
    second one keeps no responses, but answers with what is at hand; the third one does both."""

    def __init__(self, folder: Folder, stack: ExitStack) -> None:
        self.folder = folder
        self.time = NOW
        self.edits = 0
        common = {"cors_origins": ("https://a.example",), "max_age": 60}
        self.clients = [
            stack.enter_context(
                serving(
                    folder.settings.model_copy(
                        update={
                            **common,
                            "reply_bytes": size,
                            "store": f"sqlite:///{folder.base}/{number}.db",
                        }
                    ),
                    lambda: self.time,
                )
            )
            for number, size in enumerate((0, 0, 1 << 22))
        ]
        answers_nothing_at_once(self.clients[0])
        reference, *others = (client.gateway for client in self.clients)
        # Their cursors are made with the key of each store.
        for gateway in others:
            gateway.repository.cursors = reference.repository.cursors

    def ask(self, question: Question, headers: dict[str, str]) -> None:
        reference, *others = [constant(question.ask(c.http, headers)) for c in self.clients]
        assert others == [reference, reference]

    def change(self, step: str) -> None:
        if step == "wait":
            self.time += YEAR // 2
        else:
            self._change(step)

    def _change(self, step: str) -> None:
        self.edits += 1
        file = self.folder.add("_news/a.md", title=f"Edit {self.edits}")
        if step == "tamper":
            replace_in(file, "Edit", "Forgery")
        for client in self.clients:
            client.gateway.live.take_up_files()
            client.gateway.live.refresh()


@pytest.mark.fuzz
@bounded(5)
@given(questions=st.lists(QUESTIONS, min_size=1, max_size=2), steps=STEPS)
def test_nobody_can_tell_that_responses_are_kept(
    questions: list[Question],
    steps: list[dict[str, str] | str],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = Folder(tmp_path_factory.mktemp("reuse") / "folder")
    folder.add("_news/a.md", title="First")
    folder.add("_news/b.md", title="Other")
    with ExitStack() as stack:
        world = World(folder, stack)
        for step in steps:
            if isinstance(step, str):
                world.change(step)
                continue
            for question in questions:
                world.ask(question, {})
                world.ask(question, step)
