"""The filter language as clients write it; what it finds is checked by tests/index."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.schema.test_article import link
from tests.support.client import Client, serving
from tests.support.folder import Folder

FIND = """query ($where: ContentWhere) {
  articles(where: $where, orderBy: [{title: ASC}]) { edges { node { title } } } }"""


@pytest.fixture
def shelf(folder: Folder) -> Iterator[Client]:
    other = {"name": "Other Press", "domain": "press.example.org"}
    folder.add("_news/a.md", title="A", heat=-1, topics=["AI", "Law"], quality=80)
    folder.add("_news/b.md", title="B", heat=None, topics=["AI"], quality=60, provider=other)
    folder.add(
        "_news/c.md",
        title="C & c",
        type="video",
        topics=[],
        images=[{"url": "/c.png", "width": 1, "height": 1}],
        related=[link("https://example.org/x", title="Straße"), link("https://example.org/y")],
        publishedDateTime="2026-03-04T01:15:00-08:00",
    )
    with serving(folder.settings) as client:
        yield client


def found(client: Client, where: Any) -> str:
    edges = client.data(FIND, variables={"where": where})["articles"]["edges"]
    return "".join(edge["node"]["title"][0] for edge in edges)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, "ABC"),
        ({"title": {"eq": "A"}}, "A"),
        ({"title": {"ne": "A"}}, "BC"),
        ({"title": {"in": ["A", "B"]}}, "AB"),
        ({"title": {"notIn": ["A"]}}, "BC"),
        ({"title": {"gt": "A", "lte": "B"}}, "B"),
        ({"title": {"contains": "& C"}}, "C"),
        ({"title": {"startsWith": "b"}}, "B"),
        ({"heat": {"isNull": True}}, "B"),
        ({"heat": {"lt": 0}}, "A"),
        ({"heat": {"ne": -1}}, "BC"),
        ({"quality": {"gte": 60, "lt": 80}}, "B"),
        ({"topics": {"any": ["Law", "None"]}}, "A"),
        ({"topics": {"all": ["Law", "AI"]}}, "A"),
        ({"topics": {"none": ["AI"]}}, "C"),
        ({"topics": {"any": []}}, ""),
        ({"provider": {"name": {"eq": "Other Press"}}}, "B"),
        ({"provider": {"domain": {"ne": "example.org"}}}, "B"),
        ({"publishedDateTime": {"eq": "2026-03-04T10:15:00+01:00"}}, "ABC"),
        ({"publishedDateTime": {"gt": "2026-03-04T09:15:00Z"}}, ""),
        ({"publishedDateTime": {"in": ["2026-03-04T09:15:00.000Z"]}}, "ABC"),
        ({"hasImage": True}, "C"),
        ({"hasImage": False}, "AB"),
        ({"url": {"contains": "NEWS.EXAMPLE"}}, "ABC"),
        ({"url": {"isNull": True}}, ""),
        ({"related": {"some": {"title": {"contains": "STRASSE"}}}}, "C"),
        ({"related": {"some": {}}}, "C"),
        ({"related": {"none": {}}}, "AB"),
        (
            {"related": {"some": {"title": {"eq": "Straße"}, "url": {"contains": "/y"}}}},
            "",
        ),
        ({"and": [{"heat": {"lt": 0}}, {"type": {"eq": "article"}}]}, "A"),
        ({"or": [{"title": {"eq": "A"}}, {"type": {"eq": "video"}}]}, "AC"),
        ({"or": []}, ""),
        ({"and": []}, "ABC"),
        ({"not": {"title": {"eq": "A"}}}, "BC"),
        ({"not": {"heat": {"gt": 0}}}, "AB"),
        ({"kind": {"eq": "VIDEO"}}, ""),
        ({"kind": {"notIn": ["VIDEO"]}}, "ABC"),
    ],
)
def test_operators_mean_what_they_say(shelf: Client, where: Any, expected: str) -> None:
    assert found(shelf, where) == expected


def nested(depth: int) -> dict[str, Any]:
    where: dict[str, Any] = {}
    for _ in range(depth):
        where = {"not": where}
    return where


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ({"title": {"eq": None}}, "BAD_USER_INPUT"),
        ({"title": None}, "BAD_USER_INPUT"),
        ({"and": None}, "BAD_USER_INPUT"),
        ({"title": {"like": "x"}}, "BAD_USER_INPUT"),
        ({"publishedDateTime": {"gt": "2026-03-04"}}, "BAD_USER_INPUT"),
        ({"quality": {"eq": 2**40}}, "BAD_USER_INPUT"),
        ({"kind": {"eq": "TOPIC"}}, "BAD_USER_INPUT"),
        (nested(11), "OPERATION_TOO_LARGE"),
        (nested(60), "OPERATION_TOO_LARGE"),
        (nested(400), "OPERATION_TOO_LARGE"),
        ({"and": [{"hasImage": True}] * 200}, "OPERATION_TOO_LARGE"),
        ({"title": {"in": ["x"] * 501}}, "OPERATION_TOO_LARGE"),
        ({"topics": {"all": ["x"] * 200}}, "OPERATION_TOO_LARGE"),
        ({"and": [{"topics": {"all": ["x"] * 100}}] * 2}, "OPERATION_TOO_LARGE"),
        ({"topics": {"any": ["x"] * 501}}, "OPERATION_TOO_LARGE"),
    ],
)
def test_what_cannot_be_honoured_is_refused_with_a_code(
    shelf: Client, where: Any, code: str
) -> None:
    assert shelf.error(FIND, variables={"where": where})["code"] == code


def test_a_null_is_refused_where_it_stands_and_says_what_to_do(shelf: Client) -> None:
    query = "{articles(where: {or: [{}, {topics: {none: null}}]}) {totalCount}}"
    answer = shelf.post(query)["errors"][0]
    assert answer["message"] == "where.or[1].topics.none is null"
    assert "isNull" in answer["extensions"]["hint"]


def test_a_literal_nested_beyond_measure_is_refused(shelf: Client) -> None:
    where = "{not: " * 40 + "{}" + "}" * 40
    error = shelf.error(f"{{articles(where: {where}) {{totalCount}}}}")
    assert (error["code"], error["limit"]) == ("OPERATION_TOO_LARGE", "value depth")


def test_a_date_that_is_not_written_in_full_says_how_to_write_it(shelf: Client) -> None:
    query = '{articles(where: {publishedDateTime: {gte: "2026-03-04"}}) {totalCount}}'
    (error,) = shelf.post(query)["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "2021-05-21T18:09:00Z" in error["message"]
    assert error["locations"]


def test_the_largest_condition_that_is_admitted_is_answered(shelf: Client) -> None:
    wide = {"topics": {"all": ["AI"] * 180, "any": ["AI"] * 500}, "title": {"in": ["x"] * 500}}
    where: dict[str, Any] = {"or": [wide, {"title": {"eq": "A"}}]}
    for _ in range(8):
        where = {"not": where}
    assert found(shelf, where) == "A"
