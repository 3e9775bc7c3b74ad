"""What every kind of content has in common."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.records.instant import parse_instant
from gateway.records.kind import Kind
from gateway.records.media import Image, Provider, read_image, read_provider
from gateway.records.shape import Fields


@dataclass(frozen=True, kw_only=True)
class Content:
    """A record for readers. title and excerpt are a profile's name and bio, a forum's name.

    published_date_time: as the record writes it; published_at: the same instant in UTC.
    """

    kind: Kind
    title: str
    excerpt: str
    type: str
    category: str | None
    published_date_time: str | None
    published_at: datetime | None
    provider: Provider | None
    topics: tuple[str, ...]
    web_url: str | None
    original_url: str | None
    heat: int | None
    published: bool | None
    removed: bool | None
    images: tuple[Image, ...]

    @property
    def is_draft(self) -> bool:
        """Only an explicit `published: false` or `removed: true`: most records have neither."""
        return self.published is False or self.removed is True

    @property
    def urls(self) -> tuple[str, ...]:
        """Every URL that names this record, in falling order of authority."""
        return distinct(self.web_url, self.original_url)


def distinct(*urls: str | None) -> tuple[str, ...]:
    """The URLs that there are, each once, in their order."""
    return tuple(dict.fromkeys(url for url in urls if url))


def read_common(
    fields: Fields, kind: Kind, *, title: str = "title", excerpt: str = "excerpt"
) -> dict[str, Any]:
    """The members of Content; title and excerpt name the fields that play these parts."""
    written = fields.text("publishedDateTime")
    return {
        "kind": kind,
        "title": fields.required_text(title),
        "excerpt": fields.required_text(excerpt),
        "type": fields.required_text("type"),
        "category": fields.text("category"),
        "published_date_time": written,
        "published_at": None if written is None else parse_instant(written, "publishedDateTime"),
        "provider": fields.optional("provider", read_provider),
        "topics": fields.texts("topics"),
        "web_url": fields.text("webUrl"),
        "original_url": fields.text("originalUrl"),
        "heat": fields.integer("heat"),
        "published": fields.flag("published"),
        "removed": fields.flag("removed"),
        "images": fields.each("images", read_image),
    }
