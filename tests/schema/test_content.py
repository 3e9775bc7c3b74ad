"""Content of every kind, behind one interface."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.client import Client, serving
from tests.support.folder import Folder
from tests.support.site import CONTENT, IMAGE, PROVIDER, build_site


@pytest.fixture
def site(folder: Folder) -> Iterator[Client]:
    build_site(folder)
    with serving(folder.settings) as client:
        yield client


LIST = """query ($where: ContentWhere) { content(where: $where) { totalCount edges { node {
  __typename path kind title } } } }"""


def titles(client: Client, where: dict[str, Any] | None = None) -> list[str]:
    data = client.data(LIST, variables={"where": where})["content"]
    return [edge["node"]["title"] for edge in data["edges"]]


def test_the_list_holds_every_kind_newest_first_and_what_has_no_date_last(site: Client) -> None:
    edges = site.data(LIST)["content"]["edges"]
    assert [edge["node"]["__typename"] for edge in edges] == [
        "Article",
        "Video",
        "Download",
        "Forum",
        "Collection",
        "Course",
        "Profile",
    ]
    assert [edge["node"]["kind"] for edge in edges[:3]] == ["ARTICLE", "VIDEO", "DOWNLOAD"]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"type": {"eq": "video"}}, ["Rows and columns"]),
        ({"kind": {"in": ["COURSE", "FORUM"]}}, ["Makers' corner", "Manage subscriptions"]),
        ({"category": {"isNull": False}}, ["A seal on every page"]),
        ({"title": {"contains": "ROWS"}}, ["Rows and columns"]),
        ({"path": {"startsWith": "_people/"}}, ["Ada Example"]),
    ],
)
def test_it_is_narrowed_by_what_records_say(
    site: Client, where: dict[str, Any], expected: list[str]
) -> None:
    assert titles(site, where) == expected


def record(client: Client, path: str, fields: str) -> Any:
    query = f"query ($paths: [String!]!) {{ contentByPath(paths: $paths) {{ {fields} }} }}"
    (found,) = client.data(query, variables={"paths": [path]})["contentByPath"]
    return found


COMMON = """title excerpt type category heat webUrl originalUrl publishedDateTime published
  topics { name } images { url width height isCached title }"""


@pytest.mark.parametrize("path", CONTENT)
def test_what_all_kinds_have_is_served_as_it_was_sealed(site: Client, path: str) -> None:
    fields = CONTENT[path]
    found = record(site, path, COMMON)
    assert found["title"] == fields.get("title", fields.get("name"))
    assert found["excerpt"] == fields.get("excerpt", fields.get("bio"))
    for name in ("type", "heat", "webUrl", "originalUrl", "publishedDateTime", "published"):
        assert found[name] == fields.get(name)
    assert found["topics"] == [{"name": name} for name in fields["topics"]]
    assert found["images"] == [{"title": None, **image} for image in fields.get("images", [])]


def test_a_video_says_how_long_it_plays(site: Client) -> None:
    found = record(
        site, "_learning/videos/rows.md", "... on Video { price length featuredContent }"
    )
    assert (found["price"], found["length"]) == ("Free", "PT13M34S")
    assert found["featuredContent"].startswith("<iframe")


def test_a_course_has_levels_and_ratings(site: Client) -> None:
    fields = "... on Course { price length levels ratings { count average } }"
    assert record(site, "_learning/courses/subscriptions.md", fields) == {
        "price": "Free",
        "length": "PT57M",
        "levels": ["Intermediate"],
        "ratings": {"count": 464, "average": 4.4396553},
    }


def test_a_download_has_actions_and_authors(site: Client) -> None:
    fields = """... on Download { actions { url type title attribution } }
      provider { name authors }"""
    found = record(site, "_samples/flows.md", fields)
    assert found["actions"][0]["attribution"] == "The community"
    assert found["provider"] == {"name": "Example Learn", "authors": ["Audrie"]}


def test_a_profile_is_somebody(site: Client) -> None:
    fields = """... on Profile { name bio location website affiliation { domain }
      twitter { username url followers } linkedin { username url followers } }"""
    found = record(site, "_people/ada.md", fields)
    assert (found["name"], found["bio"]) == ("Ada Example", "Builds things & shows how.")
    assert found["twitter"]["followers"] == 6475
    assert found["linkedin"] == {
        "username": None,
        "url": "https://work.example.org/ada",
        "followers": None,
    }
    assert found["affiliation"] == {"domain": "learn.example.org"}


def test_a_forum_has_members(site: Client) -> None:
    found = record(site, "_communities/makers.md", "... on Forum { name members }")
    assert found == {"name": "Makers' corner", "members": 8400}


ITEMS = """{ contentByPath(paths: ["_learning/collections/start.md"]) { ... on Collection {
  items { name record { title ... on Video { length } } } } } }"""


def test_a_collection_leads_to_its_items_by_path(site: Client) -> None:
    answer = site.post(ITEMS)
    (collection,) = answer["data"]["contentByPath"]
    assert [item["record"] for item in collection["items"]] == [
        {"title": "Rows and columns", "length": "PT13M34S"},
        {"title": "Manage subscriptions"},
        None,
        None,
    ]
    (error,) = answer["errors"]
    assert error["path"] == ["contentByPath", 0, "items", 3, "record"]
    assert error["extensions"]["code"] == "RECORD_WITHHELD"


def test_an_item_knows_its_collections(site: Client) -> None:
    found = record(site, "_learning/videos/rows.md", "referencedBy { __typename title }")
    assert found == {"referencedBy": [{"__typename": "Collection", "title": "Start here"}]}


def test_a_record_named_by_path_that_is_withheld_is_null_with_the_reason(site: Client) -> None:
    query = '{contentByPath(paths: ["_learning/videos/forged.md", "_people/ada.md", "x"]) {title}}'
    answer = site.post(query)
    assert answer["data"]["contentByPath"] == [None, {"title": "Ada Example"}, None]
    assert [error["extensions"]["status"] for error in answer["errors"]] == ["INVALID"]


@pytest.mark.parametrize("path", [*CONTENT, "_news/a.md"])
def test_every_kind_is_fetched_again_by_its_id(site: Client, path: str) -> None:
    found = record(site, path, "__typename id")
    again = "query ($id: ID!) { node(id: $id) { __typename id } }"
    assert site.data(again, variables={"id": found["id"]})["node"] == found


def test_what_describes_content_is_no_content(site: Client) -> None:
    assert titles(site, {"path": {"startsWith": "_data/"}}) == []
    assert record(site, "_data/topics/00-power-apps.md", "title") is None


def test_an_article_is_not_found_under_the_path_of_another_kind(site: Client) -> None:
    assert site.data('{article(path: "_people/ada.md") {title}}') == {"article": None}


def test_a_shared_provider_and_image_are_as_sealed(site: Client) -> None:
    found = record(site, "_learning/videos/rows.md", "provider { name domain } images { url }")
    assert found == {"provider": PROVIDER, "images": [{"url": IMAGE["url"]}]}
