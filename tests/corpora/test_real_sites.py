"""Whole real sites: every kind, every oddity, asked for over HTTP."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.client import Client


def walk(client: Client, field: str, node: str, **variables: Any) -> Iterator[Any]:
    query = f"""query ($after: String, $where: ContentWhere, $orderBy: [ContentOrder!]) {{
      {field}(first: 100, after: $after, where: $where, orderBy: $orderBy) {{
        edges {{ node {{ {node} }} }} pageInfo {{ hasNextPage endCursor }} }} }}"""
    after = None
    while True:
        page = client.data(query, variables={"after": after, **variables})[field]
        yield from (edge["node"] for edge in page["edges"])
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


def test_every_record_of_both_sites_is_verified(power_apps: Client, ai: Client) -> None:
    for client, count in ((power_apps, 835), (ai, 33)):
        view = client.gateway.view()
        assert view.withheld == {}
        assert view.counts == {"VERIFIED": count}


def test_all_kinds_are_there(power_apps: Client) -> None:
    kinds = Counter(node["__typename"] for node in walk(power_apps, "content", "__typename"))
    assert kinds == {
        "Article": 132,
        "Video": 330,
        "Course": 82,
        "Collection": 33,
        "Download": 107,
        "Profile": 6,
        "Forum": 5,
    }


def origin_feed(corpora: Path) -> list[dict[str, Any]]:
    """What the origin's own API served, page by page."""
    found: list[dict[str, Any]] = []
    number: int | None = 1
    while number is not None:
        file = corpora / f"origin-api/power-apps-news-page-{number}.json"
        page = json.loads(file.read_text(encoding="utf-8"))
        found += page["value"]
        number = page["nextPage"]
    return found


def test_the_published_feed_is_the_origins_in_its_order(power_apps: Client, corpora: Path) -> None:
    origin = origin_feed(corpora)
    fields = """path title excerpt type heat webUrl originalUrl ampWebUrl cdnAmpWebUrl
      publishedDateTime featuredContent provider { name domain } topics { name }
      images { url width height }"""
    served = list(walk(power_apps, "articles", fields))
    assert len(origin) == 132
    assert [node["path"] for node in served] == [item["path"] for item in origin]
    for node, item in zip(served, origin, strict=True):
        for name in ("title", "type", "heat", "webUrl", "originalUrl", "featuredContent"):
            assert node[name] == item[name], (node["path"], name)
        # The origin writes the same instants with a Pacific offset.
        assert datetime.fromisoformat(node["publishedDateTime"]) == datetime.fromisoformat(
            item["publishedDateTime"]
        )
        assert [topic["name"] for topic in node["topics"]] == item["topics"]
        assert node["provider"]["name"] == item["provider"]["name"]


def test_a_third_of_the_news_are_drafts_and_exist_for_nobody(power_apps: Client) -> None:
    items = power_apps.gateway.view().items.values()
    news = [item for item in items if item.path.startswith("_news/")]
    drafts = [item for item in news if getattr(item, "is_draft", False)]
    assert (len(news), len(drafts)) == (192, 60)
    query = "query ($path: String) { article(path: $path) { title } }"
    for draft in drafts[:5]:
        assert power_apps.data(query, variables={"path": draft.path}) == {"article": None}


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ({"type": {"eq": "video"}}, 342),
        ({"type": {"eq": "video"}, "category": {"eq": "news"}}, 12),
        ({"type": {"eq": "forum"}}, 5),
        ({"kind": {"in": ["PROFILE", "DOWNLOAD"]}}, 113),
        ({"topics": {"any": ["AI Builder"]}}, None),
        ({"provider": {"domain": {"eq": "microsoft.com"}}}, None),
        ({"heat": {"gt": 100}}, None),
        ({"hasImage": False}, None),
        ({"publishedDateTime": {"isNull": True}}, 126),
    ],
)
def test_filters_agree_with_what_the_records_say(
    power_apps: Client, where: Any, count: int | None
) -> None:
    fields = """__typename type category heat publishedDateTime topics { name }
      provider { domain } images { url }"""
    whole = list(walk(power_apps, "content", fields))
    found = list(walk(power_apps, "content", fields, where=where))
    assert count is None or len(found) == count
    assert found == [node for node in whole if fits(node, where)]


def fits(node: Any, where: Any) -> bool:
    checks: dict[str, Callable[[Any], bool]] = {
        "type": lambda w: node["type"] == w["eq"],
        "category": lambda w: node["category"] == w["eq"],
        "kind": lambda w: node["__typename"].upper() in w["in"],
        "topics": lambda w: bool({t["name"] for t in node["topics"]} & set(w["any"])),
        "provider": lambda w: (node["provider"] or {}).get("domain") == w["domain"]["eq"],
        "heat": lambda w: node["heat"] is not None and node["heat"] > w["gt"],
        "hasImage": lambda w: bool(node["images"]) is w,
        "publishedDateTime": lambda w: (node["publishedDateTime"] is None) is w["isNull"],
    }
    return all(checks[name](wanted) for name, wanted in where.items())


def test_every_item_of_every_collection_is_found_by_its_path(power_apps: Client) -> None:
    fields = "title ... on Collection { items { name record { __typename published } } }"
    where = {"type": {"eq": "collection"}}
    items = [
        item for node in walk(power_apps, "content", fields, where=where) for item in node["items"]
    ]
    lost = [item["name"] for item in items if item["record"] is None]
    assert len(items) > 190
    # The one video that was withdrawn may still be named.
    assert all(name.startswith("videos/powerapps911-scheduled-flow") for name in lost)


