"""The queries that servers are compared with, and what they should answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from benchmarks.articles import Fields

# So many different variables are asked for in turn.
VARIABLES = 500


class Nested(NamedTuple):
    name: str
    fields: tuple[str | Nested, ...]


Selection = tuple[str | Nested, ...]

_PROVIDER = Nested("provider", ("name", "domain"))
_TOPICS = Nested("topics", ("name",))

SMALL: Selection = ("id", "path", "title", "excerpt", "publishedDateTime", "webUrl")
PAGE: Selection = (
    *("id", "title", "excerpt", "publishedDateTime", "originalUrl", "webUrl"),
    *("type", "quality", "heat"),
    _PROVIDER,
    _TOPICS,
    Nested("images", ("url", "width", "height", "isCached")),
    Nested(
        "related",
        ("title", "webUrl", _PROVIDER, Nested("images", ("url", "width", "height"))),
    ),
)
_ALL_IMAGES = Nested("images", ("url", "width", "height", "isCached", "title"))
_SHARED: Selection = (
    *("title", "excerpt", "type", "publishedDateTime", "webUrl", "originalUrl"),
    *("ampWebUrl", "cdnAmpWebUrl", "quality"),
    _PROVIDER,
    _ALL_IMAGES,
)
EVERYTHING: Selection = (
    *("id", "path", "category", "heat", "published"),
    *_SHARED,
    _TOPICS,
    Nested("related", _SHARED),
)


class Handle(NamedTuple):
    """What one server calls a record, and the place behind it in its list."""

    id: str
    cursor: str


@dataclass(frozen=True)
class Query:
    """One article by its id, or a page of `size` of them. title: for people."""

    name: str
    title: str
    selection: Selection
    size: int | None = None

    @property
    def text(self) -> str:
        if self.size is None:
            return f"query {self.name}($id: ID!) {{ article(id: $id) {written(self.selection)} }}"
        return (
            f"query {self.name}($after: String) {{ articles(first: {self.size}, after: $after)"
            f" {{ edges {{ cursor node {written(self.selection)} }} }} }}"
        )

    def positions(self, count: int, variables: int = VARIABLES) -> list[int]:
        """Where in the list of all articles to ask, spread over all of it."""
        return [number * (count - (self.size or 1)) // variables for number in range(variables)]

    def body(self, position: int, handles: Sequence[Handle]) -> bytes:
        """A request's body. handles: of all articles, newest first, by the server that is asked."""
        variables: dict[str, Any]
        if self.size is None:
            variables = {"id": handles[position].id}
        else:
            variables = {"after": handles[position - 1].cursor if position else None}
        return orjson.dumps({"query": self.text, "variables": variables})

    def expected(self, position: int, records: Sequence[Fields]) -> object:
        if self.size is None:
            return project(records[position], self.selection)
        chosen = records[position : position + self.size]
        return [project(record, self.selection) for record in chosen]

    def content(self, answer: bytes) -> object:
        """What an answer says of records; cursors are each server's own. None without data."""
        document = orjson.loads(answer)
        data = document.get("data")
        if "errors" in document or data is None:
            return None
        if self.size is None:
            return data["article"]
        return [edge["node"] for edge in data["articles"]["edges"]]


Q1 = Query("Q1", "one article by id, 6 fields", SMALL)
Q2 = Query("Q2", "a page of 20, nested items", PAGE, 20)
Q3 = Query("Q3", "100 articles, everything", EVERYTHING, 100)
QUERIES = {query.name: query for query in (Q1, Q2, Q3)}

WALK = (
    "query Walk($after: String) { articles(first: 100, after: $after)"
    " { edges { cursor node { id } } } }"
)


def project(record: Fields, selection: Selection) -> Fields:
    """The selected fields of a record, by their names."""
    shown: Fields = {}
    for field in selection:
        if isinstance(field, Nested):
            value = record[field.name]
            many = isinstance(value, list)
            below = [project(item, field.fields) for item in (value if many else [value])]
            shown[field.name] = below if many else below[0]
        else:
            shown[field] = record[field]
    return shown


def written(selection: Selection) -> str:
    """As GraphQL."""
    fields = (
        f"{field.name} {written(field.fields)}" if isinstance(field, Nested) else field
        for field in selection
    )
    return f"{{ {' '.join(fields)} }}"
