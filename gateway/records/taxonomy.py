"""The words that content is filed under: topics, and the organizations behind providers."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.records.kind import Kind
from gateway.records.media import Image, read_image
from gateway.records.shape import Fields


@dataclass(frozen=True, kw_only=True)
class Topic:
    """A subject. Content names it by `name`, and a topic its `parent` likewise."""

    kind: Kind = Kind.TOPIC
    name: str
    short_name: str | None
    parent: str | None
    keywords: tuple[str, ...]
    hashtags: tuple[str, ...]
    image_urls: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Organization:
    """Who is behind a provider: one of its names, together with its domain, names it."""

    kind: Kind = Kind.ORGANIZATION
    name: str
    domain: str
    other_names: tuple[str, ...]
    description: str | None
    images: tuple[Image, ...]


def read_topic(fields: Fields) -> Topic:
    return Topic(
        name=fields.required_text("name"),
        short_name=fields.text("shortname"),
        parent=fields.text("parent"),
        keywords=fields.texts("keywords"),
        hashtags=fields.texts("hashtags"),
        image_urls=fields.texts("images"),
    )


def read_organization(fields: Fields) -> Organization:
    return Organization(
        name=fields.required_text("name"),
        domain=fields.required_text("domain"),
        other_names=fields.texts("otherNames"),
        description=fields.text("description"),
        images=fields.each("images", read_image),
    )