def test_topics_come_from_their_files_with_their_parents(power_apps: Client, ai: Client) -> None:
    query = "{topics(first: 100) {name shortName parent {name} integrity {status}}}"
    topics = {topic["name"]: topic for topic in power_apps.data(query)["topics"]}
    assert topics["Common Data Service"] == {
        "name": "Common Data Service",
        "shortName": "CDS",
        "parent": {"name": "Power Apps"},
        "integrity": {"status": "VERIFIED"},
    }
    assert len(topics) == 7
    described = [topic for topic in ai.data(query)["topics"] if topic["integrity"]]
    # One of these files ends in a fence that opens no second document.
    assert {topic["name"] for topic in described} == {"AI", "AI in Healthcare", "AI in Sales"}


def test_one_domain_has_several_providers(power_apps: Client) -> None:
    query = "{providers(first: 100) {provider {name domain organization {name}} count}}"
    providers = [item["provider"] for item in power_apps.data(query)["providers"]]
    names = {p["name"] for p in providers if p["domain"] == "microsoft.com"}
    assert len(names) >= 3
    assert any(provider["organization"] for provider in providers)


def test_facets_add_up(power_apps: Client) -> None:
    query = """{content {totalCount facets {
      types {type count} topics {topic {name} count}
      published(interval: YEAR, first: 50) {start count}}}}"""
    content = power_apps.data(query)["content"]
    facets = content["facets"]
    assert sum(item["count"] for item in facets["types"]) == content["totalCount"] == 695
    assert sum(bucket["count"] for bucket in facets["published"]) == 695 - 126
    assert facets["topics"][0]["topic"] == {"name": "Power Apps"}


BACK = "{ articles(first: 30) { edges { node { path referencedBy { path } } } } }"

RING = """{ articles(first: 30) { edges { node { path
  related { article { path related { article { related { article { path } } } } } } } } } }"""


def test_related_items_lead_around_in_circles_and_backlinks_lead_back(ai: Client) -> None:
    nodes = {edge["node"]["path"]: edge["node"] for edge in ai.data(RING)["articles"]["edges"]}
    leads = {
        (path, item["article"]["path"])
        for path, node in nodes.items()
        for item in node["related"]
        if item["article"]
    }
    backlinks = {
        (other["path"], edge["node"]["path"])
        for edge in ai.data(BACK)["articles"]["edges"]
        for other in edge["node"]["referencedBy"]
    }
    assert leads == backlinks
    assert any((target, path) in leads for path, target in leads), "no mutual pair"
    assert any(
        again["article"] and again["article"]["path"] == path
        for path, node in nodes.items()
        for item in node["related"]
        if item["article"]
        for second in item["article"]["related"]
        if second["article"]
        for again in second["article"]["related"]
    ), "no circle of three"


def test_a_walk_in_circles_ends_at_the_depth_limit(ai: Client) -> None:
    deep = "related { article { " * 9 + "title" + " } }" * 9
    error = ai.error(f"{{articles {{edges {{node {{ {deep} }}}}}}}}")
    assert (error["code"], error["limit"]) == ("OPERATION_TOO_LARGE", "depth")


NESTED = """query ($n: Int!, $where: ContentWhere) { articles(first: $n, where: $where) {
  edges { node { related { article { related { article { title } } } } } } } }"""


def test_a_long_page_with_nested_items_needs_no_more_reads_than_a_short_one(ai: Client) -> None:
    where = {"related": {"some": {"url": {"isNull": False}}}}
    costs = []
    for count in (1, 100):
        ai.gateway.repository.shelf.clear()
        before = ai.gateway.store.reads
        ai.data(NESTED, variables={"n": count, "where": where})
        costs.append(ai.gateway.store.reads - before)
    # Whatever is on the long page already need not be read again for its related items.
    assert costs[1] <= max(costs[0], 3)


def test_search_finds_what_people_look_for(power_apps: Client) -> None:
    query = """query ($search: String!) { content(search: $search, first: 5) { totalCount
      edges { match { score snippet { text isHit } } node { title } } } }"""
    found = power_apps.data(query, variables={"search": '"canvas app" gallery'})["content"]
    assert found["totalCount"] > 0
    for edge in found["edges"]:
        assert edge["match"]["score"] > 0
        assert edge["match"]["snippet"]


def test_the_change_feed_tells_of_everything_once(power_apps: Client) -> None:
    query = """query ($since: String) { changes(since: $since, first: 100) {
      events { kind path record { __typename } } cursor hasMore } }"""
    found: list[Any] = []
    since = None
    while True:
        page = power_apps.data(query, variables={"since": since})["changes"]
        found += page["events"]
        since = page["cursor"]
        if not page["hasMore"]:
            break
    assert (
        len({event["path"] for event in found})
        == len(found)
        == len(power_apps.gateway.view().by_path)
    )
    assert {event["kind"] for event in found} == {"PUBLISH"}


ODDITIES = {
    "no image": {"hasImage": False},
    "no page to send readers to": {"url": {"isNull": False}, "type": {"eq": "video"}},
    "an AMP page": {"url": {"contains": "ampproject"}},
}


@pytest.mark.parametrize("name", ODDITIES)
def test_oddities_of_the_data_are_found(power_apps: Client, name: str) -> None:
    assert list(walk(power_apps, "content", "path", where=ODDITIES[name]))


def test_titles_and_urls_repeat_and_paths_do_not(power_apps: Client, ai: Client) -> None:
    nodes = [
        node for client in (power_apps, ai) for node in walk(client, "content", "path title webUrl")
    ]
    titles = Counter(node["title"] for node in nodes)
    urls = Counter(node["webUrl"] for node in nodes if node["webUrl"])
    assert max(titles.values()) > 1
    assert max(urls.values()) > 1
    assert len({node["path"] for node in nodes}) == len(nodes)
