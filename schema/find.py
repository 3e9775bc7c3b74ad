"""Objects by what they are called."""

from __future__ import annotations

from gateway.records.content import Content as ContentModel
from gateway.records.taxonomy import Organization as OrganizationModel
from gateway.records.taxonomy import Topic as TopicModel
from gateway.verdict.admitted import Admitted
from schema.article import Article, article_from
from schema.content import Content
from schema.context import Records
from schema.node import Node, decode_id
from schema.present import present
from schema.taxonomy import (
    Provider,
    Topic,
    organization_from,
    provider_from,
    topic_from,
)


async def find_node(records: Records, node_id: str) -> Node | None:
    """The object with an id; None for ids of other corpora, too.

    Raises QueryError: BAD_USER_INPUT for what is no id, RECORD_WITHHELD.
    """
    identity = decode_id(node_id)
    if identity.corpus != records.corpus:
        return None
    match identity.type, identity.name:
        case "Topic", (name,):
            return await find_topic(records, name)
        case "Provider", (name, domain):
            return await find_provider(records, name, domain)
        case "Organization", (path,):
            found = await records.by_path(path)
            return None if found is None else organization_from(found, records.corpus)
        case type_name, (path,):
            content = await find_content(records, path)
            # A path whose record has become one of another kind is another object.
            return content if type(content).__name__ == type_name else None
    return None


async def find_content(records: Records, path: str) -> Content | None:
    """The content at a path. Raises QueryError(RECORD_WITHHELD)."""
    return present(await records.by_path(path), records)


async def find_article(records: Records, url: str) -> Article | None:
    """The newest article that a URL names. Raises QueryError(RECORD_WITHHELD)."""
    return article_from(await records.by_url(url), records)


def object_of(admitted: Admitted, records: Records) -> Node | None:
    """The object that a record describes, of whatever kind."""
    if isinstance(admitted.model, TopicModel):
        return topic_from(admitted.model.name, records)
    if isinstance(admitted.model, OrganizationModel):
        return organization_from(admitted, records.corpus)
    return present(admitted, records)


async def find_topic(records: Records, name: str) -> Topic | None:
    return topic_from(name, records) if await records.is_topic(name) else None


async def find_provider(records: Records, name: str, domain: str) -> Provider | None:
    found = await records.of_provider(name, domain)
    content = None if found is None else found.model
    sealed = content.provider if isinstance(content, ContentModel) else None
    return None if sealed is None else provider_from(sealed, records)
