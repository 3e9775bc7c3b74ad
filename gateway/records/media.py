"""Pictures and publishers, as every kind of record describes them."""

from __future__ import annotations

from dataclasses import dataclass

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
    """Who published something. Identity is name and domain together: one domain has several."""

    name: str
    domain: str
    images: tuple[Image, ...]
    authors: tuple[str, ...]


def read_image(fields: Fields) -> Image:
    """Raises RecordShapeError, as all functions that take Fields."""
    return Image(
        url=fields.required_text("url"),
        width=fields.required_integer("width"),
        height=fields.required_integer("height"),
        is_cached=fields.flag("isCached"),
        title=fields.text("title"),
    )


def read_provider(fields: Fields) -> Provider:
    return Provider(
        name=fields.required_text("name"),
        domain=fields.required_text("domain"),
        images=fields.each("images", read_image),
        authors=fields.each("authors", lambda author: author.required_text("name")),
    )
