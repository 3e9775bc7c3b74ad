"""What a list may be narrowed by, as values. How they are written in GraphQL is schema.where's."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Field(StrEnum):
    """What a comparison is about. URL and TOPIC have many values, the others one or none."""

    PATH = "path"
    KIND = "kind"
    TITLE = "title"
    EXCERPT = "excerpt"
    TYPE = "type"
    CATEGORY = "category"
    PROVIDER_NAME = "provider_name"
    PROVIDER_DOMAIN = "provider_domain"
    PUBLISHED = "published"
    QUALITY = "quality"
    HEAT = "heat"
    HAS_IMAGE = "has_image"
    URL = "url"
    TOPIC = "topic"


class Op(StrEnum):
    """CONTAINS and STARTS_WITH compare as people do (gateway.index.fold), the others exactly."""

    EQ = "eq"
    IN = "in"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    CONTAINS = "contains"
    STARTS_WITH = "startsWith"
    EXISTS = "exists"


Value = str | int | bool | tuple[str, ...] | tuple[int, ...] | None


@dataclass(frozen=True)
class Compare:
    """True if it holds for any value of the field; of a missing value nothing holds.

    value: of the field's own type; a tuple of them for IN, None for EXISTS. Times are in
    microseconds since 1970, UTC. Text is ordered by code point.
    """

    field: Field
    op: Op
    value: Value


@dataclass(frozen=True)
class Every:
    """True if all parts are; an empty one is true."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Either:
    """True if some part is; an empty one is false."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Neither:
    """True if the part is false. There is no third value of truth."""

    part: Condition


@dataclass(frozen=True)
class Related:
    """True if the part is true of some related item, whose fields it then speaks of."""

    part: Condition


Condition = Compare | Every | Either | Neither | Related
