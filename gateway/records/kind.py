"""The kinds of records that are modelled."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Kind(StrEnum):
    """What a record is. The values are stored in no file; they are names for people."""

    ARTICLE = "article"
    VIDEO = "video"
    COURSE = "course"
    COLLECTION = "collection"
    DOWNLOAD = "download"
    PROFILE = "profile"
    FORUM = "forum"
    TOPIC = "topic"
    ORGANIZATION = "organization"


# What readers come for; the other kinds describe the words that content is filed under.
CONTENT_KINDS = (
    Kind.ARTICLE,
    Kind.VIDEO,
    Kind.COURSE,
    Kind.COLLECTION,
    Kind.DOWNLOAD,
    Kind.PROFILE,
    Kind.FORUM,
)

_BY_TYPE = {str(kind): kind for kind in CONTENT_KINDS if kind is not Kind.ARTICLE}
_BY_TAXONOMY = {str(kind): kind for kind in (Kind.TOPIC, Kind.ORGANIZATION)}


def kind_of(record: Mapping[str, object]) -> Kind | None:
    """The kind that front matter declares; None for one that is not modelled.

    `category: news` makes an article, whatever its `type`: news videos are articles, too. Other
    content goes by `type`, and what describes content by `taxonomy`.
    """
    if record.get("category") == "news":
        return Kind.ARTICLE
    taxonomy = record.get("taxonomy")
    if isinstance(taxonomy, str):
        return _BY_TAXONOMY.get(taxonomy)
    declared = record.get("type")
    return _BY_TYPE.get(declared) if isinstance(declared, str) else None
