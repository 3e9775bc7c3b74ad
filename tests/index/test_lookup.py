"""Records are found by what names them and by what leads to them."""

from __future__ import annotations

from typing import Any

from gateway.index import lookup
from gateway.index.card import Card
from tests.support.cards import (
    article,
    card,
    content,
    index_of,
    organization,
    related_item,
    topic,
)

OLD, NEW = "2020-01-01T00:00:00Z", "2024-01-01T00:00:00Z"
URL = "https://example.org/shared"


def at(row_id: int, url: str | None, date: str = NEW, **changes: Any) -> Card:
    return article(row_id, webUrl=url, originalUrl=None, publishedDateTime=date, **changes)


def to(*urls: str) -> list[dict[str, object]]:
    return [related_item(webUrl=url) for url in urls]


def test_the_newest_article_answers_for_a_url_that_several_have() -> None:
    index = index_of(at(1, URL, OLD), at(2, URL, NEW), at(3, URL, NEW), at(4, "https://other"))
    wanted = [URL, "https://other", "https://none", ""]
    assert lookup.articles_by_url(index, wanted) == {URL: 2, "https://other": 4}
    assert lookup.articles_by_url(index, []) == {}
    assert lookup.articles_by_url(index, (url for url in [URL, URL])) == {URL: 2}


def test_of_equally_new_records_the_one_with_the_first_path_comes_first() -> None:
    provider = {"name": "Example", "domain": "example.org"}
    index = index_of(
        *(article(n, f"_news/{9 - n}.md", webUrl=URL, provider=provider) for n in (1, 2, 3)),
        *(article(n, f"_news/{9 - n}.md", webUrl=None, related=to(URL)) for n in (4, 5)),
    )
    assert lookup.articles_by_url(index, [URL]) == {URL: 3}
    assert lookup.referrers(index, ["_news/6.md"], 9) == {"_news/6.md": [5, 4]}
    identity = ("Example", "example.org")
    assert lookup.provider_records(index, [identity]) == {identity: 3}


def test_only_articles_answer_for_urls() -> None:
    index = index_of(card(1, "_videos/a.md", content("video", webUrl=URL)))
    assert lookup.articles_by_url(index, [URL]) == {}


def test_any_of_its_urls_names_an_article() -> None:
    urls: dict[str, Any] = {
        "originalUrl": "o",
        "webUrl": "w",
        "ampWebUrl": "a",
        "cdnAmpWebUrl": "c",
    }
    index = index_of(article(1, **urls))
    assert lookup.articles_by_url(index, "owac") == dict.fromkeys("owac", 1)


def test_referrers_come_newest_first_and_no_more_than_wanted() -> None:
    index = index_of(
        at(1, URL),
        at(2, None, OLD, related=to(URL)),
        at(3, None, NEW, related=to(URL, "https://none", URL)),
        at(4, None, NEW, related=to(URL)),
        at(5, None, NEW, related=to("https://none")),
    )
    path = "_news/001.md"
    assert lookup.referrers(index, [path], 10) == {path: [3, 4, 2]}
    assert lookup.referrers(index, [path], 1) == {path: [3]}
    assert lookup.referrers(index, [path], 0) == {}
    assert lookup.referrers(index, ["_news/003.md", "_news/none.md"], 10) == {}
    assert lookup.referrers(index, [], 10) == {}


def test_each_path_has_its_own_referrers_up_to_the_limit() -> None:
    index = index_of(
        at(1, "https://one"),
        at(2, "https://two"),
        at(3, None, NEW, related=to("https://one", "https://two")),
        at(4, None, OLD, related=to("https://two")),
    )
    paths = ["_news/001.md", "_news/002.md"]
    assert lookup.referrers(index, paths, 1) == {paths[0]: [3], paths[1]: [3]}
    assert lookup.referrers(index, paths, 2) == {paths[0]: [3], paths[1]: [3, 4]}


def test_of_two_that_share_a_url_only_the_one_that_answers_for_it_is_led_to() -> None:
    index = index_of(
        at(1, URL, OLD),
        at(2, URL, NEW, ampWebUrl="https://amp"),
        at(3, None, related=to(URL)),
    )
    assert lookup.referrers(index, ["_news/001.md", "_news/002.md"], 9) == {"_news/002.md": [3]}
    # Whoever else is asked about makes no difference.
    assert lookup.referrers(index, ["_news/001.md"], 9) == {}


def test_two_urls_of_one_article_are_one_target() -> None:
    index = index_of(
        article(1, webUrl="w", originalUrl="o"), at(2, None, related=to("w", "o")),
        at(3, None, OLD, related=to("o")),
    )  # fmt: skip
    assert lookup.referrers(index, ["_news/001.md"], 9) == {"_news/001.md": [2, 3]}


