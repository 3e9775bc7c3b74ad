"""GraphQL over HTTP, as the specification has it and as clients try it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from graphql import build_client_schema, get_introspection_query

from tests.support.client import Client, serving
from tests.support.folder import Folder

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
COUNT = "{articles {totalCount}}"
ANSWER = {"data": {"articles": {"totalCount": 1}}}


@pytest.fixture
def client(folder: Folder) -> Iterator[Client]:
    folder.add("_news/a.md")
    with serving(folder.settings) as client:
        yield client


def test_post_answers_json(client: Client) -> None:
    response = client.http.post("/graphql", json={"query": COUNT})
    assert response.status_code == 200
    assert response.json() == ANSWER
    assert response.headers["content-type"] == f"{JSON}; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"


def test_get_answers_the_same(client: Client) -> None:
    query = "query Q($n: Int!) {articles(first: $n) {totalCount}}"
    parameters = urlencode({"query": query, "variables": '{"n": 0}', "operationName": "Q"})
    response = client.http.get(f"/graphql?{parameters}")
    assert (response.status_code, response.json()) == (200, ANSWER)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", JSON),
        ("*/*", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{JSON}, {GRAPHQL};q=0.9", JSON),
        (f"{GRAPHQL}, {JSON}, multipart/mixed", GRAPHQL),
        ("application/*", JSON),
        ("text/event-stream, application/json", JSON),
        (f"{GRAPHQL};charset=utf-8;q=bad, {JSON}", JSON),
    ],
)
def test_the_client_chooses_the_media_type(client: Client, accept: str, expected: str) -> None:
    response = client.http.post("/graphql", json={"query": COUNT}, headers={"accept": accept})
    assert response.json() == ANSWER
    assert response.headers["content-type"] == f"{expected}; charset=utf-8"


def test_a_client_that_takes_neither_type_is_told_which_there_are(client: Client) -> None:
    headers = {"accept": "image/png"}
    response = client.http.post("/graphql", json={"query": COUNT}, headers=headers)
    assert response.status_code == 406
    assert response.json()["errors"][0]["extensions"]["code"] == "NOT_ACCEPTABLE"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{articlez}", "GRAPHQL_VALIDATION_FAILED"),
        ("{articles {}}", "GRAPHQL_PARSE_FAILED"),
        ("query A {__typename} query B {__typename}", "OPERATION_NOT_FOUND"),
        ("fragment F on Query {__typename}", "OPERATION_NOT_FOUND"),
        ("mutation {x}", "OPERATION_NOT_FOUND"),
        ("{" + "a " * 5000 + "}", "OPERATION_TOO_LARGE"),
        ("query($n: Int!) {articles(first: $n) {totalCount}}", "BAD_USER_INPUT"),
    ],
)
@pytest.mark.parametrize(("accept", "status"), [(JSON, 200), (GRAPHQL, 400)])
def test_a_request_error_has_a_code_and_no_data(
    client: Client, query: str, code: str, accept: str, status: int
) -> None:
    response = client.http.post("/graphql", json={"query": query}, headers={"accept": accept})
    document = response.json()
    assert response.status_code == status
    assert "data" not in document
    assert {error["extensions"]["code"] for error in document["errors"]} == {code}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b"\xff",
        b"[" * 50_000,
        b'{"query": 1}',
        b'{"query": ""}',
        b'{"query": "{a}", "variables": []}',
        b'{"query": "{a}", "operationName": 1}',
        b'{"query": "{a}", "extensions": 1}',
        b'{"query": "\\ud800"}',
        b'{"x": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_body_that_is_no_request_is_a_bad_request(client: Client, body: bytes) -> None:
    response = client.http.post("/graphql", content=body, headers={"content-type": JSON})
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_types_that_browsers_send_across_origins_are_refused(
    client: Client, content_type: str
) -> None:
    headers = {"content-type": content_type}
    response = client.http.post("/graphql", content=b'{"query": "{a}"}', headers=headers)
    assert response.status_code == 415
    assert response.json()["errors"][0]["extensions"]["code"] == "MEDIA_TYPE_UNSUPPORTED"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_not_allowed(client: Client, method: str) -> None:
    response = client.http.request(method, "/graphql")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, POST"


def test_a_body_over_the_limit_is_refused_whether_or_not_it_says_so(client: Client) -> None:
    body = b'{"query": "' + b"a" * (1 << 17) + b'"}'

    def chunks() -> Iterator[bytes]:
        yield body[:1000]
        yield body[1000:]

    for content in (body, chunks()):
        response = client.http.post("/graphql", content=content, headers={"content-type": JSON})
        assert response.status_code == 413
        assert response.json()["errors"][0]["extensions"]["code"] == "BODY_TOO_LARGE"


def test_a_field_name_of_a_hundred_kilobytes_does_not_come_back(client: Client) -> None:
    response = client.http.post("/graphql", json={"query": "{" + "a" * 100_000 + "}"})
    assert len(response.content) < 2000


def test_an_unexpected_error_is_masked_and_logged_under_its_id(
    client: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(client.gateway.store, "read", fail)
    document = client.post('{article(path: "_news/a.md") {title}}')
    (error,) = document["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert "secret" not in str(document)
    logged = capsys.readouterr()
    assert error["extensions"]["errorId"] in logged.out + logged.err


def test_an_unexpected_error_before_execution_is_masked_too(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_now: int) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(client.gateway.repository, "reading", fail)
    document = client.post(COUNT)
    assert document["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "secret" not in str(document)


def test_a_store_that_does_not_answer_is_a_clear_error(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    client.gateway.store.engine.dispose()
    database = client.gateway.settings.store.removeprefix("sqlite:///")
    with open(database, "r+b") as file:
        file.truncate(0)
    assert client.error('{article(path: "_news/a.md") {title}}')["code"] == "STORE_DAMAGED"


def test_an_operation_that_takes_too_long_is_ended(folder: Folder) -> None:
    folder.add("_news/a.md")
    settings = folder.settings.model_copy(update={"deadline": 1e-9})
    with serving(settings) as client:
        assert client.error(COUNT)["code"] == "DEADLINE_EXCEEDED"


def test_every_answer_carries_the_request_id_that_the_log_has(client: Client) -> None:
    response = client.http.post(
        "/graphql", json={"query": COUNT}, headers={"x-request-id": "abc-1"}
    )
    assert response.headers["x-request-id"] == "abc-1"
    made_up = client.http.get("/healthz", headers={"x-request-id": "bad id\t"})
    assert made_up.headers["x-request-id"] != "bad id\t"
    assert len(made_up.headers["x-request-id"]) == 16


def test_the_introspection_of_tools_is_within_the_bounds(client: Client) -> None:
    query = get_introspection_query(
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
    )
    schema = build_client_schema(client.data(query))  # type: ignore[arg-type]
    assert schema.query_type is not None
    assert "articles" in schema.query_type.fields


def test_an_operation_name_of_any_length_is_cut_in_the_log(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "N" * 50_000
    client.post(f"query {name} {COUNT}", operationName=name)
    logged = capsys.readouterr()
    assert len(logged.out + logged.err) < 1000
