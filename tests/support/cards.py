"""Cards of records that were really sealed and judged, and indexes of them."""

from __future__ import annotations

from gateway.index.card import Card, rows_of
from gateway.index.index import Index
from gateway.index.listing import Listing
from gateway.index.page import Window, take
from gateway.records.kind import CONTENT_KINDS
from gateway.verdict.admitted import Admitted
from gateway.verdict.verdict import Verified
from gateway.verdict.verify import verify
from tests.support.publisher import NOW, Publisher, article_fields, claim, trust_in

_PUBLISHER = Publisher()
_TRUST = trust_in(_PUBLISHER.public())
_EMPTY = Index.empty()

ALL = 1000


def card(row_id: int, path: str, fields: dict[str, object], body: bytes = b"") -> Card:
    """What the index may know of a record with these fields."""
    verdict = verify(_PUBLISHER.seal(claim(fields, path=path, body=body)), _TRUST, NOW)
    assert isinstance(verdict, Verified)
    return Card(row_id, Admitted(verdict))


def article(row_id: int, path: str | None = None, body: bytes = b"", **changes: object) -> Card:
    """An article; its path, unless given, sorts as its id does."""
    return card(row_id, path or f"_news/{row_id:03}.md", article_fields(**changes), body)


def content(kind: str, **changes: object) -> dict[str, object]:
    """The least that front matter of a kind of content other than articles may hold."""
    names = {"profile": ("name", "bio"), "forum": ("name", "excerpt")}
    title, excerpt = names.get(kind, ("title", "excerpt"))
    return {"type": kind, title: f"A {kind}", excerpt: f"What a {kind} is.", **changes}


def topic(row_id: int, name: str, path: str | None = None, **changes: object) -> Card:
    fields = {"taxonomy": "topic", "name": name, **changes}
    return card(row_id, path or f"_topics/{row_id:03}.md", fields)


def organization(
    row_id: int, name: str, domain: str, path: str | None = None, **changes: object
) -> Card:
    fields = {"taxonomy": "organization", "name": name, "domain": domain, **changes}
    return card(row_id, path or f"_organizations/{row_id:03}.md", fields)


def related_item(**changes: object) -> dict[str, object]:
    """What an article says about another one."""
    return {
        "title": "Another seal",
        "excerpt": "More of the same.",
        "publishedDateTime": "2026-01-02T03:04:05Z",
        "type": "article",
        "quality": 50,
        "provider": {"name": "Example News", "domain": "example.org"},
        **changes,
    }


def index_of(*cards: Card) -> Index:
    with _EMPTY.branch() as index:
        index.add(rows_of(cards))
    return index


def found(index: Index, listing: Listing | None = None) -> list[int]:
    """The ids of a whole list, in its order; unless told otherwise of everything for readers."""
    chosen = Listing(CONTENT_KINDS) if listing is None else listing
    return list(take(index, chosen, Window(first=ALL)).row_ids)
