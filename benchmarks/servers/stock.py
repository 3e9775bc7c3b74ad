"""Strawberry as its documentation sets it up, over Python objects in memory. Nothing is verified.

BENCH_RECORDS names the file with the records.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import orjson
import strawberry
from strawberry.asgi import GraphQL


@strawberry.type
class Provider:
    name: str
    domain: str


@strawberry.type
class Topic:
    name: str


@strawberry.type
class Image:
    url: str
    width: int
    height: int
    is_cached: bool | None
    title: str | None


@strawberry.type
class RelatedItem:
    title: str
    excerpt: str
    type: str
    published_date_time: str
    web_url: str | None
    original_url: str | None
    amp_web_url: str | None
    cdn_amp_web_url: str | None
    quality: int
    provider: Provider
    images: list[Image]


@strawberry.type
class Article:
    id: strawberry.ID
    path: str
    category: str
    title: str
    excerpt: str
    type: str
    published_date_time: str
    web_url: str | None
    original_url: str | None
    amp_web_url: str | None
    cdn_amp_web_url: str | None
    quality: int | None
    heat: int | None
    published: bool | None
    provider: Provider
    topics: list[Topic]
    images: list[Image]
    related: list[RelatedItem]


@strawberry.type
class ArticleEdge:
    cursor: str
    node: Article


@strawberry.type
class ArticleConnection:
    edges: list[ArticleEdge]


_LISTS: dict[str, type] = {"topics": Topic, "images": Image, "related": RelatedItem}


def built(kind: type, record: dict[str, Any]) -> Any:
    """The object for a record, with all that it holds."""
    members: dict[str, Any] = {}
    for name, value in record.items():
        attribute = "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
        if name == "provider":
            value = built(Provider, value)  # noqa: PLW2901
        elif name in _LISTS:
            value = [built(_LISTS[name], item) for item in value]  # noqa: PLW2901
        members[attribute] = value
    return kind(**members)


def application(records: Path) -> Any:
    """ASGI application over the records in a file."""
    articles = [built(Article, record) for record in orjson.loads(records.read_bytes())]
    by_id = {article.id: article for article in articles}

    @strawberry.type
    class Query:
        @strawberry.field
        def article(self, id: strawberry.ID) -> Article | None:  # noqa: A002  its name in GraphQL
            return by_id.get(id)

        @strawberry.field
        def articles(self, first: int = 20, after: str | None = None) -> ArticleConnection:
            start = 0 if after is None else int(after) + 1
            chosen = enumerate(articles[start : start + first], start)
            return ArticleConnection(
                edges=[ArticleEdge(cursor=str(place), node=article) for place, article in chosen]
            )

    return GraphQL[None, None](strawberry.Schema(Query))


def create() -> Any:
    return application(Path(os.environ["BENCH_RECORDS"]))
