"""Slices of lists, as the Relay cursor connections specification has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from gateway.errors import QueryError, Reason
from gateway.index.card import CLOSE, OPEN
from gateway.index.index import Index
from gateway.index.listing import RELEVANCE, TEXT, Listing, Statement, matching
from gateway.index.search import Match, Search, spans
from gateway.index.tables import TEXT_COLUMNS, entry, entry_text


@dataclass(frozen=True)
class Window:
    """Which slice of a list is wanted; after and before are paths of records in the list.

    Either first or last is given, not both.
    """

    first: int | None = None
    last: int | None = None
    after: str | None = None
    before: str | None = None


@dataclass(frozen=True)
class Slice:
    """row_ids: of its records, in their order."""

    row_ids: tuple[int, ...]
    has_next: bool
    has_previous: bool


def count(index: Index, listing: Listing) -> int:
    """How many records the whole list has."""
    ((found,),) = index.rows(Statement(listing).select(sa.func.count()))
    return int(found)


def take(index: Index, listing: Listing, window: Window) -> Slice:
    """Raises QueryError(CURSOR_INVALID) when the window's records are not in the list."""
    statement = Statement(listing)
    chosen = statement.select(entry.c.row_id)
    for path, after in ((window.after, True), (window.before, False)):
        if path is not None:
            chosen = chosen.where(statement.beyond(_keys(index, statement, path), after=after))
    backwards = window.first is None
    length = (window.last if backwards else window.first) or 0
    ordered = statement.sorted(chosen, reverse=backwards).limit(length + 1)
    found = [row.row_id for row in index.rows(ordered)]
    more, page = len(found) > length, found[:length]
    if backwards:
        return Slice(tuple(reversed(page)), window.before is not None, more or bool(window.after))
    return Slice(tuple(page), more or bool(window.before), window.after is not None)


def _keys(index: Index, statement: Statement, path: str) -> list[Any]:
    keys = [key.label(f"key{place}") for place, (key, _) in enumerate(statement.keys())]
    found = index.rows(statement.select(*keys).where(entry.c.path == path))
    if not found:
        raise QueryError(
            Reason.CURSOR_INVALID,
            "the record that this cursor stands on is withheld now",
            hint="Start again without a cursor.",
        )
    return list(found[0])


# About as many words as two lines of a result page hold.
_SNIPPET_WORDS = 24


def matches(index: Index, search: Search, row_ids: tuple[int, ...]) -> dict[int, Match]:
    """Where a search was found in each of these records."""
    highlighted = [
        sa.func.highlight(TEXT, sa.literal_column(str(place)), OPEN, CLOSE).label(name)
        for place, name in enumerate(TEXT_COLUMNS[:-1])
    ]
    rowid = entry_text.c.rowid
    snippets = [_snippet("excerpt"), _snippet("body")]
    columns = [rowid, RELEVANCE.label("score"), *snippets, *highlighted]
    chosen = sa.select(*columns).where(matching(search), rowid.in_(row_ids))
    return {row.rowid: _match(row._mapping) for row in index.rows(chosen)}  # noqa: SLF001


def _snippet(name: str) -> sa.ColumnElement[str]:
    column: sa.ColumnElement[int] = sa.literal_column(str(TEXT_COLUMNS.index(name)))
    words: sa.ColumnElement[int] = sa.literal_column(str(_SNIPPET_WORDS))
    return sa.func.snippet(TEXT, column, OPEN, CLOSE, "…", words).label(f"{name}_snippet")


def _match(row: sa.RowMapping) -> Match:
    marked = [(name, str(row[name])) for name in TEXT_COLUMNS[:-1]]
    fields = tuple((name, spans(text)) for name, text in marked if OPEN in text)
    excerpt, body = row["excerpt_snippet"], row["body_snippet"]
    snippet = body if OPEN in body and OPEN not in excerpt else excerpt
    return Match(float(row["score"]), spans(snippet), fields)
