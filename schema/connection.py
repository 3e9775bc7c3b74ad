"""Lists, as the Relay cursor connections specification has them."""

from __future__ import annotations

from dataclasses import dataclass

import strawberry

from gateway.errors import QueryError, Reason
from gateway.repository.cursor import Cursor
from gateway.repository.reading import Page, Window
from schema.article import Article, article_from
from schema.context import Context, Records, check_length

DEFAULT_PAGE = 20


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


@dataclass(frozen=True)
class Slice:
    """The four arguments of a connection as the client gave them."""

    first: int | None
    after: str | None
    last: int | None
    before: str | None


async def article_page(context: Context, asked: Slice) -> ArticleConnection:
    """Raises QueryError: BAD_USER_INPUT, CURSOR_INVALID or CURSOR_EXPIRED."""
    first, last = _lengths(context, asked)
    decode = context.records.reading.decode
    after = None if asked.after is None else decode(asked.after)
    before = None if asked.before is None else decode(asked.before)
    records = await _records_of(context.records, after, before)
    window = Window(first, last, _path(after), _path(before))
    return _connection(await records.reading.page(window), records)


def _path(cursor: Cursor | None) -> str | None:
    return None if cursor is None else cursor.path


def _lengths(context: Context, asked: Slice) -> tuple[int | None, int | None]:
    if asked.first is not None and asked.last is not None:
        message = "give first or last, not both"
        raise QueryError(Reason.BAD_USER_INPUT, message)
    for name, length in (("first", asked.first), ("last", asked.last)):
        if length is not None:
            check_length(name, length, context.max_page)
    if asked.first is None and asked.last is None:
        return min(DEFAULT_PAGE, context.max_page), None
    return asked.first, asked.last


async def _records_of(records: Records, after: Cursor | None, before: Cursor | None) -> Records:
    """Records of the cursors' snapshot: what is nested in a page comes from there, too."""
    cursor = after or before
    if cursor is None:
        return records
    if before is not None and before.snapshot != cursor.snapshot:
        message = "after and before are cursors of different snapshots"
        raise QueryError(Reason.CURSOR_INVALID, message, hint="Start again without them.")
    reading = await records.reading.following(cursor)
    return records if reading is records.reading else Records(reading, records.corpus)


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
