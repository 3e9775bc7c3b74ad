"""What every kind of content has in common."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any

import strawberry

from gateway.records.content import Content as ContentModel
from gateway.verdict.admitted import Admitted
from schema.context import Info, Records, check_length
from schema.integrity import Integrity
from schema.markup import Sanitized, markup
from schema.media import Image, images_from
from schema.node import Node, encode_id
from schema.scalars import DateTime
from schema.taxonomy import Provider, Topic, provider_from, topic_from


@strawberry.enum(description="The kinds of content; each is an object type of the same name.")
class ContentKind(Enum):
    ARTICLE = strawberry.enum_value("article", description="News, in words or as a video.")
    VIDEO = strawberry.enum_value("video", description="A video to learn from.")
    COURSE = strawberry.enum_value("course", description="A course.")
    COLLECTION = strawberry.enum_value("collection", description="A list of other content.")
    DOWNLOAD = strawberry.enum_value("download", description="Something to fetch and use.")
    PROFILE = strawberry.enum_value("profile", description="A person.")
    FORUM = strawberry.enum_value("forum", description="A place where people talk.")


@strawberry.interface(
    description="Anything that readers come for, of whatever kind, proven before it is served."
)
class Content(Node):
    admitted: strawberry.Private[Admitted]
    records: strawberry.Private[Records]
    model: strawberry.Private[ContentModel]
    path: str = strawberry.field(description="Where the record stands in its corpus: its identity.")
    kind: ContentKind = strawberry.field(description="Which kind of content it is.")
    title: str = strawberry.field(
        description="Plain text; may hold HTML entities. The name of a profile or forum."
    )
    excerpt: str = strawberry.field(
        description="A summary in plain text, possibly empty. What a profile says of the person."
    )
    type: str = strawberry.field(description="As the record writes it, such as article or video.")
    category: str | None = strawberry.field(description="news, or null.")
    published_date_time: DateTime | None = strawberry.field(
        description="When it appeared; null for what has no date."
    )
    web_url: str | None = strawberry.field(
        description="The page to send readers to; null for most videos."
    )
    original_url: str | None = strawberry.field(description="Where it first appeared.")
    heat: int | None = strawberry.field(
        description="The publisher's measure of attention; negative where it was never measured."
    )
    published: bool | None = strawberry.field(
        description="False for drafts; null where the record does not say, which counts as true."
    )

    @strawberry.field(description="Who published it.")
    def provider(self) -> Provider | None:
        found = self.model.provider
        return None if found is None else provider_from(found, self.records)

    @strawberry.field(description="Subjects, in the order of the record.")
    def topics(self) -> list[Topic]:
        return [topic_from(name, self.records) for name in self.model.topics]

    @strawberry.field(description="Pictures; empty where there are none.")
    def images(self) -> list[Image]:
        return images_from(self.model.images)

    @strawberry.field(
        description=(
            "Published content that leads here, newest first: articles by the URL of a related"
            " item, collections by the path of an item."
        )
    )
    async def referenced_by(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many at most.")] = 20,
    ) -> list[Content]:
        check_length("first", first, info.context.max_page)
        found = await self.records.referrers(self.path, first)
        return [info.context.present(item, self.records) for item in found]

    @strawberry.field(
        description=(
            "The text behind the front matter, usually empty: Markdown or HTML, sealed but vetted"
            " by nobody. Treat it as untrusted markup."
        ),
        metadata={"weight": 20},
    )
    def body(self, sanitize: Sanitized = False) -> str:
        text = self.admitted.visible.raw.body.decode("utf-8")
        return markup(text, sanitize=sanitize) or ""

    @strawberry.field(description="Why this record may be believed, and how to check that.")
    def integrity(self) -> Integrity:
        return Integrity(visible=self.admitted.visible)


def common(admitted: Admitted, records: Records, content: ContentModel) -> dict[str, Any]:
    """The members of Content, for the constructor of one of its kinds."""
    kind = ContentKind(str(content.kind))
    return {
        "id": encode_id(kind.name.title(), records.corpus, admitted.path),
        "admitted": admitted,
        "records": records,
        "model": content,
        "path": admitted.path,
        "kind": kind,
        "title": content.title,
        "excerpt": content.excerpt,
        "type": content.type,
        "category": content.category,
        "published_date_time": content.published_date_time,
        "web_url": content.web_url,
        "original_url": content.original_url,
        "heat": content.heat,
        "published": content.published,
    }
