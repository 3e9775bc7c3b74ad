"""Articles and what they are made of."""

from __future__ import annotations

from typing import Annotated

import strawberry

from gateway.records import article as model
from gateway.repository.view import Admitted
from schema.context import Info, Records, check_length
from schema.integrity import Integrity
from schema.node import Node, article_id
from schema.scalars import DateTime


@strawberry.type(description="A picture. Its bytes are not sealed, only what is said of it here.")
class Image:
    url: str = strawberry.field(description="Absolute, or relative to the publisher's site.")
    width: int = strawberry.field(description="In pixels.")
    height: int = strawberry.field(description="In pixels.")
    is_cached: bool | None = strawberry.field(
        description="Whether the publisher keeps a copy; null where the record does not say."
    )
    title: str | None = strawberry.field(description="A caption; null where there is none.")


@strawberry.type(description="Who published an article. Identity is name and domain together.")
class Provider:
    name: str = strawberry.field(description="As it is shown to readers.")
    domain: str = strawberry.field(description="Registered domain; several names may share one.")
    images: list[Image] = strawberry.field(description="Logos; empty where there are none.")


@strawberry.type(description="A subject that articles are filed under.")
class Topic:
    name: str = strawberry.field(description="As the records spell it.")


@strawberry.type(
    description=(
        "What an article says about another one. It is sealed inside the article that names it,"
        " not inside the one that it describes."
    )
)
class RelatedItem:
    records: strawberry.Private[Records]
    title: str = strawberry.field(description="Plain text.")
    excerpt: str = strawberry.field(description="A summary in plain text.")
    published_date_time: DateTime = strawberry.field(description="When it appeared.")
    type: str = strawberry.field(description="article or video.")
    quality: int = strawberry.field(description="The publisher's score; higher is better.")
    provider: Provider = strawberry.field(description="Who published it.")
    web_url: str | None = strawberry.field(description="The page to send readers to.")
    original_url: str | None = strawberry.field(description="Where it first appeared.")
    amp_web_url: str | None = strawberry.field(description="Its AMP page.")
    cdn_amp_web_url: str | None = strawberry.field(description="Its AMP page in a cache.")
    images: list[Image] = strawberry.field(description="Pictures; empty where there are none.")

    @strawberry.field(
        description=(
            "The full record that the item's webUrl, else its originalUrl, names, itself verified."
            " Null where this gateway serves none."
        )
    )
    async def article(self) -> Article | None:
        for url in (self.web_url, self.original_url):
            if url and (found := await self.records.by_url(url)) is not None:
                return article_from(found, self.records)
        return None


@strawberry.type(description="A news article or news video, proven before it is served.")
class Article(Node):
    admitted: strawberry.Private[Admitted]
    records: strawberry.Private[Records]
    path: str = strawberry.field(description="Where the record stands in its corpus: its identity.")
    title: str = strawberry.field(description="Plain text; may hold HTML entities.")
    excerpt: str = strawberry.field(description="A summary in plain text.")
    published_date_time: DateTime = strawberry.field(description="When it appeared.")
    type: str = strawberry.field(description="article or video.")
    category: str = strawberry.field(description="Always news, so far.")
    web_url: str | None = strawberry.field(
        description="The page to send readers to; null for most videos."
    )
    original_url: str | None = strawberry.field(
        description="Where it first appeared; null in the oldest records."
    )
    amp_web_url: str | None = strawberry.field(description="Its AMP page.")
    cdn_amp_web_url: str | None = strawberry.field(description="Its AMP page in a cache.")
    quality: int | None = strawberry.field(
        description="The publisher's score; higher is better. Null in the oldest records."
    )
    heat: int | None = strawberry.field(
        description="The publisher's measure of attention; negative where it was never measured."
    )
    published: bool | None = strawberry.field(
        description="False for drafts, null in the oldest records, which count as published."
    )
    featured_content: str | None = strawberry.field(
        description="HTML of an embedded player. Treat it as untrusted markup: sealed, not safe."
    )

    @strawberry.field(description="Who published it.")
    def provider(self) -> Provider:
        return _provider(self.admitted.article.provider)

    @strawberry.field(description="Subjects, in the order of the record.")
    def topics(self) -> list[Topic]:
        return [Topic(name=name) for name in self.admitted.article.topics]

    @strawberry.field(description="Pictures; empty where there are none.")
    def images(self) -> list[Image]:
        return _images(self.admitted.article.images)

    @strawberry.field(description="Items that belong beside this one, in the order of the record.")
    def related(self) -> list[RelatedItem]:
        return [_related_item(item, self.records) for item in self.admitted.article.related]

    @strawberry.field(
        description="Published articles whose related items lead to this one, newest first."
    )
    async def referenced_by(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many at most.")] = 20,
    ) -> list[Article]:
        check_length("first", first, info.context.max_page)
        found = await self.records.referrers(self.path, first)
        return [article_from(item, self.records) for item in found]

    @strawberry.field(description="The text behind the front matter, usually empty. Markdown.")
    def body(self) -> str:
        return self.admitted.visible.raw.body.decode("utf-8")

    @strawberry.field(description="Why this record may be believed, and how to check that.")
    def integrity(self) -> Integrity:
        return Integrity(visible=self.admitted.visible)


def article_from(admitted: Admitted, records: Records) -> Article:
    """The GraphQL object for a record that passed the verifier, or that the policy discloses."""
    article = admitted.article
    return Article(
        id=article_id(admitted.visible.raw.corpus, admitted.visible.path),
        admitted=admitted,
        records=records,
        path=admitted.visible.path,
        title=article.title,
        excerpt=article.excerpt,
        published_date_time=DateTime(article.published_date_time),
        type=article.type,
        category=article.category,
        web_url=article.web_url,
        original_url=article.original_url,
        amp_web_url=article.amp_web_url,
        cdn_amp_web_url=article.cdn_amp_web_url,
        quality=article.quality,
        heat=article.heat,
        published=article.published,
        featured_content=article.featured_content,
    )


def _images(images: tuple[model.Image, ...]) -> list[Image]:
    return [
        Image(
            url=image.url,
            width=image.width,
            height=image.height,
            is_cached=image.is_cached,
            title=image.title,
        )
        for image in images
    ]


def _provider(provider: model.Provider) -> Provider:
    return Provider(name=provider.name, domain=provider.domain, images=_images(provider.images))


def _related_item(item: model.RelatedItem, records: Records) -> RelatedItem:
    return RelatedItem(
        records=records,
        title=item.title,
        excerpt=item.excerpt,
        published_date_time=DateTime(item.published_date_time),
        type=item.type,
        quality=item.quality,
        provider=_provider(item.provider),
        web_url=item.web_url,
        original_url=item.original_url,
        amp_web_url=item.amp_web_url,
        cdn_amp_web_url=item.cdn_amp_web_url,
        images=_images(item.images),
    )
