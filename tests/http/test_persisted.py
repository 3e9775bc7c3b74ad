"""Automatic persisted queries, as Apollo's clients speak them."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.client import Client, serving
from tests.support.folder import Folder
from tests.support.fuzz import fuzz

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
COUNT = "{articles {totalCount}}"
ANSWER = {"data": {"articles": {"totalCount": 1}}}


def digest(query: str) -> str:
    return sha256(query.encode()).hexdigest()


def named(text: str, /, **members: Any) -> dict[str, Any]:
    """A request that names a document by its hash."""
    return {
        "extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest(text)}},
        **members,
    }


@pytest.fixture
def client(folder: Folder) -> Iterator[Client]:
    folder.add("_news/a.md")
    with serving(folder.settings) as client:
        yield client


def get(client: Client, members: dict[str, Any], **headers: str) -> Any:
    given = {
        name: value if isinstance(value, str) else orjson.dumps(value).decode()
        for name, value in members.items()
    }
    return client.http.get(f"/graphql?{urlencode(given)}", headers=headers)


def post(client: Client, members: dict[str, Any], **headers: str) -> Any:
    return client.http.post("/graphql", json=members, headers=headers)


def code(response: Any) -> str:
    (error,) = response.json()["errors"]
    return str(error["extensions"]["code"])


@pytest.mark.parametrize("first", [get, post])
@pytest.mark.parametrize("second", [get, post])
def test_a_document_is_sent_once_and_named_from_then_on(
    client: Client, first: Any, second: Any
) -> None:
    assert code(first(client, named(COUNT))) == "PERSISTED_QUERY_NOT_FOUND"
    assert first(client, named(COUNT, query=COUNT)).json() == ANSWER
    assert second(client, named(COUNT)).json() == ANSWER


@pytest.mark.parametrize(("accept", "status"), [(JSON, 200), (GRAPHQL, 400)])
def test_an_unknown_hash_is_told_as_clients_expect_and_kept_by_no_cache(
    client: Client, accept: str, status: int
) -> None:
    response = get(client, named(COUNT), accept=accept)
    assert response.status_code == status
    assert response.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert response.headers["cache-control"] == "no-store"


def test_a_null_or_empty_query_beside_a_hash_is_none(client: Client) -> None:
    post(client, named(COUNT, query=COUNT))
    for query in (None, ""):
        assert post(client, named(COUNT, query=query)).json() == ANSWER


def test_variables_and_the_operation_name_are_each_request_s_own(client: Client) -> None:
    query = "query A($n: Int) {articles(first: $n) {edges {node {path}}}} query B {__typename}"
    post(client, named(query, query=query, operationName="B"))
    found = post(client, named(query, operationName="A", variables={"n": 0})).json()
    assert found == {"data": {"articles": {"edges": []}}}
    assert code(post(client, named(query))) == "OPERATION_NOT_FOUND"


def test_the_hash_of_another_text_is_refused(client: Client) -> None:
    response = post(client, named("{__typename}", query=COUNT))
    assert code(response) == "PERSISTED_QUERY_HASH_MISMATCH"
    assert code(post(client, named("{__typename}"))) == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize(
    "persisted",
    [
        1,
        "x",
        [],
        {},
        {"version": 2, "sha256Hash": digest(COUNT)},
        {"version": 1},
        {"version": 1, "sha256Hash": ""},
        {"version": 1, "sha256Hash": 1},
    ],
)
def test_another_protocol_is_a_bad_request(client: Client, persisted: Any) -> None:
    members = {"query": COUNT, "extensions": {"persistedQuery": persisted}}
    response = post(client, members)
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    "query",
    [
        "{",
        "{articlez}",
        "mutation {x}",
        "fragment F on Query {__typename}",
        "{" + "a: __typename " * 600 + "}",
        "query " + "($v: Int = " + "[" * 40 + "]" * 40 + ") {__typename}",
    ],
)
def test_what_could_not_be_executed_is_not_remembered(client: Client, query: str) -> None:
    assert "errors" in post(client, named(query, query=query)).json()
    assert code(post(client, named(query))) == "PERSISTED_QUERY_NOT_FOUND"


def test_a_text_that_nobody_gave_to_remember_is_not_remembered(client: Client) -> None:
    post(client, {"query": COUNT})
    assert code(post(client, named(COUNT))) == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize("method", [get, post])
def test_a_gateway_that_remembers_nothing_says_so(folder: Folder, method: Any) -> None:
    folder.add("_news/a.md")
    settings = folder.settings.model_copy(update={"persisted_bytes": 0})
    with serving(settings) as client:
        response = method(client, named(COUNT))
        assert code(response) == "PERSISTED_QUERY_NOT_SUPPORTED"
        assert response.json()["errors"][0]["message"] == "PersistedQueryNotSupported"
        assert method(client, named(COUNT, query=COUNT)).json() == ANSWER
        assert code(method(client, named(COUNT))) == "PERSISTED_QUERY_NOT_SUPPORTED"


def test_a_conditional_get_may_name_its_document(client: Client) -> None:
    tag = get(client, named(COUNT, query=COUNT)).headers["etag"]
    held = {"if-none-match": tag}
    assert get(client, named(COUNT), **held).status_code == 304
    assert get(client, {"query": COUNT}, **held).status_code == 304


def test_a_browser_that_names_a_document_gets_its_answer(client: Client) -> None:
    post(client, named(COUNT, query=COUNT))
    response = get(client, named(COUNT), accept="text/html,application/json")
    assert response.json() == ANSWER


def test_what_is_remembered_over_http_can_be_named_on_a_websocket(client: Client) -> None:
    post(client, named(COUNT, query=COUNT))
    with client.http.websocket_connect("/graphql", ["graphql-transport-ws"]) as socket:
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json() == {"type": "connection_ack"}
        socket.send_json({"id": "1", "type": "subscribe", "payload": named(COUNT)})
        assert socket.receive_json() == {"id": "1", "type": "next", "payload": ANSWER}
        assert socket.receive_json() == {"id": "1", "type": "complete"}
        socket.send_json({"id": "1", "type": "subscribe", "payload": named("{__typename}")})
        (error,) = socket.receive_json()["payload"]
        assert error["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


CAPACITY = 4096


@pytest.fixture
def small(folder: Folder) -> Iterator[Client]:
    settings = folder.settings.model_copy(update={"persisted_bytes": CAPACITY, "reply_bytes": 0})
    with serving(settings) as client:
        yield client


@fuzz
@given(texts=st.lists(st.integers(0, 1000), min_size=1, max_size=20))
def test_no_client_makes_us_remember_more_than_the_setting_allows(
    small: Client, texts: list[int]
) -> None:
    """The last text is there if it fits; in all no more than the bytes that are allowed."""
    known = []
    for size in texts:
        query = "{__typename}" + "#" * size
        assert "data" in post(small, named(query, query=query)).json()
        known.append(query)
    kept = {query for query in known if "data" in post(small, named(query)).json()}
    assert sum(512 + 4 * len(query) for query in kept) <= CAPACITY
    assert (known[-1] in kept) == (512 + 4 * len(known[-1]) <= CAPACITY)
