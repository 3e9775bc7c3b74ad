"""Things to learn from: videos, courses, and collections of them."""

from __future__ import annotations

import strawberry

from gateway.records import learning as model
from gateway.verdict.admitted import Admitted
from schema.content import Content, common
from schema.context import Info, Records
from schema.markup import FEATURED_CONTENT, Sanitized, markup
from schema.scalars import Duration


@strawberry.type(description="What people thought of a course when the record was sealed.")
class Ratings:
    count: int = strawberry.field(description="How many people rated it.")
    average: float = strawberry.field(description="On the publisher's scale.")


@strawberry.type(description="A video to learn from.")
class Video(Content):
    video: strawberry.Private[model.Video]
    price: str | None = strawberry.field(description="As the publisher words it, such as Free.")
    length: Duration | None = strawberry.field(description="How long it plays.")

    @strawberry.field(description=FEATURED_CONTENT, metadata={"weight": 20})
    def featured_content(self, sanitize: Sanitized = False) -> str | None:
        return markup(self.video.featured_content, sanitize=sanitize)


@strawberry.type(description="A course.")
class Course(Content):
    price: str | None = strawberry.field(description="As the publisher words it, such as Free.")
    length: Duration | None = strawberry.field(description="How long it takes.")
    levels: list[str] = strawberry.field(description="For whom, such as Beginner.")
    ratings: Ratings | None = strawberry.field(description="Null where there are none.")


@strawberry.type(description="A place in a collection.")
class CollectionItem:
    records: strawberry.Private[Records]
    located: strawberry.Private[str | None]
    name: str = strawberry.field(
        description="As the collection writes it: a path without its ending, from the folder above."
    )

    @strawberry.field(
        description=(
            "The record there, itself verified. Null without an error where this gateway serves"
            " none; null with the error RECORD_WITHHELD where there is one that is not proven."
        )
    )
    async def record(self, info: Info) -> Content | None:
        found = None if self.located is None else await self.records.by_path(self.located)
        return None if found is None else info.context.present(found, self.records)


@strawberry.type(description="A list of other content, to be taken in its order.")
class Collection(Content):
    collection: strawberry.Private[model.Collection]
    price: str | None = strawberry.field(description="As the publisher words it, such as Free.")
    length: Duration | None = strawberry.field(description="How long all of it takes.")
    levels: list[str] = strawberry.field(description="For whom, such as Beginner.")

    @strawberry.field(
        description="What it holds, in the order of the record.", metadata={"longest": 20}
    )
    def items(self) -> list[CollectionItem]:
        found = self.collection
        return [
            CollectionItem(records=self.records, located=path, name=name)
            for name, path in zip(found.items, found.item_paths(self.path), strict=True)
        ]


def video_from(admitted: Admitted, records: Records, video: model.Video) -> Video:
    return Video(
        **common(admitted, records, video),
        video=video,
        price=video.price,
        length=_duration(video.length),
    )


def course_from(admitted: Admitted, records: Records, course: model.Course) -> Course:
    ratings = course.ratings
    return Course(
        **common(admitted, records, course),
        price=course.price,
        length=_duration(course.length),
        levels=list(course.levels),
        ratings=None if ratings is None else Ratings(count=ratings.count, average=ratings.average),
    )


def collection_from(
    admitted: Admitted, records: Records, collection: model.Collection
) -> Collection:
    return Collection(
        **common(admitted, records, collection),
        collection=collection,
        price=collection.price,
        length=_duration(collection.length),
        levels=list(collection.levels),
    )


def _duration(text: str | None) -> Duration | None:
    return None if text is None else Duration(text)
