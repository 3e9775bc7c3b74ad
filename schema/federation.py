"""The schema as one part of a supergraph (Apollo Federation 2, the subgraph specification).

What others say about our objects is keyed by what we call them, and that is all a gateway hands
back: which record it is, is looked up here, and judged like any other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, NewType, cast

import strawberry

from gateway.errors import QueryError, Reason
from schema.article import Article
from schema.community import Download, Forum, Profile
from schema.context import Info, Records, check_count
from schema.find import find_content, find_node, find_provider, find_topic
from schema.learning import Collection, Course, Video
from schema.node import Node
from schema.query import Query
from schema.taxonomy import Organization, Provider, Topic

# The oldest version that has everything used here, so that old compositions understand it.
_LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])'
_ID = ("id",)
_CONTENT_KEYS = (_ID, ("path",))
_KEYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "Article": _CONTENT_KEYS,
    "Collection": _CONTENT_KEYS,
    "Course": _CONTENT_KEYS,
    "Download": _CONTENT_KEYS,
    "Forum": _CONTENT_KEYS,
    "Organization": (_ID,),
    "Profile": _CONTENT_KEYS,
    "Provider": (_ID, ("name", "domain")),
    "Topic": (_ID, ("name",)),
    "Video": _CONTENT_KEYS,
}

Representation = NewType("Representation", object)


def _mapping(value: object) -> object:
    if not isinstance(value, Mapping):
        raise QueryError(Reason.BAD_USER_INPUT, "a representation is an object with its __typename")
    return value


def _never(_value: object) -> object:
    raise QueryError(Reason.BAD_USER_INPUT, "an _Any is never an answer")


FEDERATION_SCALARS: dict[Any, Any] = {
    Representation: strawberry.scalar(
        name="_Any",
        description="An object of this schema by its __typename and the fields of one of its keys.",
        serialize=_never,
        parse_value=_mapping,
    )
}

Entity = Annotated[
    Article
    | Collection
    | Course
    | Download
    | Forum
    | Organization
    | Profile
    | Provider
    | Topic
    | Video,
    strawberry.union(name="_Entity", description="What other subgraphs may add fields to."),
]


@strawberry.type(name="_Service", description="This subgraph, for those who compose it.")
class Service:
    sdl: str = strawberry.field(description="Its schema, with the keys of its entities.")


@strawberry.type
class _Entities:
    @strawberry.field(
        name="_entities",
        description=(
            "The objects that these representations name, in their order; null where there is"
            " none, null with the error RECORD_WITHHELD where it is not proven."
        ),
    )
    async def entities(
        self,
        info: Info,
        representations: Annotated[
            list[Representation],
            strawberry.argument(description="As many as a page may be long."),
        ],
    ) -> list[Entity | None]:
        check_count(info.context, representations)
        records = info.context.records
        asked = (_find(records, cast("Mapping[str, Any]", one)) for one in representations)
        # graphql-core raises exceptions that stand where a value should be, each in its place.
        found = await asyncio.gather(*asked, return_exceptions=True)
        return cast("list[Entity | None]", found)


def federated(sdl: str) -> type[Query]:
    """The root of every query of the subgraph whose plain schema is `sdl`."""
    service = Service(sdl=subgraph_sdl(sdl))

    @strawberry.type(name="Query", description=Query.__strawberry_definition__.description)  # type: ignore[attr-defined]
    class Federated(_Entities, Query):
        @strawberry.field(name="_service", description="What a composition needs to know.")
        def service(self) -> Service:
            return service

    return Federated


def subgraph_sdl(sdl: str) -> str:
    """A schema definition language document, followed by @link and the keys of every entity."""
    keys = [
        f"extend type {name} " + " ".join(f'@key(fields: "{" ".join(key)}")' for key in keys)
        for name, keys in _KEYS.items()
    ]
    return "\n\n".join([sdl.rstrip("\n"), _LINK, *keys]) + "\n"


async def _find(records: Records, representation: Mapping[str, Any]) -> Node | None:
    """Raises QueryError: BAD_USER_INPUT for what names no object, RECORD_WITHHELD."""
    type_name = representation.get("__typename")
    found = await _named(records, str(type_name), _name(representation, type_name))
    # A path or an id may have become, or always have been, that of another kind of object.
    return found if type(found).__name__ == type_name else None


def _name(representation: Mapping[str, Any], type_name: object) -> dict[str, str]:
    """The first of the entity's keys that the representation has."""
    for key in _KEYS.get(type_name, ()) if isinstance(type_name, str) else ():
        if all(isinstance(representation.get(field), str) for field in key):
            return {field: representation[field] for field in key}
    message = "a representation needs a __typename of this schema and the strings of one key of it"
    raise QueryError(Reason.BAD_USER_INPUT, message)


async def _named(records: Records, type_name: str, name: dict[str, str]) -> Node | None:
    match name:
        case {"id": node_id}:
            return await find_node(records, node_id)
        case {"path": path}:
            return await find_content(records, path)
        case {"name": topic} if type_name == "Topic":
            return await find_topic(records, topic)
    return await find_provider(records, name["name"], name["domain"])