def test_collections_lead_to_their_items_by_path() -> None:
    items = ["videos/a", "_news/001.md", "/elsewhere/b", "videos/a"]
    index = index_of(
        at(1, URL, OLD),
        at(2, None, OLD, related=to(URL)),
        card(3, "corpus/_collections/c.md", content("collection", items=items)),
        card(4, "_collections/c.md", content("collection", items=["_news/001"])),
    )
    paths = ["corpus/videos/a.md", "elsewhere/b.md", "_news/001.md", "videos/a.md"]
    # A collection without a date is older than everything that has one.
    assert lookup.referrers(index, paths, 9) == {
        "corpus/videos/a.md": [3],
        "elsewhere/b.md": [3],
        "_news/001.md": [2, 4],
    }


def test_what_names_itself_refers_to_itself() -> None:
    index = index_of(
        at(1, URL, related=to(URL)),
        card(2, "_c/c.md", content("collection", items=["_c/c"])),
    )
    paths = ["_news/001.md", "_c/c.md"]
    assert lookup.referrers(index, paths, 9) == {"_news/001.md": [1], "_c/c.md": [2]}


def test_topics_are_those_described_and_those_filed_under() -> None:
    index = index_of(
        topic(1, "AI", parent="Science"),
        article(2, topics=["Robots", "AI"]),
        card(3, "_c/c.md", content("course", topics=["Zen"])),
        organization(4, "Example", "example.org"),
    )
    assert lookup.topic_names(index, 9) == ["AI", "Robots", "Zen"]
    assert lookup.topic_names(index, 2) == ["AI", "Robots"]
    # A parent that nothing describes, an organization, another spelling.
    nothing = ["Science", "Example", "ai", ""]
    known = lookup.known_topics(index, ["AI", *nothing, "Robots", "Zen"])
    assert set(known) == {"AI", "Robots", "Zen"}


def test_children_are_named_once_and_in_order() -> None:
    index = index_of(
        topic(1, "Robots", parent="AI"),
        topic(2, "Agents", parent="AI"),
        topic(3, "Agents", parent="AI"),
        topic(4, "AI", parent="AI"),
        topic(5, "Music"),
    )
    assert lookup.children(index, ["AI", "Music"]) == {"AI": ["AI", "Agents", "Robots"]}
    assert lookup.children(index, []) == {}


def test_a_topic_is_described_by_the_record_with_the_first_path() -> None:
    index = index_of(
        topic(1, "AI", "_topics/b.md"),
        topic(2, "AI", "_topics/a.md"),
        organization(3, "AI", "example.org", "_a.md"),
        article(4, topics=["Robots"]),
    )
    assert lookup.topic_records(index, ["AI", "ai", "Robots"]) == {"AI": 2}


def test_an_organization_is_known_by_any_of_its_names_and_its_domain_together() -> None:
    index = index_of(
        organization(1, "Example", "example.org", "_o/b.md", otherNames=["Example News", "Ex"]),
        organization(2, "Ex", "example.org", "_o/a.md"),
        organization(3, "Example", "example.com", "_o/c.md"),
        topic(4, "Topical"),
    )
    wanted = [
        ("Example", "example.org"),
        ("Example News", "example.org"),
        ("Example News", "example.com"),
        ("Ex", "example.org"),
        ("Example", "example.com"),
        ("Topical", "example.org"),
    ]
    assert lookup.organization_records(index, wanted) == {
        ("Example", "example.org"): 1,
        ("Example News", "example.org"): 1,
        ("Ex", "example.org"): 2,
        ("Example", "example.com"): 3,
    }
    assert lookup.organization_records(index, []) == {}


def test_a_provider_is_known_by_the_newest_record_of_any_kind() -> None:
    here = {"name": "Example", "domain": "example.org"}
    there = {"name": "Example", "domain": "example.com"}
    index = index_of(
        article(1, publishedDateTime=OLD, provider=here),
        card(2, "_c/a.md", content("course", publishedDateTime=NEW, provider=here)),
        card(3, "_c/b.md", content("course", provider=here)),
        article(4, publishedDateTime=OLD, provider=there),
        card(5, "_c/c.md", content("course")),
    )
    wanted = [("Example", "example.org"), ("Example", "example.com"), ("example.org", "Example")]
    assert lookup.provider_records(index, wanted) == {wanted[0]: 2, wanted[1]: 4}
    assert lookup.provider_records(index, []) == {}
