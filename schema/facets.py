"""How the records of a list are spread."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import strawberry

from gateway.index import facets
from gateway.index.listing import Listing
from schema.context import Info, Records, check_length
from schema.scalars import DateTime
from schema.taxonomy import Provider, Topic, provider_named, topic_from


@strawberry.type(description="A topic, and how many records of the list are filed under it.")
class TopicCount:
    topic: Topic = strawberry.field(description="The topic.")
    count: int = strawberry.field(description="Records of the list.")


@strawberry.type(description="A provider, and how many records of the list it published.")
class ProviderCount:
    provider: Provider = strawberry.field(description="The provider.")
    count: int = strawberry.field(description="Records of the list.")


@strawberry.type(description="A type, and how many records of the list are of it.")
class TypeCount:
    type: str = strawberry.field(description="As the records write it, such as article or video.")
    count: int = strawberry.field(description="Records of the list.")


@strawberry.type(description="A stretch of time, and how many records of the list appeared in it.")
class TimeBucket:
    start: DateTime = strawberry.field(description="Its first instant, in UTC.")
    count: int = strawberry.field(description="Records of the list.")


@strawberry.enum(description="Calendar intervals in UTC.")
class Interval(Enum):
    DAY = strawberry.enum_value("day", description="From midnight to midnight.")
    WEEK = strawberry.enum_value("week", description="From Monday on, as ISO 8601 has it.")
    MONTH = strawberry.enum_value("month", description="From the first on.")
    YEAR = strawberry.enum_value("year", description="From 1 January on.")


First = Annotated[int, strawberry.argument(description="How many at most, the greatest first.")]


@strawberry.type(
    description=(
        "Counts over the whole list, not only over the page: what search and where leave, and what"
        " the caller may see. Equal counts are in the order of names."
    )
)
class Facets:
    records: strawberry.Private[Records]
    listing: strawberry.Private[Listing]

    @strawberry.field(description="By topic; a record counts once for each of its topics.")
    async def topics(self, info: Info, first: First = 20) -> list[TopicCount]:
        check_length("first", first, info.context.max_page)
        found = await self.records.reading.ask(facets.topic_counts, self.listing, first)
        return [
            TopicCount(topic=topic_from(item.value, self.records), count=item.count)
            for item in found
        ]

    @strawberry.field(description="By provider.")
    async def providers(self, info: Info, first: First = 20) -> list[ProviderCount]:
        check_length("first", first, info.context.max_page)
        found = await self.records.reading.ask(facets.provider_counts, self.listing, first)
        return [
            ProviderCount(
                provider=provider_named(item.name, item.domain, self.records), count=item.count
            )
            for item in found
        ]

    @strawberry.field(description="By type.")
    async def types(self, info: Info, first: First = 20) -> list[TypeCount]:
        check_length("first", first, info.context.max_page)
        found = await self.records.reading.ask(facets.type_counts, self.listing, first)
        return [TypeCount(type=item.value, count=item.count) for item in found]

    @strawberry.field(
        description="Over time, the latest first. Intervals without records are left out."
    )
    async def published(
        self,
        info: Info,
        interval: Annotated[Interval, strawberry.argument(description="How long each is.")],
        first: Annotated[int, strawberry.argument(description="How many at most.")] = 20,
    ) -> list[TimeBucket]:
        check_length("first", first, info.context.max_page)
        chosen = facets.Interval(interval.name.lower())
        found = await self.records.reading.ask(facets.histogram, self.listing, chosen, first)
        return [
            TimeBucket(start=DateTime(f"{item.start:%Y-%m-%dT%H:%M:%SZ}"), count=item.count)
            for item in found
        ]
