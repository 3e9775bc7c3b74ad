"""What content is filed under: topics, providers and the organizations behind them."""

from __future__ import annotations

import strawberry

from gateway.records import media as media_model
from gateway.records import taxonomy as model
from gateway.records.content import Content
from gateway.verdict.admitted import Admitted
from schema.context import Records
from schema.integrity import Integrity
from schema.media import Image, images_from
from schema.node import Node, encode_id


@strawberry.type(
    description=(
        "A subject that content is filed under by name. What is said of it besides comes from a"
        " record of its own, itself verified; without one the lists are empty and the rest is null."
    )
)
class Topic(Node):
    records: strawberry.Private[Records]
    name: str = strawberry.field(description="As the records spell it.")

    @strawberry.field(description="A shorter name for narrow places.")
    async def short_name(self) -> str | None:
        described = await self._described()
        return described.short_name if described else None

    @strawberry.field(description="The wider subject that it is part of.")
    async def parent(self) -> Topic | None:
        described = await self._described()
        if described is None or described.parent is None:
            return None
        return topic_from(described.parent, self.records)

    @strawberry.field(
        description="The narrower subjects whose records name it as their parent.",
        metadata={"longest": 20},
    )
    async def children(self) -> list[Topic]:
        names = await self.records.subtopics(self.name)
        return [topic_from(name, self.records) for name in names]

    @strawberry.field(description="Words that speak of it, in lower case.")
    async def keywords(self) -> list[str]:
        described = await self._described()
        return list(described.keywords) if described else []

    @strawberry.field(description="With their hash signs.")
    async def hashtags(self) -> list[str]:
        described = await self._described()
        return list(described.hashtags) if described else []

    @strawberry.field(description="URLs of pictures.")
    async def image_urls(self) -> list[str]:
        described = await self._described()
        return list(described.image_urls) if described else []

    @strawberry.field(description="Why the topic's own record may be believed.")
    async def integrity(self) -> Integrity | None:
        admitted = await self.records.topic(self.name)
        return None if admitted is None else Integrity(visible=admitted.visible)

    async def _described(self) -> model.Topic | None:
        admitted = await self.records.topic(self.name)
        found = None if admitted is None else admitted.model
        return found if isinstance(found, model.Topic) else None


@strawberry.type(description="Who is behind a provider, by a record of its own.")
class Organization(Node):
    path: str = strawberry.field(description="Where the record stands in its corpus: its identity.")
    name: str = strawberry.field(description="As it is shown to readers.")
    domain: str = strawberry.field(description="Registered domain.")
    other_names: list[str] = strawberry.field(description="Names it also goes by.")
    description: str | None = strawberry.field(description="What it does, in plain text.")
    images: list[Image] = strawberry.field(description="Logos; empty where there are none.")
    integrity: Integrity = strawberry.field(description="Why this record may be believed.")


@strawberry.type(description="Who published something. Identity is name and domain together.")
class Provider(Node):
    records: strawberry.Private[Records]
    sealed: strawberry.Private[media_model.Provider | None]
    name: str = strawberry.field(description="As it is shown to readers.")
    domain: str = strawberry.field(description="Registered domain; several names may share one.")

    @strawberry.field(
        description=(
            "Logos, as the record that names the provider has them; where no record is at hand, as"
            " its newest one has them."
        )
    )
    async def images(self) -> list[Image]:
        return images_from((await self._sealed()).images)

    @strawberry.field(description="People who wrote for it, by the same record.")
    async def authors(self) -> list[str]:
        return list((await self._sealed()).authors)

    @strawberry.field(description="The organization with this name and domain.")
    async def organization(self) -> Organization | None:
        found = await self.records.organization(self.name, self.domain)
        return None if found is None else organization_from(found, self.records.corpus)

    async def _sealed(self) -> media_model.Provider:
        if self.sealed is not None:
            return self.sealed
        found = await self.records.of_provider(self.name, self.domain)
        content = None if found is None else found.model
        sealed = content.provider if isinstance(content, Content) else None
        return sealed or media_model.Provider(self.name, self.domain, (), ())


def topic_from(name: str, records: Records) -> Topic:
    return Topic(id=encode_id("Topic", records.corpus, name), records=records, name=name)


def provider_from(provider: media_model.Provider, records: Records) -> Provider:
    """With everything that the record at hand says of it."""
    return _provider(provider.name, provider.domain, records, provider)


def provider_named(name: str, domain: str, records: Records) -> Provider:
    return _provider(name, domain, records, None)


def _provider(
    name: str, domain: str, records: Records, sealed: media_model.Provider | None
) -> Provider:
    identity = encode_id("Provider", records.corpus, name, domain)
    return Provider(id=identity, records=records, sealed=sealed, name=name, domain=domain)


def organization_from(admitted: Admitted, corpus: str) -> Organization | None:
    found = admitted.model
    if not isinstance(found, model.Organization):
        return None
    return Organization(
        id=encode_id("Organization", corpus, admitted.path),
        path=admitted.path,
        name=found.name,
        domain=found.domain,
        other_names=list(found.other_names),
        description=found.description,
        images=images_from(found.images),
        integrity=Integrity(visible=admitted.visible),
    )
