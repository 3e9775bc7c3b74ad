"""Drafts in the content graph: everywhere for those who may see them, nowhere for others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from gateway.access.scope import Scope
from tests.support.client import Client, serving
from tests.support.folder import Folder

A, DRAFT, REMOVED = "_news/a.md", "_news/draft.md", "_news/removed.md"
LINK = {
    "title": "Kept back",
    "excerpt": "",
    "publishedDateTime": "2026-03-04T09:15:00Z",
    "webUrl": "https://news.example.org/draft",
    "type": "article",
    "provider": {"name": "Example News", "domain": "example.org"},
    "quality": 1,
}
QUERIES = {
    "list": "{ articles { totalCount edges { node { path } } } }",
    "contents": "{ content { totalCount } }",
    "search": '{ articles(search: "back") { totalCount edges { match { score } } } }',
    "relevance": '{ articles(search: "seal") { edges { node { path } match { score } } } }',
    "topics": '{ topic(name: "Unheard") { name } }',
    "facets": "{ articles { facets { topics { topic { name } count } } } }",
    "by path": f'{{ article(path: "{DRAFT}") {{ path published }} }}',
    "by url": '{ articlesByUrl(urls: ["https://news.example.org/draft"]) { path } }',
    "links": f'{{ article(path: "{A}") {{ related {{ title article {{ path }} }} }} }}',
    "back": f'{{ article(path: "{A}") {{ referencedBy {{ path }} }} }}',
    "removed": f'{{ article(path: "{REMOVED}") {{ path }} }}',
}


def published(folder: Folder) -> None:
    folder.add(A, related=[LINK])


def written(folder: Folder) -> None:
    published(folder)
    url = "https://news.example.org/draft"
    folder.add(
        DRAFT, published=False, title="Kept back", topics=["Unheard"], webUrl=url,
        related=[{**LINK, "webUrl": "https://news.example.org/seal"}],
    )  # fmt: skip
    folder.add(REMOVED, removed=True, webUrl="https://news.example.org/removed")


@contextmanager
def asked_by(folder: Folder, *scopes: Scope) -> Iterator[Client]:
    settings = folder.settings.model_copy(update={"open_scopes": (Scope.READ, *scopes)})
    with serving(settings) as client:
        yield client


def answers(client: Client) -> dict[str, Any]:
    return {name: client.post(query) for name, query in QUERIES.items()}


def test_to_everybody_else_it_is_as_if_there_were_none(
    folder: Folder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    written(folder)
    without = Folder(tmp_path_factory.mktemp("without"), folder.publisher)
    published(without)
    with asked_by(folder) as one, asked_by(without) as other:
        assert answers(one) == answers(other)


def test_those_who_may_see_them_find_them_wherever_records_are(folder: Folder) -> None:
    written(folder)
    with asked_by(folder, Scope.DRAFTS) as client:
        found = {name: client.data(query) for name, query in QUERIES.items()}
    assert found["list"]["articles"]["totalCount"] == 3
    assert found["contents"] == {"content": {"totalCount": 3}}
    assert found["search"]["articles"]["totalCount"] == 1
    assert found["topics"] == {"topic": {"name": "Unheard"}}
    assert found["by path"] == {"article": {"path": DRAFT, "published": False}}
    assert found["by url"] == {"articlesByUrl": [{"path": DRAFT}]}
    assert found["links"]["article"]["related"][0]["article"] == {"path": DRAFT}
    assert found["back"]["article"]["referencedBy"] == [{"path": DRAFT}]
    assert found["removed"] == {"article": {"path": REMOVED}}


def test_the_feed_tells_of_none(folder: Folder) -> None:
    written(folder)
    changes = "{ changes { events { kind path } } }"
    with asked_by(folder, Scope.DRAFTS) as client:
        told = client.data(changes)["changes"]["events"]
        assert told == [{"kind": "PUBLISH", "path": A}]
        folder.add(A, published=False)
        client.gateway.ingest()
        assert client.data(changes)["changes"]["events"] == []
        assert client.data("{ articles { totalCount } }")["articles"]["totalCount"] == 3


def test_pages_of_a_list_with_drafts_stay_in_their_snapshot(folder: Folder) -> None:
    written(folder)
    page = (
        "query ($after: String) { articles(first: 1, after: $after)"
        " { edges { node { path } } pageInfo { endCursor } } }"
    )
    with asked_by(folder, Scope.DRAFTS) as client:
        seen: list[str] = []
        after = None
        for number in range(3):
            articles = client.data(page, variables={"after": after})["articles"]
            seen += [edge["node"]["path"] for edge in articles["edges"]]
            after = articles["pageInfo"]["endCursor"]
            folder.add(f"_news/later-{number}.md", published=False)
            client.gateway.ingest()
        assert set(seen) == {A, DRAFT, REMOVED}
