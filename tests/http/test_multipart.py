"""@defer: the rest first, what was left for later in parts of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.schema.test_article import link
from tests.support.client import Client, serving
from tests.support.folder import Folder

PRESENT = "multipart/mixed;incrementalSpec=v0.2, application/json"
AUGUST_2022 = "multipart/mixed;deferSpec=20220824,application/graphql-response+json,*/*;q=0.1"

QUERY = """query ($later: Boolean! = true) { article(path: "_news/a.md") { title
  ... @defer(if: $later, label: "beside") { related { title article { title } } } } }"""

TITLE = {"article": {"title": "A"}}
BESIDE = {"related": [{"title": "Another one", "article": {"title": "B"}}]}


@pytest.fixture
def client(folder: Folder) -> Iterator[Client]:
    folder.add("_news/a.md", title="A", related=[link("https://example.org/b")])
    folder.add("_news/b.md", title="B", webUrl="https://example.org/b")
    with serving(folder.settings) as client:
        yield client


def parts(client: Client, accept: str, query: str = QUERY, **members: Any) -> list[Any]:
    headers = {"accept": accept}
    response = client.http.post("/graphql", json={"query": query, **members}, headers=headers)
    assert response.headers["content-type"].startswith('multipart/mixed; boundary="-"')
    preamble, *found, end = response.text.split("\r\n---")
    assert (preamble, end) == ("", "--\r\n")
    pieces = [part.split("\r\n\r\n", 1) for part in found]
    assert all(head == "\r\nContent-Type: application/json; charset=utf-8" for head, _ in pieces)
    return [json.loads(body) for _, body in pieces]


def test_the_present_form_names_what_is_pending(client: Client) -> None:
    assert parts(client, PRESENT) == [
        {
            "data": TITLE,
            "pending": [{"id": "0", "path": ["article"], "label": "beside"}],
            "hasNext": True,
        },
        {
            "incremental": [{"id": "0", "data": BESIDE}],
            "completed": [{"id": "0"}],
            "hasNext": False,
        },
    ]


def test_the_form_of_2022_says_where_each_part_belongs(client: Client) -> None:
    assert parts(client, AUGUST_2022) == [
        {"data": TITLE, "hasNext": True},
        {
            "incremental": [{"label": "beside", "path": ["article"], "data": BESIDE}],
            "hasNext": False,
        },
    ]


@pytest.mark.parametrize("accept", [PRESENT, AUGUST_2022])
def test_nothing_is_left_for_later_when_the_condition_is_false(client: Client, accept: str) -> None:
    (only,) = parts(client, accept, variables={"later": False})
    assert only == {"data": {"article": {"title": "A", **BESIDE}}, "hasNext": False}


@pytest.mark.parametrize("accept", ["application/json", "*/*", "application/graphql-response+json"])
def test_a_client_that_takes_no_parts_gets_everything_at_once(client: Client, accept: str) -> None:
    response = client.http.post("/graphql", json={"query": QUERY}, headers={"accept": accept})
    assert response.json() == {"data": {"article": {"title": "A", **BESIDE}}}


def test_a_query_without_defer_is_answered_as_ever(client: Client) -> None:
    headers = {"accept": AUGUST_2022}
    body = {"query": '{article(path: "_news/a.md") {title}}'}
    response = client.http.post("/graphql", json=body, headers=headers)
    assert response.headers["content-type"].startswith("application/graphql-response+json")
    assert response.json() == {"data": TITLE}


def test_stream_is_answered_at_once(client: Client) -> None:
    query = """{ article(path: "_news/a.md") { title
      related @stream(initialCount: 0) { title article { title } } } }"""
    assert client.data(query) == {"article": {"title": "A", **BESIDE}}


@pytest.mark.parametrize("accept", [PRESENT, AUGUST_2022])
def test_errors_in_a_deferred_part_stand_beside_it(client: Client, accept: str) -> None:
    query = """{ article(path: "_news/a.md") { title
      ... @defer { referencedBy(first: 101) { title } } } }"""
    first, last = parts(client, accept, query)
    assert first["data"] == TITLE
    (found,) = last.get("incremental", []) if accept == AUGUST_2022 else last["completed"]
    (error,) = found["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["path"] == ["article", "referencedBy"]
    assert not last["hasNext"]


def test_a_withheld_record_is_withheld_in_a_deferred_part_too(folder: Folder) -> None:
    folder.write("_news/unsealed.md", title="Secret")
    folder.add("_news/a.md")
    query = """{ articles { totalCount }
      ... @defer { article(path: "_news/unsealed.md") { title } } }"""
    with serving(folder.settings) as client:
        _, last = parts(client, PRESENT, query)
    assert "Secret" not in json.dumps(last)
    assert "RECORD_WITHHELD" in json.dumps(last)


def test_operations_that_are_refused_come_as_one_answer(client: Client) -> None:
    headers = {"accept": AUGUST_2022}
    body = {"query": "{ nonsense ... @defer { article(path: 5) { title } } }"}
    response = client.http.post("/graphql", json=body, headers=headers)
    assert response.status_code == 400
    codes = {error["extensions"]["code"] for error in response.json()["errors"]}
    assert codes == {"GRAPHQL_VALIDATION_FAILED"}


def test_variables_that_cannot_be_coerced_end_the_answer(client: Client) -> None:
    (only,) = parts(client, PRESENT, variables={"later": "x"})
    assert only["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert only["hasNext"] is False
