"""Articles as clients see them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gateway.errors import Reason
from gateway.verdict.admitted import Admitted
from gateway.verdict.status import Status
from gateway.verdict.verdict import Rejected
from schema.node import encode_id
from tests.support.client import Client, serving
from tests.support.folder import Folder, replace_in
from tests.support.publisher import article_fields, claim

# What an article in another corpus is called.
ELSEWHERE = encode_id("Article", "other", "_news/a.md")

RICH: dict[str, Any] = {
    "ampWebUrl": "https://amp.example.org/a",
    "cdnAmpWebUrl": "https://cdn.example.org/a",
    "featuredContent": "<iframe></iframe>",
    "images": [{"url": "/a.png", "width": 3, "height": 2, "isCached": True, "title": "A"}],
    "provider": {
        "name": "Example News",
        "domain": "example.org",
        "images": [{"url": "/logo.png", "width": 50, "height": 50}],
    },
    "topics": ["AI", "AI in Healthcare"],
}

EVERYTHING = """
query ($path: String) {
  article(path: $path) {
    __typename id path title excerpt publishedDateTime type category
    webUrl originalUrl ampWebUrl cdnAmpWebUrl quality heat published featuredContent body
    provider { name domain images { url width height isCached title } }
    topics { name }
    images { url width height isCached title }
    related { title }
    integrity { status reason digest keyIds canonical secured checks { name outcome envelope } }
  }
}
"""


def link(url: str, title: str = "Another one") -> dict[str, Any]:
    return {
        "title": title,
        "excerpt": "About it.",
        "publishedDateTime": "2026-03-04T09:15:00Z",
        "webUrl": url,
        "type": "article",
        "provider": {"name": "Example News", "domain": "example.org"},
        "quality": 10,
    }


def test_every_field_of_the_record_is_served_as_it_was_sealed(folder: Folder) -> None:
    folder.add("_news/a.md", body="Text *here*.\n", **RICH)
    with serving(folder.settings) as client:
        article = client.data(EVERYTHING, variables={"path": "_news/a.md"})["article"]
    fields = article_fields(**RICH)
    for name in set(fields) - {"provider", "topics", "images"}:
        assert article[name] == fields[name]
    assert article["topics"] == [{"name": "AI"}, {"name": "AI in Healthcare"}]
    assert article["images"] == RICH["images"]
    assert article["provider"]["images"] == [
        {"url": "/logo.png", "width": 50, "height": 50, "isCached": None, "title": None}
    ]
    assert article["body"] == "Text *here*.\n"
    assert article["related"] == []
    integrity = article["integrity"]
    assert (integrity["status"], integrity["reason"]) == ("VERIFIED", "OK")
    assert integrity["digest"] == folder.digest("_news/a.md")
    assert integrity["keyIds"] == ["k1"]
    assert integrity["checks"][0] == {"name": "canonical", "outcome": "PASSED", "envelope": None}
    assert integrity["checks"][3] == {"name": "form", "outcome": "PASSED", "envelope": 0}


def test_what_a_record_lacks_is_null(folder: Folder) -> None:
    names = ("webUrl", "originalUrl", "quality", "heat", "published")
    lacking: dict[str, Any] = dict.fromkeys(names)
    folder.add("_news/a.md", **lacking)
    with serving(folder.settings) as client:
        article = client.data(EVERYTHING, variables={"path": "_news/a.md"})["article"]
    assert {name: article[name] for name in lacking} == lacking


def test_an_article_is_found_by_id_path_and_url(folder: Folder) -> None:
    folder.add("_news/a.md", **RICH)
    with serving(folder.settings) as client:
        found = client.data('{article(path: "_news/a.md") {id title}}')["article"]
        by_id = "query($id: ID!) { article(id: $id) {id title} node(id: $id) {id __typename} }"
        again = client.data(by_id, variables={"id": found["id"]})
        assert again == {"article": found, "node": {"id": found["id"], "__typename": "Article"}}
        for url in ("https://news.example.org/seal", RICH["ampWebUrl"], RICH["cdnAmpWebUrl"]):
            query = "query($url: String) { article(url: $url) {id title} }"
            assert client.data(query, variables={"url": url})["article"] == found


@pytest.mark.parametrize(
    "argument",
    ['path: "_news/none.md"', 'url: "https://none.example.org"', f'id: "{ELSEWHERE}"'],
)
def test_what_is_not_there_is_null_without_an_error(folder: Folder, argument: str) -> None:
    folder.add("_news/a.md")
    with serving(folder.settings) as client:
        assert client.data(f"{{article({argument}) {{title}}}}") == {"article": None}


@pytest.mark.parametrize("arguments", ["", '(path: "a", url: "b")', '(id: "not an id!")'])
def test_an_article_that_is_not_named_in_one_way_is_bad_input(
    folder: Folder, arguments: str
) -> None:
    folder.add("_news/a.md")
    with serving(folder.settings) as client:
        assert client.error(f"{{article{arguments} {{title}}}}")["code"] == "BAD_USER_INPUT"


def test_a_withheld_record_gives_null_and_the_reason_but_nothing_of_its_content(
    folder: Folder,
) -> None:
    file = folder.add("_news/a.md", title="Secret title")
    replace_in(file, "Secret title", "Secret forged title")
    with serving(folder.settings) as client:
        answer = client.post('{article(path: "_news/a.md") {title} articles {totalCount}}')
    assert answer["data"] == {"article": None, "articles": {"totalCount": 0}}
    (error,) = answer["errors"]
    assert error["path"] == ["article"]
    assert error["extensions"] == {
        "code": "RECORD_WITHHELD",
        "status": "INVALID",
        "reason": "SIGNATURE_INVALID",
        "recordPath": "_news/a.md",
    }
    assert "Secret" not in str(answer)


def test_related_items_lead_to_full_records_that_are_verified_themselves(folder: Folder) -> None:
    folder.add("_news/a.md", related=[link("https://example.org/b"), link("https://else.example")])
    folder.add("_news/b.md", title="B", webUrl="https://example.org/b")
    query = """{article(path: "_news/a.md") {
      related { title provider { name } article { title integrity { status } } } }}"""
    with serving(folder.settings) as client:
        related = client.data(query)["article"]["related"]
    assert [item["article"] for item in related] == [
        {"title": "B", "integrity": {"status": "VERIFIED"}},
        None,
    ]


def test_a_related_item_never_leads_to_a_withheld_record_or_a_draft(folder: Folder) -> None:
    links = [link("https://example.org/forged"), link("https://example.org/draft")]
    folder.add("_news/a.md", related=links)
    replace_in(folder.add("_news/forged.md", webUrl="https://example.org/forged"), "80", "81")
    folder.add("_news/draft.md", webUrl="https://example.org/draft", published=False)
    with serving(folder.settings) as client:
        data = client.data('{article(path: "_news/a.md") {related {title article {title}}}}')
    assert [item["article"] for item in data["article"]["related"]] == [None, None]


NESTED = """query ($n: Int!) { articles(first: $n) { edges { node {
  related { article { title related { article { title } } } } } } } }"""


def ring(folder: Folder, size: int) -> None:
    """Articles that each relate to the next two, in a circle."""
    for number in range(size):
        urls = [f"https://example.org/{(number + step) % size}" for step in (1, 2)]
        folder.add(
            f"_news/{number:03}.md",
            webUrl=f"https://example.org/{number}",
            related=[link(url) for url in urls],
        )


def reads_for(client: Client, count: int) -> int:
    client.gateway.repository.shelf.clear()
    before = client.gateway.store.reads
    data = client.data(NESTED, variables={"n": count})
    assert len(data["articles"]["edges"]) == count
    deepest = data["articles"]["edges"][0]["node"]["related"][0]["article"]["related"][0]
    assert deepest["article"]["title"]
    return client.gateway.store.reads - before


def test_reads_of_the_store_depend_on_depth_and_not_on_page_size(folder: Folder) -> None:
    ring(folder, 110)
    with serving(folder.settings) as client:
        assert [reads_for(client, count) for count in (1, 20, 100)] == [3, 3, 3]


def test_nothing_is_admitted_that_the_verifier_did_not_make() -> None:
    raw = claim()
    rejected = Rejected(raw.path, Status.MISSING, Reason.SECURED_MISSING, "", (), raw=raw)
    for forged in (rejected, raw, SimpleNamespace(raw=raw, status=Status.VERIFIED), None):
        with pytest.raises(TypeError):
            Admitted(forged)  # type: ignore[arg-type]


def test_an_admitted_record_cannot_be_given_another_article() -> None:
    with pytest.raises(TypeError):
        Admitted(None, None)  # type: ignore[arg-type, call-arg]


def test_report_mode_shows_unproven_records_with_their_verdict(folder: Folder) -> None:
    folder.write("_news/a.md", title="Unsealed")
    (folder.keys / "policy.yaml").write_text("mode: report\n", encoding="utf-8")
    query = '{article(path: "_news/a.md") {title integrity {status reason}}}'
    with serving(folder.settings) as client:
        assert client.data(query)["article"] == {
            "title": "Unsealed",
            "integrity": {"status": "MISSING", "reason": "SECURED_MISSING"},
        }


def test_many_are_named_at_once_and_read_at_once(folder: Folder) -> None:
    ring(folder, 5)
    urls = [f"https://example.org/{number}" for number in (4, 0, 9, 4)]
    query = """query ($urls: [String!]!, $ids: [ID!]!) {
      articlesByUrl(urls: $urls) { id path } nodes(ids: $ids) { id } }"""
    with serving(folder.settings) as client:
        named = client.data(query, variables={"urls": urls, "ids": []})["articlesByUrl"]
        assert [item and item["path"] for item in named] == [
            "_news/004.md",
            "_news/000.md",
            None,
            "_news/004.md",
        ]
        ids = [named[1]["id"], named[0]["id"], ELSEWHERE]
        client.gateway.repository.shelf.clear()
        before = client.gateway.store.reads
        nodes = client.data(query, variables={"urls": [], "ids": ids})["nodes"]
        assert client.gateway.store.reads - before == 1
        assert [node and node["id"] for node in nodes] == [*ids[:2], None]


@pytest.mark.parametrize("query", ["articlesByUrl(urls: $n) {id}", "nodes(ids: $n) {id}"])
def test_no_more_are_named_at_once_than_a_page_is_long(folder: Folder, query: str) -> None:
    folder.add("_news/a.md")
    kind = "String" if "urls" in query else "ID"
    with serving(folder.settings) as client:
        many = {"n": ["QQ"] * 101}
        error = client.error(f"query ($n: [{kind}!]!) {{{query}}}", variables=many)
        assert error["code"] == "BAD_USER_INPUT"


BACKLINKS = """query ($path: String, $n: Int! = 20) {
  article(path: $path) { referencedBy(first: $n) { path } } }"""


def referrers(client: Client, path: str, **variables: Any) -> list[str]:
    data = client.data(BACKLINKS, variables={"path": path, **variables})
    return [item["path"] for item in data["article"]["referencedBy"]]


def test_an_article_knows_which_published_ones_lead_to_it(folder: Folder) -> None:
    ring(folder, 5)
    folder.add("_news/draft.md", published=False, related=[link("https://example.org/0")])
    forged = folder.add("_news/forged.md", related=[link("https://example.org/0")])
    replace_in(forged, "quality: 80", "quality: 81")
    with serving(folder.settings) as client:
        assert referrers(client, "_news/000.md") == ["_news/003.md", "_news/004.md"]
        assert referrers(client, "_news/000.md", n=1) == ["_news/003.md"]
        error = client.error(BACKLINKS, variables={"path": "_news/000.md", "n": 101})
        assert error["code"] == "BAD_USER_INPUT"


def test_links_lead_back_exactly_where_they_lead_to(folder: Folder) -> None:
    """Two records share a URL: only the newer one answers for it, in both directions."""
    for day, name in ((1, "old"), (2, "new")):
        when = f"2026-03-0{day}T00:00:00Z"
        folder.add(f"_news/{name}.md", webUrl="https://example.org/x", publishedDateTime=when)
    folder.add(
        "_news/a.md", webUrl="https://example.org/a", related=[link("https://example.org/x")]
    )
    query = '{article(path: "_news/a.md") {related {article {path}}}}'
    with serving(folder.settings) as client:
        led = client.data(query)["article"]["related"][0]["article"]["path"]
        assert led == "_news/new.md"
        # originalUrl is the same in all three, and the newest of them answers for it.
        assert referrers(client, "_news/new.md") == ["_news/a.md"]
        assert referrers(client, "_news/old.md") == []


def test_backlinks_of_a_whole_page_are_one_read(folder: Folder) -> None:
    ring(folder, 30)
    query = "query ($n: Int!) {articles(first: $n) {edges {node {referencedBy {path}}}}}"
    with serving(folder.settings) as client:
        costs = []
        for count in (1, 10, 30):
            client.gateway.repository.shelf.clear()
            before = client.gateway.store.reads
            client.data(query, variables={"n": count})
            costs.append(client.gateway.store.reads - before)
    # Whatever stands on the page already is not read again for its backlinks.
    assert costs == [2, 2, 1]
