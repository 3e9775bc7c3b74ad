"""The filter language of lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import strawberry

from gateway.errors import QueryError, Reason
from gateway.index.condition import Compare, Condition, Either, Every, Field, Neither, Op, Related
from schema.operators import (
    DateTimeFilter,
    IntFilter,
    KindFilter,
    StringFilter,
    check_values,
    compare,
    given,
)

MAX_DEPTH = 10
MAX_PARTS = 200


@strawberry.input(description="Whom content was published by. All members given must hold.")
class ProviderFilter:
    name: StringFilter | None = strawberry.field(
        default=strawberry.UNSET, description="As it is shown to readers."
    )
    domain: StringFilter | None = strawberry.field(
        default=strawberry.UNSET, description="Registered domain; several names may share one."
    )


@strawberry.input(description="Topics by name, exactly. All members given must hold.")
class TopicsFilter:
    any: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Filed under at least one of these."
    )
    all: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Filed under each of these."
    )
    none: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Filed under none of these."
    )


@strawberry.input(description="One related item. All members given must hold of the same item.")
class RelatedItemWhere:
    title: StringFilter | None = strawberry.field(
        default=strawberry.UNSET, description="Its title."
    )
    excerpt: StringFilter | None = strawberry.field(
        default=strawberry.UNSET, description="Its summary."
    )
    type: StringFilter | None = strawberry.field(
        default=strawberry.UNSET, description="article or video."
    )
    provider: ProviderFilter | None = strawberry.field(
        default=strawberry.UNSET, description="Who published it."
    )
    published_date_time: DateTimeFilter | None = strawberry.field(
        default=strawberry.UNSET, description="When it appeared."
    )
    quality: IntFilter | None = strawberry.field(
        default=strawberry.UNSET, description="The publisher's score."
    )
    url: StringFilter | None = strawberry.field(
        default=strawberry.UNSET, description="Its webUrl or its originalUrl."
    )


@strawberry.input(description="The related items of an article. All members given must hold.")
class RelatedFilter:
    some: RelatedItemWhere | None = strawberry.field(
        default=strawberry.UNSET, description="At least one is like this; {} is like any."
    )
    none: RelatedItemWhere | None = strawberry.field(
        default=strawberry.UNSET, description="Not one is like this."
    )


@strawberry.input(
    description=(
        "What content must be like; all members given must hold. Where a record has no value,"
        " no comparison holds but isNull, ne and notIn."
    )
)
class ContentWhere:
    path: StringFilter | None = strawberry.field(
        default=strawberry.UNSET, description="Where the record stands in its corpus."
    )
    kind: KindFilter | None = strawberry.field(
        default=strawberry.UNSET, description="Which kind of content it is."
    )
    title: StringFilter | None = strawberry.field(
        default=strawberry.UNSET, description="The title; the name of a profile or forum."
    )
    excerpt: StringFilter | None = strawberry.field(
        default=strawberry.UNSET, description="The summary."
    )
    type: StringFilter | None = strawberry.field(
        default=strawberry.UNSET, description="As the record writes it, such as article or video."
    )
    category: StringFilter | None = strawberry.field(
        default=strawberry.UNSET, description="news, or null."
    )
    topics: TopicsFilter | None = strawberry.field(
        default=strawberry.UNSET, description="What it is filed under."
    )
    provider: ProviderFilter | None = strawberry.field(
        default=strawberry.UNSET, description="Who published it."
    )
    published_date_time: DateTimeFilter | None = strawberry.field(
        default=strawberry.UNSET, description="When it appeared."
    )
    quality: IntFilter | None = strawberry.field(
        default=strawberry.UNSET, description="The publisher's score; only articles have one."
    )
    heat: IntFilter | None = strawberry.field(
        default=strawberry.UNSET, description="The publisher's measure of attention."
    )
    url: StringFilter | None = strawberry.field(
        default=strawberry.UNSET, description="Any URL that names it: web, original or AMP."
    )
    has_image: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether it has a picture."
    )
    related: RelatedFilter | None = strawberry.field(
        default=strawberry.UNSET, description="The items beside it; only articles have some."
    )
    and_: list[ContentWhere] | None = strawberry.field(
        default=strawberry.UNSET, name="and", description="All of these hold."
    )
    or_: list[ContentWhere] | None = strawberry.field(
        default=strawberry.UNSET, name="or", description="One of these holds; [] never does."
    )
    not_: ContentWhere | None = strawberry.field(
        default=strawberry.UNSET, name="not", description="This does not hold."
    )


def condition(where: ContentWhere) -> Condition:
    """Raises QueryError: BAD_USER_INPUT, or OPERATION_TOO_LARGE over 10 levels or 200 parts."""
    return _Reader().content(where, "where", 1)


_PLAIN: Mapping[str, Field] = {
    "path": Field.PATH,
    "kind": Field.KIND,
    "title": Field.TITLE,
    "excerpt": Field.EXCERPT,
    "type": Field.TYPE,
    "category": Field.CATEGORY,
    "published_date_time": Field.PUBLISHED,
    "quality": Field.QUALITY,
    "heat": Field.HEAT,
    "url": Field.URL,
}


class _Reader:
    def __init__(self) -> None:
        self._parts = 0

    def content(self, where: ContentWhere, name: str, depth: int) -> Condition:
        if depth > MAX_DEPTH:
            raise _too_large(f"where is nested over {MAX_DEPTH} levels")
        special: dict[str, Callable[[Any], Condition]] = {
            "topics": lambda topics: self._topics(topics, f"{name}.topics"),
            "related": lambda related: self._related(related, f"{name}.related"),
            "has_image": lambda wanted: Compare(Field.HAS_IMAGE, Op.EQ, wanted),
            "and_": lambda parts: Every(self._all(parts, f"{name}.and", depth)),
            "or_": lambda parts: Either(self._all(parts, f"{name}.or", depth)),
            "not_": lambda part: Neither(self.content(part, f"{name}.not", depth + 1)),
        }
        return self._members(where, name, special)

    def _all(self, parts: list[ContentWhere], name: str, depth: int) -> tuple[Condition, ...]:
        return tuple(
            self.content(part, f"{name}[{place}]", depth + 1) for place, part in enumerate(parts)
        )

    def _members(
        self, where: object, name: str, special: Mapping[str, Callable[[Any], Condition]]
    ) -> Condition:
        found = []
        for member, value in given(where, name):
            self._count(1)
            if member == "provider":
                found.append(self._provider(value, f"{name}.provider"))
            elif member in special:
                found.append(special[member](value))
            else:
                found.append(compare(_PLAIN[member], value, f"{name}.{member}"))
        return Every(tuple(found))

    def _count(self, parts: int) -> None:
        """What is asked for becomes one expression, and databases bound how deep one may be."""
        self._parts += parts
        if self._parts > MAX_PARTS:
            raise _too_large(f"where has over {MAX_PARTS} parts")

    def _provider(self, provider: ProviderFilter, name: str) -> Condition:
        fields = {"name": Field.PROVIDER_NAME, "domain": Field.PROVIDER_DOMAIN}
        return Every(
            tuple(
                compare(fields[member], value, f"{name}.{member}")
                for member, value in given(provider, name)
            )
        )

    def _related(self, related: RelatedFilter, name: str) -> Condition:
        found: list[Condition] = []
        for member, value in given(related, name):
            some = Related(self._members(value, f"{name}.{member}", {}))
            found.append(some if member == "some" else Neither(some))
        return Every(tuple(found))

    def _topics(self, topics: TopicsFilter, name: str) -> Condition:
        found: list[Condition] = []
        for member, names in given(topics, name):
            check_values(names, f"{name}.{member}")
            if member == "all":
                self._count(len(names))
                found += [Compare(Field.TOPIC, Op.EQ, topic) for topic in names]
            else:
                some = Compare(Field.TOPIC, Op.IN, tuple(names))
                found.append(some if member == "any" else Neither(some))
        return Every(tuple(found))


def _too_large(message: str) -> QueryError:
    return QueryError(Reason.OPERATION_TOO_LARGE, message, hint="Ask for less at once.")
