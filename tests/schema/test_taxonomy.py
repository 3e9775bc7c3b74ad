"""Topics, providers and organizations."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.client import Client, serving
from tests.support.folder import Folder, replace_in
from tests.support.site import TOPICS, add_record, build_site


@pytest.fixture
def site(folder: Folder) -> Iterator[Client]:
    build_site(folder)
    with serving(folder.settings) as client:
        yield client


def test_topics_form_a_tree(site: Client) -> None:
    query = "{topics {name shortName keywords hashtags imageUrls parent {name} children {name}}}"
    canvas, power = site.data(query)["topics"]
    assert canvas == {
        "name": "Canvas apps",
        "shortName": "Canvas",
        "keywords": [],
        "hashtags": [],
        "imageUrls": ["https://img.example.org/canvas.jpg"],
        "parent": {"name": "Power Apps"},
        "children": [],
    }
    assert power["parent"] is None
    assert (power["keywords"], power["hashtags"]) == (["power apps"], ["#PowerApps"])
    assert power["children"] == [{"name": "Canvas apps"}]


def test_a_topic_without_a_record_of_its_own_has_a_name_only(folder: Folder) -> None:
    folder.add("_news/a.md", topics=["Seals"])
    query = '{topic(name: "Seals") {name parent {name} keywords integrity {status}}}'
    with serving(folder.settings) as client:
        assert client.data(query)["topic"] == {
            "name": "Seals",
            "parent": None,
            "keywords": [],
            "integrity": None,
        }


def test_nobody_knows_a_topic_that_nothing_is_filed_under(site: Client) -> None:
    assert site.data('{topic(name: "Nonsense") {name}}') == {"topic": None}


def test_a_topics_own_record_is_verified_and_says_so(site: Client) -> None:
    query = '{topic(name: "Power Apps") {integrity {status keyIds}}}'
    assert site.data(query)["topic"] == {"integrity": {"status": "VERIFIED", "keyIds": ["k1"]}}


def test_a_forged_topic_record_says_nothing(folder: Folder) -> None:
    build_site(folder)
    replace_in(folder.seeds / "_data/topics/01-canvas-apps.md", "parent: Power", "parent: Evil")
    query = '{topic(name: "Canvas apps") {name shortName parent {name}}}'
    with serving(folder.settings) as client:
        assert client.data(query)["topic"] == {
            "name": "Canvas apps",
            "shortName": None,
            "parent": None,
        }
        assert client.data('{topic(name: "Evil Apps") {name}}') == {"topic": None}


def test_topics_that_are_each_others_parents_end_with_the_query(folder: Folder) -> None:
    for name, parent in (("A", "B"), ("B", "A")):
        add_record(folder, f"_data/topics/{name}.md", taxonomy="topic", name=name, parent=parent)
    query = '{topic(name: "A") {parent {parent {parent {name}}}}}'
    with serving(folder.settings) as client:
        assert client.data(query)["topic"]["parent"]["parent"]["parent"] == {"name": "B"}
        deep = '{topic(name: "A")' + "{parent" * 20 + "{name}" + "}" * 21
        error = client.error(deep)
        assert (error["code"], error["limit"]) == ("OPERATION_TOO_LARGE", "depth")


def test_the_parents_of_a_page_of_topics_are_one_read(folder: Folder) -> None:
    for number in range(20):
        fields = {"taxonomy": "topic", "name": f"T{number:02}", "parent": f"T{number + 1:02}"}
        add_record(folder, f"_data/topics/{number:02}.md", **fields)
    query = "query ($n: Int!) {topics(first: $n) {parent {parent {name}}}}"
    with serving(folder.settings) as client:
        costs = []
        for count in (1, 10):
            client.gateway.repository.shelf.clear()
            before = client.gateway.store.reads
            client.data(query, variables={"n": count})
            costs.append(client.gateway.store.reads - before)
    assert costs[1] <= costs[0]


def test_a_provider_is_its_name_and_its_domain_together(site: Client) -> None:
    query = """query ($name: String!, $domain: String!) {
      provider(name: $name, domain: $domain) { id name organization { name otherNames } } }"""
    names = {"name": "Example Learn", "domain": "learn.example.org"}
    found = site.data(query, variables=names)["provider"]
    assert found["organization"] == {"name": "Example", "otherNames": ["Example Learn"]}
    again = "query ($id: ID!) { node(id: $id) { __typename ... on Provider { name domain } } }"
    node = site.data(again, variables={"id": found["id"]})["node"]
    assert node == {"__typename": "Provider", **names}
    other = {"name": "Example Learn", "domain": "example.org"}
    assert site.data(query, variables=other) == {"provider": None}


def test_providers_are_counted(site: Client) -> None:
    counts = site.data("{providers {count provider {name domain}}}")["providers"]
    assert [(item["provider"]["name"], item["count"]) for item in counts] == [
        ("Example Learn", 5),
        ("Example News", 1),
    ]


@pytest.mark.parametrize(
    ("query", "member"),
    [
        ('{topic(name: "Power Apps") {id}}', "topic"),
        ('{provider(name: "Example News", domain: "example.org") {id}}', "provider"),
        (
            '{provider(name: "Example Learn", domain: "learn.example.org") {organization {id}}}',
            "provider",
        ),
    ],
)
def test_they_are_nodes(site: Client, query: str, member: str) -> None:
    found = site.data(query)[member]
    found = found.get("organization", found)
    again = "query ($id: ID!) { node(id: $id) { id } }"
    assert site.data(again, variables={"id": found["id"]})["node"] == found


def test_withheld_topics_are_no_nodes(folder: Folder) -> None:
    path = next(iter(TOPICS))
    file = add_record(folder, path, **TOPICS[path])
    with serving(folder.settings) as client:
        found = client.data('{topic(name: "Power Apps") {id}}')["topic"]
        replace_in(file, "PowerApps", "Else")
        client.gateway.ingest()
        again = "query ($id: ID!) { node(id: $id) { id } }"
        assert client.data(again, variables={"id": found["id"]}) == {"node": None}
