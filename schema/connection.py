"""Lists, as the Relay cursor connections specification has them."""

from __future__ import annotations

import strawberry

from gateway.errors import QueryError, Reason
from gateway.repository.reading import Page
from schema.article import Article, article_from
from schema.context import Context, Records


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether articles follow this page.")
    has_previous_page: bool = strawberry.field(description="Whether articles precede this page.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first edge.")
    end_cursor: str | None = strawberry.field(
        description="Cursor of the last edge; give it as after to go on."
    )


@strawberry.type(description="An article and its place in the list.")
class ArticleEdge:
    cursor: str = strawberry.field(
        description="Opaque, made by this gateway only, and bound to the snapshot it was read from."
    )
    node: Article = strawberry.field(description="The article.")


@strawberry.type(description="A page of articles out of one immutable snapshot.")
class ArticleConnection:
    edges: list[ArticleEdge] = strawberry.field(description="The articles of this page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")
    total_count: int = strawberry.field(
        description="Articles in the whole list; withheld records and drafts are not counted."
    )


async def article_page(context: Context, first: int, after: str | None) -> ArticleConnection:
    """Raises QueryError: BAD_USER_INPUT, CURSOR_INVALID or CURSOR_EXPIRED."""
    if not 0 <= first <= context.max_page:
        message = f"first must be between 0 and {context.max_page}"
        raise QueryError(Reason.BAD_USER_INPUT, message)
    records = context.records
    if after is None:
        return _connection(await records.reading.page(first, None), records)
    cursor = records.reading.decode(after)
    reading = await records.reading.following(cursor)
    if reading is not records.reading:
        # What is nested in this page comes from the page's own snapshot, too.
        records = Records(reading, records.corpus)
    return _connection(await reading.page(first, cursor.path), records)


def _connection(page: Page, records: Records) -> ArticleConnection:
    edges = [
        ArticleEdge(
            cursor=records.reading.cursor(admitted.visible.path),
            node=article_from(admitted, records),
        )
        for admitted in page.records
    ]
    info = PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return ArticleConnection(edges=edges, page_info=info, total_count=page.total)
