"""News articles, and what they say about others."""

from __future__ import annotations

import strawberry

from gateway.records.article import Article as ArticleModel
from gateway.records.article import RelatedItem as RelatedItemModel
from gateway.verdict.admitted import Admitted
from schema.content import Content, common
from schema.context import Records
from schema.markup import FEATURED_CONTENT, Sanitized, markup
from schema.media import Image, images_from
from schema.scalars import DateTime
from schema.taxonomy import Provider, provider_from


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
class Article(Content):
    news: strawberry.Private[ArticleModel]
    category: str = strawberry.field(description="Always news.")
    published_date_time: DateTime = strawberry.field(description="When it appeared.")
    amp_web_url: str | None = strawberry.field(description="Its AMP page.")
    cdn_amp_web_url: str | None = strawberry.field(description="Its AMP page in a cache.")
    quality: int | None = strawberry.field(
        description="The publisher's score; higher is better. Null in the oldest records."
    )

    @strawberry.field(description=FEATURED_CONTENT, metadata={"weight": 20})
    def featured_content(self, sanitize: Sanitized = False) -> str | None:
        return markup(self.news.featured_content, sanitize=sanitize)

    @strawberry.field(description="Who published it.")
    def provider(self) -> Provider:
        return provider_from(self.news.provider, self.records)

    @strawberry.field(description="Items that belong beside this one, in the order of the record.")
    def related(self) -> list[RelatedItem]:
        return [_related_item(item, self.records) for item in self.news.related]


def article_from(admitted: Admitted | None, records: Records) -> Article | None:
    """The GraphQL object for an article; None for other kinds of records."""
    news = None if admitted is None else admitted.model
    if admitted is None or not isinstance(news, ArticleModel):
        return None
    return Article(
        **common(admitted, records, news),
        news=news,
        amp_web_url=news.amp_web_url,
        cdn_amp_web_url=news.cdn_amp_web_url,
        quality=news.quality,
    )


def _related_item(item: RelatedItemModel, records: Records) -> RelatedItem:
    return RelatedItem(
        records=records,
        title=item.title,
        excerpt=item.excerpt,
        published_date_time=DateTime(item.published_date_time),
        type=item.type,
        quality=item.quality,
        provider=provider_from(item.provider, records),
        web_url=item.web_url,
        original_url=item.original_url,
        amp_web_url=item.amp_web_url,
        cdn_amp_web_url=item.cdn_amp_web_url,
        images=images_from(item.images),
    )
