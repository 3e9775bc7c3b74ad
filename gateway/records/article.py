"""News articles and news videos, and what they say about others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.records.content import Content, distinct, read_common
from gateway.records.instant import parse_instant
from gateway.records.kind import Kind
from gateway.records.media import Image, Provider, read_image, read_provider
from gateway.records.shape import Fields


@dataclass(frozen=True)
class RelatedItem:
    """What an article says about another one: a summary sealed inside the article's record."""

    title: str
    excerpt: str
    published_date_time: str
    published_at: datetime
    type: str
    quality: int
    provider: Provider
    web_url: str | None
    original_url: str | None
    amp_web_url: str | None
    cdn_amp_web_url: str | None
    images: tuple[Image, ...]

    @property
    def urls(self) -> tuple[str, ...]:
        """Where the full article may be found, in falling order of authority."""
        return distinct(self.web_url, self.original_url)


@dataclass(frozen=True, kw_only=True)
class Article(Content):
    """A news record. quality, heat and published are absent together in the oldest records."""

    category: str
    published_date_time: str
    published_at: datetime
    provider: Provider
    amp_web_url: str | None
    cdn_amp_web_url: str | None
    quality: int | None
    featured_content: str | None
    related: tuple[RelatedItem, ...]

    @property
    def urls(self) -> tuple[str, ...]:
        return distinct(self.web_url, self.original_url, self.amp_web_url, self.cdn_amp_web_url)


def read_article(fields: Fields) -> Article:
    """Raises RecordShapeError naming the field that is missing or has another type."""
    for name in ("category", "publishedDateTime"):
        fields.required_text(name)
    fields.nested("provider")
    return Article(
        **read_common(fields, Kind.ARTICLE),
        amp_web_url=fields.text("ampWebUrl"),
        cdn_amp_web_url=fields.text("cdnAmpWebUrl"),
        quality=fields.integer("quality"),
        featured_content=fields.text("featuredContent"),
        related=fields.each("related", _related_item),
    )


def _related_item(fields: Fields) -> RelatedItem:
    written = fields.required_text("publishedDateTime")
    return RelatedItem(
        title=fields.required_text("title"),
        excerpt=fields.required_text("excerpt"),
        published_date_time=written,
        published_at=parse_instant(written, "related.publishedDateTime"),
        type=fields.required_text("type"),
        quality=fields.required_integer("quality"),
        provider=read_provider(fields.nested("provider")),
        web_url=fields.text("webUrl"),
        original_url=fields.text("originalUrl"),
        amp_web_url=fields.text("ampWebUrl"),
        cdn_amp_web_url=fields.text("cdnAmpWebUrl"),
        images=fields.each("images", read_image),
    )
