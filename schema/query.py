"""The root of every query."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

import strawberry

from gateway.errors import QueryError, Reason
from schema.article import Article, article_from
from schema.connection import ArticleConnection, Slice, article_page
from schema.context import Context, Info, Records
from schema.node import Node, article_path


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
            path = article_path(id, records.corpus)
        if url is not None:
            found = await records.by_url(url)
        else:
            found = None if path is None else await records.by_path(path)
        return None if found is None else article_from(found, records)

    @strawberry.field(
        description=(
            "Published articles, newest first; the first 20 of them unless first or last says"
            " otherwise."
        )
    )
    async def articles(
        self,
        info: Info,
        first: Annotated[
            int | None,
            strawberry.argument(description="How many at most, from the start of the list."),
        ] = None,
        after: Annotated[
            str | None,
            strawberry.argument(description="A cursor; only what follows it, in its snapshot."),
        ] = None,
        last: Annotated[
            int | None,
            strawberry.argument(description="How many at most, from the end of the list."),
        ] = None,
        before: Annotated[
            str | None,
            strawberry.argument(description="A cursor; only what precedes it, in its snapshot."),
        ] = None,
    ) -> ArticleConnection:
        return await article_page(info.context, Slice(first, after, last, before))

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
        _check_count(info.context, urls)
        records = info.context.records
        found = await asyncio.gather(*(records.by_url(url) for url in urls))
        return [None if item is None else article_from(item, records) for item in found]

    @strawberry.field(description="The object with this id, or null.")
    async def node(
        self,
        info: Info,
        id: Annotated[  # noqa: A002
            strawberry.ID, strawberry.argument(description="The id of any object.")
        ],
    ) -> Node | None:
        return await _node(info.context.records, id)

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
        _check_count(info.context, ids)
        return await asyncio.gather(*(_node(info.context.records, one) for one in ids))


async def _node(records: Records, node_id: str) -> Node | None:
    path = article_path(node_id, records.corpus)
    found = None if path is None else await records.by_path(path)
    return None if found is None else article_from(found, records)


def _check_count(context: Context, items: Sequence[str]) -> None:
    if len(items) > context.max_page:
        message = f"at most {context.max_page} at once"
        raise QueryError(Reason.BAD_USER_INPUT, message)
