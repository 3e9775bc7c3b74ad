"""Lists, as the Relay cursor connections specification has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import strawberry
from strawberry.dataloader import DataLoader

from gateway.errors import QueryError, Reason
from gateway.index.listing import Listing
from gateway.index.page import Window, count, matches
from gateway.index.search import Match, Search
from gateway.records.kind import Kind
from gateway.repository.cursor import Cursor
from gateway.verdict.admitted import Admitted
from schema.article import Article, article_from
from schema.content import Content
from schema.context import Context, Records, check_length
from schema.facets import Facets
from schema.fragment import shows
from schema.listing import Asked
from schema.match import SearchMatch, match_from
from schema.present import present

DEFAULT_PAGE = 20


@dataclass(slots=True)
class Place:
    """A record in a list. Not frozen: a page has up to a hundred, and that would treble what it
    takes to make one."""

    records: Records
    listing: Listing
    row_id: int
    admitted: Admitted

    @property
    def cursor(self) -> str:
        return self.records.reading.cursor(self.admitted.visible.raw.path, self.listing)


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    places: strawberry.Private[Sequence[Place]]
    has_next_page: bool = strawberry.field(description="Whether records follow this page.")
    has_previous_page: bool = strawberry.field(description="Whether records precede this page.")

    @strawberry.field(description="Cursor of the first edge; give it as before to go back.")
    def start_cursor(self) -> str | None:
        return self.places[0].cursor if self.places else None

    @strawberry.field(description="Cursor of the last edge; give it as after to go on.")
    def end_cursor(self) -> str | None:
        return self.places[-1].cursor if self.places else None


_Matches = DataLoader[int, Match | None]


@strawberry.type(description="What every edge has.")
class _Edge:
    place: strawberry.Private[Place]
    matches: strawberry.Private[_Matches | None]

    @strawberry.field(
        description="Opaque, made by this gateway only, and bound to this list and its snapshot."
    )
    def cursor(self) -> str:
        return self.place.cursor

    @strawberry.field(description="How the search found it; null without a search.")
    async def match(self) -> SearchMatch | None:
        found = None if self.matches is None else await self.matches.load(self.place.row_id)
        return None if found is None else match_from(found)


def _shown(edge: _Edge) -> bytes:
    return edge.place.admitted.visible.raw.fingerprint


@strawberry.type(description="An article and its place in the list.")
class ArticleEdge(_Edge):
    @strawberry.field(description="The article.", metadata=shows(_shown))
    def node(self) -> Article:
        return cast("Article", article_from(self.place.admitted, self.place.records))


@strawberry.type(description="Something and its place in the list.")
class ContentEdge(_Edge):
    @strawberry.field(description="It.", metadata=shows(_shown))
    def node(self) -> Content:
        return cast("Content", present(self.place.admitted, self.place.records))


@strawberry.type(description="What every list has.")
class _Connection:
    records: strawberry.Private[Records]
    listing: strawberry.Private[Listing]
    page_info: PageInfo = strawberry.field(description="Where the page stands.")

    @strawberry.field(
        description="Records in the whole list; withheld ones and drafts are not counted."
    )
    async def total_count(self) -> int:
        return await self.records.reading.ask(count, self.listing)

    @strawberry.field(description="How the records of the whole list are spread.")
    def facets(self) -> Facets:
        return Facets(records=self.records, listing=self.listing)


@strawberry.type(description="A page of articles out of one immutable snapshot.")
class ArticleConnection(_Connection):
    edges: list[ArticleEdge] = strawberry.field(description="The articles of this page.")


@strawberry.type(description="A page of content out of one immutable snapshot.")
class ContentConnection(_Connection):
    edges: list[ContentEdge] = strawberry.field(description="What is on this page.")


@dataclass(frozen=True)
class Taken:
    """A page that was read, before it has a GraphQL type."""

    records: Records
    listing: Listing
    places: tuple[Place, ...]
    has_next: bool
    has_previous: bool

    def members(self, edge: type[Any]) -> dict[str, Any]:
        """For the constructor of a connection whose edges are of this type."""
        loader = _matches(self.records, self.listing.search)
        return {
            "records": self.records,
            "listing": self.listing,
            "page_info": PageInfo(
                places=self.places,
                has_next_page=self.has_next,
                has_previous_page=self.has_previous,
            ),
            "edges": [edge(place=place, matches=loader) for place in self.places],
        }


async def article_page(context: Context, asked: Asked) -> ArticleConnection:
    """Raises QueryError: BAD_USER_INPUT, OPERATION_TOO_LARGE, CURSOR_INVALID, CURSOR_EXPIRED."""
    taken = await _take(context, asked, (Kind.ARTICLE,))
    return ArticleConnection(**taken.members(ArticleEdge))


async def content_page(
    context: Context, asked: Asked, kinds: tuple[Kind, ...]
) -> ContentConnection:
    """The same for several kinds."""
    taken = await _take(context, asked, kinds)
    return ContentConnection(**taken.members(ContentEdge))


async def _take(context: Context, asked: Asked, kinds: tuple[Kind, ...]) -> Taken:
    listing = asked.listing(kinds)
    first, last = _lengths(context, asked)
    after = _cursor(context, asked.after, listing)
    before = _cursor(context, asked.before, listing)
    records = await _records_of(context.records, after, before)
    window = Window(first, last, _path(after), _path(before))
    page = await records.reading.page(listing, window, records.load)
    places = tuple(
        Place(records, listing, row_id, admitted)
        for row_id, admitted in zip(page.slice.row_ids, page.records, strict=True)
    )
    return Taken(records, listing, places, page.slice.has_next, page.slice.has_previous)


def _cursor(context: Context, text: str | None, listing: Listing) -> Cursor | None:
    if text is None:
        return None
    cursor = context.records.reading.decode(text)
    if cursor.listing != listing.digest:
        message = "this cursor belongs to a list with other filters, order or search"
        hint = "Give the arguments of the page that it came from, or start again without it."
        raise QueryError(Reason.CURSOR_INVALID, message, hint=hint)
    return cursor


def _path(cursor: Cursor | None) -> str | None:
    return None if cursor is None else cursor.path


def _lengths(context: Context, asked: Asked) -> tuple[int | None, int | None]:
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


def _matches(records: Records, search: Search | None) -> _Matches | None:
    """Where the search was found, for all edges of a page at once."""
    if search is None:
        return None

    async def load(row_ids: Sequence[int]) -> list[Match | None]:
        found = await records.reading.ask(matches, search, tuple(row_ids))
        return [found.get(row_id) for row_id in row_ids]

    return DataLoader(load_fn=load)
