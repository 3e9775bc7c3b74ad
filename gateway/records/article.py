"""The shape of a news article, read from the canonical bytes of a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.errors import Reason, RecordShapeError
from gateway.records.instant import parse_instant
from gateway.records.shape import Fields


@dataclass(frozen=True)
class Image:
    """url may be relative to the publisher's site; width and height are in pixels."""

    url: str
    width: int
    height: int
    is_cached: bool | None
    title: str | None


@dataclass(frozen=True)
class Provider:
    name: str
    domain: str
    images: tuple[Image, ...]


@dataclass(frozen=True)
class RelatedItem:
    """What an article says about another one: a summary sealed inside the article's record."""

    title: str
    excerpt: str
    published_date_time: str
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
        return tuple(url for url in (self.web_url, self.original_url) if url)


@dataclass(frozen=True)
class Article:
    """A news record. quality, heat and published are absent together in the oldest records."""

    title: str
    excerpt: str
    published_date_time: str
    published_at: datetime
    type: str
    category: str
    provider: Provider
    topics: tuple[str, ...]
    web_url: str | None
    original_url: str | None
    amp_web_url: str | None
    cdn_amp_web_url: str | None
    quality: int | None
    heat: int | None
    published: bool | None
    featured_content: str | None
    images: tuple[Image, ...]
    related: tuple[RelatedItem, ...]

    @property
    def is_draft(self) -> bool:
        """Only an explicit `published: false` makes a draft; the oldest records lack the field."""
        return self.published is False

    @property
    def urls(self) -> tuple[str, ...]:
        """Every URL that names this article, in falling order of authority."""
        named = (self.web_url, self.original_url, self.amp_web_url, self.cdn_amp_web_url)
        return tuple(dict.fromkeys(url for url in named if url))

    @property
    def links(self) -> tuple[str, ...]:
        """Every URL by which its related items name other articles."""
        return tuple(dict.fromkeys(url for item in self.related for url in item.urls))


def is_article(record: Mapping[str, object]) -> bool:
    """Whether a record's front matter says that it is news; its `type` may still be `video`."""
    return record.get("category") == "news"


def read_article(record: Mapping[str, object]) -> Article:
    """The article that the decoded member `record` of the canonical bytes describes.

    Raises RecordShapeError: KIND_NOT_MODELLED when it is not news, RECORD_SHAPE with the field's
    name when a field is missing or has another type.
    """
    if not is_article(record):
        kind = record.get("type") or record.get("taxonomy") or "unknown"
        raise RecordShapeError(
            Reason.KIND_NOT_MODELLED, f"records of kind {str(kind)[:40]!r} are not served"
        )
    fields = Fields(record)
    published = fields.required_text("publishedDateTime")
    return Article(
        title=fields.required_text("title"),
        excerpt=fields.required_text("excerpt"),
        published_date_time=published,
        published_at=parse_instant(published, "publishedDateTime"),
        type=fields.required_text("type"),
        category=fields.required_text("category"),
        provider=_provider(fields.nested("provider")),
        topics=fields.texts("topics"),
        web_url=fields.text("webUrl"),
        original_url=fields.text("originalUrl"),
        amp_web_url=fields.text("ampWebUrl"),
        cdn_amp_web_url=fields.text("cdnAmpWebUrl"),
        quality=fields.integer("quality"),
        heat=fields.integer("heat"),
        published=fields.flag("published"),
        featured_content=fields.text("featuredContent"),
        images=fields.each("images", _image),
        related=fields.each("related", _related_item),
    )


def _image(fields: Fields) -> Image:
    return Image(
        url=fields.required_text("url"),
        width=fields.required_integer("width"),
        height=fields.required_integer("height"),
        is_cached=fields.flag("isCached"),
        title=fields.text("title"),
    )


def _provider(fields: Fields) -> Provider:
    return Provider(
        name=fields.required_text("name"),
        domain=fields.required_text("domain"),
        images=fields.each("images", _image),
    )


def _related_item(fields: Fields) -> RelatedItem:
    published = fields.required_text("publishedDateTime")
    parse_instant(published, "related.publishedDateTime")
    return RelatedItem(
        title=fields.required_text("title"),
        excerpt=fields.required_text("excerpt"),
        published_date_time=published,
        type=fields.required_text("type"),
        quality=fields.required_integer("quality"),
        provider=_provider(fields.nested("provider")),
        web_url=fields.text("webUrl"),
        original_url=fields.text("originalUrl"),
        amp_web_url=fields.text("ampWebUrl"),
        cdn_amp_web_url=fields.text("cdnAmpWebUrl"),
        images=fields.each("images", _image),
    )
