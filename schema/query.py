"""The root of every query."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Annotated, TypeVar, cast

import strawberry

from gateway.errors import QueryError, Reason
from gateway.index import lookup
from gateway.index.facets import provider_counts
from gateway.index.listing import Listing
from gateway.records.kind import CONTENT_KINDS
from schema.article import Article, article_from
from schema.changes import ChangeFeed, change_feed
from schema.connection import ArticleConnection, ContentConnection, article_page, content_page
from schema.content import Content
from schema.context import Info, check_count, check_length
from schema.facets import ProviderCount
from schema.find import find_article, find_content, find_node, find_provider, find_topic
from schema.listing import Asked, ContentOrder
from schema.node import Node
from schema.report import IntegrityReport, Withheld, integrity_report, withheld
from schema.taxonomy import Provider, Topic, provider_named, topic_from
from schema.where import ContentWhere

T = TypeVar("T")

First = Annotated[
    int | None, strawberry.argument(description="How many at most, from the start of the list.")
]
After = Annotated[
    str | None,
    strawberry.argument(description="A cursor; only what follows it, in its snapshot."),
]
Last = Annotated[
    int | None, strawberry.argument(description="How many at most, from the end of the list.")
]
Before = Annotated[
    str | None,
    strawberry.argument(description="A cursor; only what precedes it, in its snapshot."),
]
Where = Annotated[ContentWhere | None, strawberry.argument(description="Only what is like this.")]
OrderBy = Annotated[
    list[ContentOrder] | None,
    strawberry.argument(
        description=(
            "How to sort, 4 members at most; newest first by default, best match first in a"
            " search. Remaining ties are in the order of paths."
        )
    ),
]
SearchText = Annotated[
    str | None,
    strawberry.argument(
        description=(
            "Words that must all occur, in any form; words in quotation marks stand next to each"
            " other, and * at the end of a word stands for any ending. Looks at titles, excerpts,"
            " topics, providers and bodies. 256 characters and 32 words at most."
        )
    ),
]


@strawberry.type(description="Everything that can be asked. Only proven records answer.")
class Query:
    @strawberry.field(
        description=(
            "One article. Name it in exactly one way. Null without an error where there is none;"
            " null with the error RECORD_WITHHELD where there is one that is not proven."
        )
    )
    async def article(
        self,
        info: Info,
        id: Annotated[  # noqa: A002  the argument is called id in every GraphQL schema
            strawberry.ID | None, strawberry.argument(description="Its id.")
        ] = None,
        path: Annotated[
            str | None, strawberry.argument(description="Its path in the corpus.")
        ] = None,
        url: Annotated[
            str | None,
            strawberry.argument(
                description="Its webUrl, originalUrl or an AMP URL; the newest record answers."
            ),
        ] = None,
    ) -> Article | None:
        if sum(argument is not None for argument in (id, path, url)) != 1:
            raise QueryError(
                Reason.BAD_USER_INPUT, "article takes exactly one of the arguments id, path, url"
            )
        records = info.context.records
        if id is not None:
            found = await find_node(records, id)
            return found if isinstance(found, Article) else None
        if url is not None:
            return await find_article(records, url)
        return article_from(await records.by_path(path or ""), records)

    @strawberry.field(
        description=(
            "Published articles, newest first; the first 20 of them unless first or last says"
            " otherwise."
        )
    )
    async def articles(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: Where = None,
        order_by: OrderBy = None,
        search: SearchText = None,
    ) -> ArticleConnection:
        asked = Asked(first, after, last, before, where, order_by, search)
        return await article_page(info.context, asked)

    @strawberry.field(
        description=(
            "Published content of every kind, newest first, what has no date last; the first 20"
            " unless first or last says otherwise."
        )
    )
    async def content(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: Where = None,
        order_by: OrderBy = None,
        search: SearchText = None,
    ) -> ContentConnection:
        asked = Asked(first, after, last, before, where, order_by, search)
        return await content_page(info.context, asked, CONTENT_KINDS)

    @strawberry.field(
        description=(
            "The articles that these URLs name, in the order of the URLs, null where there is none."
        )
    )
    async def articles_by_url(
        self,
        info: Info,
        urls: Annotated[
            list[str], strawberry.argument(description="As many as a page may be long.")
        ],
    ) -> list[Article | None]:
        check_count(info.context, urls)
        records = info.context.records
        return await _each(find_article(records, url) for url in urls)

    @strawberry.field(
        description=(
            "The content at these paths, in their order; null where there is none, null with the"
            " error RECORD_WITHHELD where it is not proven."
        )
    )
    async def content_by_path(
        self,
        info: Info,
        paths: Annotated[
            list[str], strawberry.argument(description="As many as a page may be long.")
        ],
    ) -> list[Content | None]:
        check_count(info.context, paths)
        records = info.context.records
        return await _each(find_content(records, path) for path in paths)

    @strawberry.field(
        description=(
            "Topics that have a record of their own or that content is filed under, in the order"
            " of their names."
        )
    )
    async def topics(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many at most.")] = 20,
    ) -> list[Topic]:
        check_length("first", first, info.context.max_page)
        records = info.context.records
        names = await records.reading.ask(lookup.topic_names, first)
        return [topic_from(name, records) for name in names]

    @strawberry.field(description="The topic of this name; null where nothing knows it.")
    async def topic(
        self,
        info: Info,
        name: Annotated[str, strawberry.argument(description="As the records spell it.")],
    ) -> Topic | None:
        return await find_topic(info.context.records, name)

    @strawberry.field(description="Who published most of the content that is served.")
    async def providers(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many at most.")] = 20,
    ) -> list[ProviderCount]:
        check_length("first", first, info.context.max_page)
        records = info.context.records
        found = await records.reading.ask(provider_counts, Listing(CONTENT_KINDS), first)
        return [
            ProviderCount(
                provider=provider_named(item.name, item.domain, records), count=item.count
            )
            for item in found
        ]

    @strawberry.field(description="The provider of this identity; null where nothing knows it.")
    async def provider(
        self,
        info: Info,
        name: Annotated[str, strawberry.argument(description="As it is shown to readers.")],
        domain: Annotated[str, strawberry.argument(description="Registered domain.")],
    ) -> Provider | None:
        return await find_provider(info.context.records, name, domain)

    @strawberry.field(
        description=(
            "What changed since a cursor of this field: publications, updates and withdrawals,"
            " whatever caused them: files, keys or time. Without a cursor all that can be seen."
        )
    )
    async def changes(
        self,
        info: Info,
        since: Annotated[
            str | None, strawberry.argument(description="The cursor of an earlier answer.")
        ] = None,
        first: Annotated[int, strawberry.argument(description="How many at most.")] = 100,
    ) -> ChangeFeed:
        check_length("first", first, info.context.max_page)
        return await change_feed(info.context, since, first)

    @strawberry.field(description="The verdicts over the whole snapshot. Needs the scope audit.")
    def integrity_report(self, info: Info) -> IntegrityReport:
        return integrity_report(info.context)

    @strawberry.field(
        description="What is withheld, and why, in the order of paths. Needs the scope audit."
    )
    async def withheld(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many at most.")] = 20,
        after: Annotated[
            str | None, strawberry.argument(description="A path; only what comes after it.")
        ] = None,
    ) -> list[Withheld]:
        return await withheld(info.context, first, after)

    @strawberry.field(description="The object with this id, or null.")
    async def node(
        self,
        info: Info,
        id: Annotated[  # noqa: A002
            strawberry.ID, strawberry.argument(description="The id of any object.")
        ],
    ) -> Node | None:
        return await find_node(info.context.records, id)

    @strawberry.field(
        description="The objects with these ids, in their order, null where there is none."
    )
    async def nodes(
        self,
        info: Info,
        ids: Annotated[
            list[strawberry.ID],
            strawberry.argument(description="As many as a page may be long."),
        ],
    ) -> list[Node | None]:
        check_count(info.context, ids)
        return await _each(find_node(info.context.records, one) for one in ids)


async def _each(found: Iterable[Awaitable[T]]) -> list[T]:
    """All of them; one that is withheld becomes an error in its own place, not for the whole list.

    graphql-core raises exceptions that stand where a value should be.
    """
    return cast("list[T]", await asyncio.gather(*found, return_exceptions=True))
