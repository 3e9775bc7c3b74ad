"""The root of every query."""

from __future__ import annotations

from typing import Annotated

import strawberry

from gateway.errors import QueryError, Reason
from schema.article import Article, article_from
from schema.connection import ArticleConnection, article_page
from schema.context import Context
from schema.node import Node, article_path

Info = strawberry.Info[Context, None]


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

    @strawberry.field(description="Published articles, newest first.")
    async def articles(
        self,
        info: Info,
        first: Annotated[
            int, strawberry.argument(description="How many at most; 0 asks for the count only.")
        ] = 20,
        after: Annotated[
            str | None,
            strawberry.argument(
                description="A cursor; the page continues in the snapshot of that cursor."
            ),
        ] = None,
    ) -> ArticleConnection:
        return await article_page(info.context, first, after)

    @strawberry.field(description="The object with this id, or null.")
    async def node(
        self,
        info: Info,
        id: Annotated[  # noqa: A002
            strawberry.ID, strawberry.argument(description="The id of any object.")
        ],
    ) -> Node | None:
        records = info.context.records
        path = article_path(id, records.corpus)
        found = None if path is None else await records.by_path(path)
        return None if found is None else article_from(found, records)
