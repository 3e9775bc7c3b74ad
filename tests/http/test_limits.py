"""Limits as clients meet them: costs that are told, a schema that is not."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from graphql import get_introspection_query

from gateway.errors import QueryError
from gateway.execution.weight import check_weight
from tests.support.client import Client, serving
from tests.support.folder import Folder

COUNT = "{articles {totalCount}}"
COST = {"cost": {"requested": 202, "limit": 25_000}}
ARTICLE = 'article(path: "_news/a.md") {title}'


def serve(folder: Folder, **changes: Any) -> Any:
    folder.add("_news/a.md")
    return serving(folder.settings.model_copy(update=changes))


def test_what_a_query_costs_is_said_if_it_is_to_be(folder: Folder) -> None:
    with serve(folder, announce_cost=True) as client:
        assert client.post(COUNT) == {"data": {"articles": {"totalCount": 1}}, "extensions": COST}
        assert client.post("{x}").keys() == {"errors"}


def test_tags_and_304_do_not_mind_the_announcement(folder: Folder) -> None:
    with serve(folder, announce_cost=True) as client:
        first = client.http.get("/graphql", params={"query": COUNT})
        assert first.json()["extensions"] == COST
        headers = {"if-none-match": first.headers["etag"]}
        second = client.http.get("/graphql", params={"query": COUNT}, headers=headers)
        assert second.status_code == 304


@pytest.mark.parametrize("form", ["deferSpec=20220824", "incrementalSpec=v0.2"])
def test_the_first_part_says_it_for_all(folder: Folder, form: str) -> None:
    query = '{article(path: "_news/a.md") {path ... @defer {title}}}'
    headers = {"accept": f"multipart/mixed;{form}, application/json"}
    with serve(folder, announce_cost=True) as client:
        text = client.http.post("/graphql", json={"query": query}, headers=headers).text
    assert text.count('"extensions":{"cost":{"requested":3,"limit":25000}}') == 1
    assert text.index('"cost"') < text.index('"hasNext":true')


def test_a_query_over_the_budget_is_refused_with_its_cost(folder: Folder) -> None:
    with serve(folder, max_cost=201) as client:
        extensions = client.error(COUNT)
    assert (extensions["limit"], extensions["found"], extensions["allowed"]) == ("cost", 202, 201)


def test_what_the_data_makes_longer_than_reckoned_is_refused_as_well(folder: Folder) -> None:
    """The document is admitted for lists of ten; a record of its own has more."""
    topics = [f"topic {number}" for number in range(120)]
    folder.add("_news/long.md", topics=topics)
    # What asks for the schema, too, is never left to a plan, which would answer this much.
    query = '{__type(name: "Topic") {name} article(path: "_news/long.md") {topics {name}}}'
    with serve(folder, max_cost=100) as client:
        document = client.post(query)
    assert "data" not in document
    assert document["errors"][0]["extensions"]["limit"] == "cost"


LONG = "A line of text, and one more.\n" * 3000  # 90 KB


@pytest.mark.parametrize(
    ("query", "by"),
    [
        ("{articles(first: 9) {edges {node {body}}}}", "a plan"),
        ('{__type(name: "Topic") {name} articles(first: 9) {edges {node {body}}}}', "the executor"),
        (
            '{article(path: "_news/0.md") {' + " ".join(f"b{n}: body" for n in range(9)) + "}}",
            "names",
        ),
    ],
)
def test_an_answer_that_is_too_long_is_refused_before_it_is_written(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, query: str, by: str
) -> None:
    written: list[int] = []
    dumps = orjson.dumps

    def noted(value: object) -> bytes:
        written.append(len(dumps(value)))
        return dumps(value)

    for number in range(9):
        folder.add(f"_news/{number}.md", body=LONG)
    with serve(folder, max_answer_bytes=len(LONG) * 8) as client:
        monkeypatch.setattr("gateway.http.response.orjson.dumps", noted)
        response = client.http.post("/graphql", json={"query": query})
        monkeypatch.undo()
        (error,) = response.json()["errors"]
        assert error["extensions"]["code"] == "OPERATION_TOO_LARGE"
        assert error["extensions"]["limit"] == "answer"
        assert max(written) < 2 * len(LONG)
        assert client.data(query.replace("first: 9", "first: 7").replace("b7: body b8: body", ""))


def test_a_deferred_part_that_is_too_long_is_refused_as_well(folder: Folder) -> None:
    folder.add("_news/0.md", body=LONG)
    aliases = " ".join(f"b{n}: body" for n in range(9))
    query = f'{{article(path: "_news/0.md") {{title ... @defer {{{aliases}}}}}}}'
    headers = {"accept": "multipart/mixed;incrementalSpec=v0.2, application/json"}
    with serve(folder, max_answer_bytes=len(LONG) * 8) as client:
        text = client.http.post("/graphql", json={"query": query}, headers=headers).text
    assert '"limit":"answer"' in text
    assert len(text) < 2000


def test_what_weighs_as_much_as_it_may_is_answered() -> None:
    document = {"data": {"a": "é" * 50, "b": [orjson.Fragment(b'"1234"'), 1, None]}}
    weight = 4 + 4 + 100 + 4 + 6 + 4 + 4 + 4
    check_weight(document, weight)
    with pytest.raises(QueryError):
        check_weight(document, weight - 1)


@pytest.fixture
def closed(folder: Folder) -> Any:
    with serve(folder, introspection=False) as client:
        yield client


@pytest.mark.parametrize(
    "query",
    [
        get_introspection_query(),
        "{__schema {queryType {name}}}",
        '{__type(name: "Query") {name}}',
        f"{{{ARTICLE} ...F}} fragment F on Query {{... {{x: __schema {{types {{name}}}}}}}}",
    ],
)
def test_a_schema_that_is_not_told(closed: Client, query: str) -> None:
    assert closed.error(query)["code"] == "INTROSPECTION_DISABLED"


def test_everything_else_is_answered_as_ever(closed: Client) -> None:
    assert closed.data(f"{{__typename {ARTICLE}}}")["__typename"] == "Query"


MISSPELT = [
    ("{articlez {totalCount}}", {}),
    ('{article(pathh: "x") {title}}', {}),
    ('{article(path: "x") {titel}}', {}),
    ("{article {... on Artikle {title}}}", {}),
    ("{content(where: {kind: {eq: ARTIKLE}}) {totalCount}}", {}),
    ("{content(where: {titel: {eq: 1}}) {totalCount}}", {}),
    ("query ($w: ContentWhere) {content(where: $w) {totalCount}}", {"w": {"titel": 1}}),
    ("query ($k: ContentKind) {content(where: {kind: {eq: $k}}) {totalCount}}", {"k": "ARTIKLE"}),
]


@pytest.mark.parametrize(("query", "variables"), MISSPELT)
def test_nor_is_it_told_by_suggestions(
    closed: Client, query: str, variables: dict[str, Any]
) -> None:
    document = closed.post(query, variables=variables)
    assert document["errors"]
    assert "Did you mean" not in str(document)


def test_with_introspection_a_misspelt_name_is_put_right(folder: Folder) -> None:
    with serve(folder) as client:
        found = [str(client.post(query, variables=given)) for query, given in MISSPELT]
    assert all("Did you mean" in text for text in found[:1])
