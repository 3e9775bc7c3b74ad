"""The schema as a subgraph of Apollo Federation 2."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import graphql
import pytest

from gateway.settings import Settings
from schema import build
from schema.node import encode_id
from tests.support.client import Client, serving
from tests.support.folder import Folder
from tests.support.site import CONTENT, build_site

ENTITIES = """query ($of: [_Any!]!) { _entities(representations: $of) {
  __typename ... on Node { id } ... on Content { path title } ... on Topic { name }
  ... on Provider { domain } } }"""


def federated(folder: Folder, **changes: Any) -> Settings:
    return folder.settings.model_copy(update={"federation": True, **changes})


@pytest.fixture
def site(folder: Folder) -> Iterator[Client]:
    build_site(folder)
    with serving(federated(folder)) as client:
        yield client


def entities(client: Client, *representations: Any) -> list[Any]:
    found: list[Any] = client.data(ENTITIES, variables={"of": representations})["_entities"]
    return found


def test_without_the_setting_nothing_of_it_is_known(folder: Folder) -> None:
    with serving(folder.settings) as client:
        for query in ("{_service {sdl}}", "{_entities(representations: []) {__typename}}"):
            assert client.error(query)["code"] == "GRAPHQL_VALIDATION_FAILED"


def test_the_service_is_the_plain_schema_and_its_keys(site: Client) -> None:
    sdl = site.data("{_service {sdl}}")["_service"]["sdl"]
    assert sdl.startswith(build.sdl())
    assert "https://specs.apollo.dev/federation/v2." in sdl
    extensions = graphql.parse(sdl[len(build.sdl()) :]).definitions
    keys = {
        node.name.value: [graphql.print_ast(directive) for directive in node.directives or ()]
        for node in extensions
        if isinstance(node, graphql.ObjectTypeExtensionNode)
    }
    schema = build.build_schema(federation=True)._schema
    union = schema.get_type("_Entity")
    assert isinstance(union, graphql.GraphQLUnionType)
    assert set(keys) == {member.name for member in union.types}
    assert all('@key(fields: "id")' in found for found in keys.values())
    assert keys["Article"] == ['@key(fields: "id")', '@key(fields: "path")']
    assert keys["Topic"] == ['@key(fields: "id")', '@key(fields: "name")']
    assert keys["Provider"] == ['@key(fields: "id")', '@key(fields: "name domain")']


def test_every_object_that_can_be_fetched_again_is_an_entity() -> None:
    schema = build.build_schema(federation=True)._schema
    node = schema.get_type("Node")
    union = schema.get_type("_Entity")
    assert isinstance(node, graphql.GraphQLInterfaceType)
    assert isinstance(union, graphql.GraphQLUnionType)
    assert set(schema.get_possible_types(node)) == set(union.types)


def test_everything_that_it_adds_has_a_description() -> None:
    schema = build.build_schema(federation=True)._schema
    query = schema.query_type
    assert query is not None
    assert query.description == build.build_schema()._schema.query_type.description  # type: ignore[union-attr]
    assert query.fields["_entities"].description
    assert query.fields["_service"].description
    for name in ("_Any", "_Entity", "_Service"):
        assert schema.type_map[name].description


def test_content_of_every_kind_is_found_by_path_and_by_id(site: Client) -> None:
    listed = site.data("{content(first: 50) {edges {node {__typename id path}}}}")["content"]
    nodes = [edge["node"] for edge in listed["edges"]]
    assert len(nodes) == len(CONTENT) + 1
    by_path = [{"__typename": node["__typename"], "path": node["path"]} for node in nodes]
    by_id = [{"__typename": node["__typename"], "id": node["id"]} for node in nodes]
    for asked in (by_path, by_id):
        found = entities(site, *asked)
        assert [one["id"] for one in found] == [node["id"] for node in nodes]


def test_topics_providers_and_organizations_are_found(site: Client) -> None:
    provider = {"name": "Example Learn", "domain": "learn.example.org"}
    path = "_data/organizations/learn.example.org.md"
    organization = encode_id("Organization", "demo", path)
    found = entities(
        site,
        {"__typename": "Topic", "name": "Canvas apps"},
        {"__typename": "Topic", "id": encode_id("Topic", "demo", "Power Apps")},
        {"__typename": "Topic", "name": "Nothing"},
        {"__typename": "Provider", **provider},
        {"__typename": "Provider", **provider, "domain": "other.example.org"},
        {"__typename": "Organization", "id": organization},
    )
    assert [one and one["__typename"] for one in found] == [
        "Topic", "Topic", None, "Provider", None, "Organization",
    ]  # fmt: skip
    assert [one["name"] for one in found[:2]] == ["Canvas apps", "Power Apps"]


def test_what_is_of_another_corpus_or_kind_or_not_there_is_null(site: Client) -> None:
    elsewhere = encode_id("Article", "elsewhere", "_news/a.md")
    here = encode_id("Article", "demo", "_news/a.md")
    assert entities(
        site,
        {"__typename": "Article", "id": elsewhere},
        {"__typename": "Video", "id": here},
        {"__typename": "Video", "path": "_news/a.md"},
        {"__typename": "Article", "path": "_news/none.md"},
    ) == [None, None, None, None]


def test_what_is_withheld_is_an_error_in_its_own_place(site: Client) -> None:
    forged = {"__typename": "Video", "path": "_learning/videos/forged.md"}
    sound = {"__typename": "Article", "path": "_news/a.md"}
    answer = site.post(ENTITIES, variables={"of": [sound, forged, sound]})
    assert [one and one["path"] for one in answer["data"]["_entities"]] == [
        "_news/a.md", None, "_news/a.md",
    ]  # fmt: skip
    (error,) = answer["errors"]
    assert error["path"] == ["_entities", 1]
    assert error["extensions"]["code"] == "RECORD_WITHHELD"
    assert "Rows" not in str(error)
    assert "Lies" not in str(error)


@pytest.mark.parametrize(
    "representation",
    [
        {},
        {"__typename": "Article"},
        {"__typename": "Article", "path": None},
        {"__typename": "Article", "id": 7},
        {"__typename": "Article", "id": "no id"},
        {"__typename": "Provider", "name": "Example Learn"},
        {"__typename": "Integrity", "id": "x"},
        {"__typename": ["Article"], "path": "_news/a.md"},
        {"path": "_news/a.md"},
    ],
)
def test_what_names_nothing_is_an_error_in_its_own_place(site: Client, representation: Any) -> None:
    sound = {"__typename": "Article", "path": "_news/a.md"}
    answer = site.post(ENTITIES, variables={"of": [representation, sound]})
    assert answer["data"]["_entities"][0] is None
    assert answer["data"]["_entities"][1]["path"] == "_news/a.md"
    (error,) = answer["errors"]
    assert error["path"] == ["_entities", 0]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize("representation", ["Article", 7, ["Article"], True])
def test_what_is_no_object_is_no_representation(site: Client, representation: Any) -> None:
    answer = site.post(ENTITIES, variables={"of": [representation]})
    assert "data" not in answer
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_representations_may_be_written_into_the_query(site: Client) -> None:
    query = """{_entities(representations: [{__typename: "Topic", name: "Canvas apps"}])
      {... on Topic {shortName}}}"""
    assert site.data(query)["_entities"] == [{"shortName": "Canvas"}]


def reads_for(client: Client, count: int) -> int:
    client.gateway.repository.shelf.clear()
    before = client.gateway.store.reads
    asked = [{"__typename": "Article", "path": f"_news/{n:03}.md"} for n in range(count)]
    assert all(entities(client, *asked))
    return client.gateway.store.reads - before


def test_many_representations_are_one_read_of_the_store_and_a_page_at_most(folder: Folder) -> None:
    for number in range(101):
        folder.add(f"_news/{number:03}.md")
    with serving(federated(folder)) as client:
        assert [reads_for(client, count) for count in (1, 100)] == [1, 1]
        too_many = [{"__typename": "Article", "path": "_news/000.md"}] * 101
        assert client.error(ENTITIES, variables={"of": too_many})["code"] == "BAD_USER_INPUT"


def test_entities_weigh_as_much_as_there_may_be(folder: Folder) -> None:
    with serving(federated(folder, max_cost=100)) as client:
        said = client.error(ENTITIES, variables={"of": []})
        assert (said["code"], said["limit"]) == ("OPERATION_TOO_LARGE", "cost")
        assert said["found"] > 100
