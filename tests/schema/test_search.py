"""Search, relevance, highlights and facets as clients see them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.client import Client, serving
from tests.support.folder import Folder, replace_in

SEARCH = """query ($search: String, $where: ContentWhere, $orderBy: [ContentOrder!]) {
  articles(search: $search, where: $where, orderBy: $orderBy) { totalCount edges {
    match { score snippet { text isHit } highlights { field spans { text isHit } } }
    node { path } } } }"""


@pytest.fixture
def shelf(folder: Folder) -> Iterator[Client]:
    folder.add("_news/a.md", title="Portals for everyone", excerpt="AT&amp;T opens its doors.")
    folder.add("_news/b.md", title="A door", excerpt="The portal was mentioned once, in passing.")
    folder.add("_news/c.md", title="Else", body="<p>Inside a <b>portal</b><br>page.</p>\n")
    folder.add("_news/draft.md", title="Portal secrets", published=False)
    forged = folder.add("_news/forged.md", title="Portal lies", topics=["Lies"])
    replace_in(forged, "quality: 80", "quality: 81")
    with serving(folder.settings) as client:
        yield client


def find(client: Client, search: str, **variables: Any) -> Any:
    return client.data(SEARCH, variables={"search": search, **variables})["articles"]


def paths(found: Any) -> list[str]:
    return [edge["node"]["path"][6] for edge in found["edges"]]


def test_the_best_match_comes_first_and_what_is_not_shown_is_not_found(shelf: Client) -> None:
    found = find(shelf, "portals")
    assert (paths(found), found["totalCount"]) == (["a", "b", "c"], 3)
    scores = [edge["match"]["score"] for edge in found["edges"]]
    assert scores == sorted(scores, reverse=True)
    assert find(shelf, "lies")["totalCount"] == find(shelf, "secrets")["totalCount"] == 0


def test_what_nobody_may_see_does_not_change_the_relevance_of_the_rest(folder: Folder) -> None:
    """How rare a word is weighs in its score: a hidden record must not make it less rare."""
    folder.add("_news/a.md", title="Portal")
    folder.add("_news/b.md", title="Door")
    with serving(folder.settings) as client:
        alone = find(client, "portal")["edges"][0]["match"]["score"]
        for number in range(5):
            folder.add(f"_news/draft{number}.md", title="Portal", published=False)
            folder.write(f"_news/unsealed{number}.md", title="Portal")
        client.gateway.ingest()
        assert find(client, "portal")["edges"][0]["match"]["score"] == alone


def test_hits_are_told_as_pieces_of_plain_text(shelf: Client) -> None:
    (edge,) = find(shelf, '"AT&T opens"')["edges"]
    excerpt = [h for h in edge["match"]["highlights"] if h["field"] == "excerpt"]
    assert excerpt[0]["spans"] == [
        {"text": "AT&T opens", "isHit": True},
        {"text": " its doors.", "isHit": False},
    ]
    assert edge["match"]["snippet"] == excerpt[0]["spans"]


def test_markup_in_a_body_is_neither_found_nor_shown(shelf: Client) -> None:
    (edge,) = find(shelf, "inside page")["edges"]
    snippet = "".join(span["text"] for span in edge["match"]["snippet"])
    assert "Inside" in snippet
    assert "<" not in snippet
    assert find(shelf, "br")["totalCount"] == 0


def test_a_search_is_narrowed_and_sorted_like_any_list(shelf: Client) -> None:
    assert paths(find(shelf, "portal", where={"title": {"ne": "Else"}})) == ["a", "b"]
    assert paths(find(shelf, "portal", orderBy=[{"title": "ASC"}])) == ["b", "c", "a"]
    assert paths(find(shelf, "portal", orderBy=[{"relevance": "ASC"}])) == ["c", "b", "a"]


def test_an_empty_search_is_no_search(shelf: Client) -> None:
    found = find(shelf, "  ")
    assert found["totalCount"] == 3
    assert found["edges"][0]["match"] is None


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"search": "x" * 257}, "256 characters"),
        ({"search": "x " * 33}, "32 words"),
        ({"orderBy": [{"relevance": "DESC"}]}, "relevance"),
        ({"orderBy": [{"title": "ASC"}] * 5}, "at most 4"),
        ({"orderBy": [{"title": "ASC", "heat": "ASC"}]}, "exactly one"),
        ({"orderBy": [{}]}, "exactly one"),
        ({"orderBy": [{"title": None}]}, "null"),
    ],
)
def test_what_cannot_be_honoured_is_bad_input(
    shelf: Client, variables: dict[str, Any], message: str
) -> None:
    (error,) = shelf.post(SEARCH, variables=variables)["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert message in error["message"].replace("non-null", "null").lower()


@pytest.mark.parametrize(
    "text", ['"', "*", "NEAR(", "a AND", "-x", "title:", "^a", "(", "\\", "\0"]
)
def test_no_text_is_a_syntax_error(shelf: Client, text: str) -> None:
    assert "errors" not in shelf.post(SEARCH, variables={"search": text})


FACETS = """query ($search: String, $where: ContentWhere) {
  articles(search: $search, where: $where, first: 1) { totalCount facets {
    topics { topic { name } count } providers { provider { name domain } count }
    types { type count }
    years: published(interval: YEAR) { start count }
    weeks: published(interval: WEEK, first: 1) { start count } } } }"""


def test_facets_count_the_whole_list_and_only_what_may_be_seen(folder: Folder) -> None:
    other = {"name": "Other", "domain": "example.org"}
    folder.add("_news/a.md", topics=["AI", "Law"], publishedDateTime="2025-12-31T23:30:00-01:00")
    folder.add("_news/b.md", topics=["AI"], provider=other, type="video")
    folder.add(
        "_news/c.md", topics=["AI"], title="Portal", publishedDateTime="2026-01-01T00:00:00Z"
    )
    folder.add("_news/draft.md", topics=["AI", "Secret"], published=False)
    folder.write("_news/unsealed.md", topics=["AI", "Lies"])
    with serving(folder.settings) as client:
        found = client.data(FACETS)["articles"]
        assert found["totalCount"] == 3
        assert found["facets"] == {
            "topics": [
                {"topic": {"name": "AI"}, "count": 3},
                {"topic": {"name": "Law"}, "count": 1},
            ],
            "providers": [
                {"provider": {"name": "Example News", "domain": "example.org"}, "count": 2},
                {"provider": {"name": "Other", "domain": "example.org"}, "count": 1},
            ],
            "types": [{"type": "article", "count": 2}, {"type": "video", "count": 1}],
            "years": [{"start": "2026-01-01T00:00:00Z", "count": 3}],
            "weeks": [{"start": "2026-03-02T00:00:00Z", "count": 1}],
        }
        narrowed = {"search": "portal", "where": {"type": {"eq": "article"}}}
        facets = client.data(FACETS, variables=narrowed)["articles"]["facets"]
        assert facets["topics"] == [{"topic": {"name": "AI"}, "count": 1}]


def test_an_interval_of_too_many_buckets_is_bounded(shelf: Client) -> None:
    query = "{articles {facets {published(interval: DAY, first: 101) {count}}}}"
    assert shelf.error(query)["code"] == "BAD_USER_INPUT"
