"""A corpus with one record to attack, and every way to see it through a served gateway."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from gateway.corpus.claim import claim_file
from gateway.errors import Reason
from gateway.frontmatter.limits import Limits
from gateway.records.raw import RawRecord
from gateway.settings import Settings
from tests.support.cards import related_item
from tests.support.client import Client, serving
from tests.support.folder import Folder
from tests.support.publisher import NOW, Publisher

VICTIM = "_news/victim.md"
VICTIM_URL = "https://news.example.org/victim"
FRIEND = "_news/friend.md"
FRIEND_URL = "https://news.example.org/friend"
# Stands in every field of the victim and nowhere else, so that no answer may hold it.
MARK = "zebrafish"
BODY = f"The {MARK} sleeps.\n"

VICTIM_FIELDS: dict[str, Any] = {
    "title": f"A {MARK} in the harbour",
    "excerpt": f"Where the {MARK} lives.",
    "publishedDateTime": "2026-05-05T05:05:05Z",
    "webUrl": VICTIM_URL,
    "originalUrl": VICTIM_URL,
    "type": MARK,
    "topics": [MARK],
    "provider": {"name": MARK, "domain": f"{MARK}.example"},
    "related": [related_item(webUrl=FRIEND_URL, originalUrl=FRIEND_URL)],
}
FRIEND_FIELDS: dict[str, Any] = {
    "webUrl": FRIEND_URL,
    "originalUrl": FRIEND_URL,
    "related": [related_item(webUrl=VICTIM_URL, originalUrl=VICTIM_URL)],
}

# Where the record could show without being named by its path or id.
SURFACES = {
    "articles": "{articles {totalCount edges {node {path title}}}}",
    "content": "{content {totalCount edges {node {path title}}}}",
    "from the end": "{articles(last: 5) {totalCount edges {node {path}}}}",
    "search": f'{{articles(search: "{MARK}") {{totalCount edges {{node {{path}}}}}}}}',
    "search all": f'{{content(search: "{MARK}*") {{totalCount edges {{node {{path}}}}}}}}',
    "where": f'{{articles(where: {{title: {{contains: "{MARK}"}}}}) {{totalCount}}}}',
    "not where": f'{{articles(where: {{not: {{title: {{contains: "{MARK}"}}}}}}) {{totalCount}}}}',
    "facets": """{articles {facets {topics {count topic {name}} types {count type}
        providers {count provider {name domain}} published(interval: DAY) {start count}}}}""",
    "facets of a search": f"""{{content(search: "{MARK}") {{facets {{topics {{count}}
        types {{count}} providers {{count}} published(interval: YEAR) {{count}}}}}}}}""",
    "topics": "{topics {name}}",
    "topic": f'{{topic(name: "{MARK}") {{name}}}}',
    "providers": "{providers {count provider {name}}}",
    "provider": f'{{provider(name: "{MARK}", domain: "{MARK}.example") {{name}}}}',
    "changes": "{changes {hasMore events {kind path reason record {... on Content {title}}}}}",
    "related": f'{{article(path: "{FRIEND}") {{related {{title article {{path title}}}}}}}}',
    "referenced by": f'{{article(path: "{FRIEND}") {{referencedBy {{path title}}}}}}',
    "by url": f'{{article(url: "{VICTIM_URL}") {{path title}}}}',
    "by urls": f'{{articlesByUrl(urls: ["{VICTIM_URL}", "{FRIEND_URL}"]) {{path title}}}}',
}
# Where it is named, and what it would be called by.
NAMED = {
    "article": f'{{article(path: "{VICTIM}") {{title body integrity {{canonical}}}}}}',
    "content": f'{{contentByPath(paths: ["{VICTIM}"]) {{title body}}}}',
    "article by id": "{article(id: $ID) {title body}}",
    "node": "{node(id: $ID) {... on Content {title body}}}",
    "nodes": "{nodes(ids: [$ID]) {... on Content {title body}}}",
}


def answers(client: Client) -> dict[str, Any]:
    """What each surface says."""
    return {name: client.data(query) for name, query in SURFACES.items()}


def _text(document: Any) -> str:
    return orjson.dumps(document).decode().casefold()


@cache
def victim_id() -> str:
    """The id of the record, which depends on its path only."""
    return _told(shown=True)[1]


@cache
def without_victim() -> dict[str, Any]:
    """What the surfaces say where the record does not exist."""
    return _told(shown=False)[0]


def _told(*, shown: bool) -> tuple[dict[str, Any], str]:
    with tempfile.TemporaryDirectory() as base:
        scene = Scene(Folder(Path(base) / "corpus"))
        if shown:
            scene.seal()
        with serving(scene.folder.settings) as client:
            found = client.data(f'{{article(path: "{VICTIM}") {{id}}}}')["article"]
            return answers(client), found["id"] if shown else ""


@dataclass
class Scene:
    """The folder's publisher seals the victim; friends seal the record beside it, all of them.

    now: the instant at which it is done, in Unix seconds.
    """

    folder: Folder
    friends: tuple[Publisher, ...] = field(default_factory=lambda: (Publisher("friend"),))
    now: int = NOW

    def __post_init__(self) -> None:
        self.folder.write(FRIEND, **FRIEND_FIELDS)
        for friend in self.friends:
            friend.write_public(self.folder.keys)
            self.folder.seal(FRIEND, friend, self.now)

    @property
    def publisher(self) -> Publisher:
        return self.folder.publisher

    @property
    def file(self) -> Path:
        return self.folder.seeds / VICTIM

    def policy(self, text: str) -> None:
        (self.folder.keys / "policy.yaml").write_text(text, encoding="utf-8")

    def write(self, *secured: str, body: str = BODY, path: str = VICTIM, **changes: Any) -> None:
        """The victim's file with these envelopes, whatever they are worth."""
        entries = {"secured": list(secured)} if secured else {}
        self.folder.write(path, body, **{**VICTIM_FIELDS, **changes, **entries})

    def claim(self, path: str = VICTIM) -> RawRecord:
        """What the file claims to be; an honest envelope is made over its canonical bytes."""
        return claim_file("demo", self.folder.seeds, path, Limits())

    def seal(self, *publishers: Publisher) -> RawRecord:
        """The victim as it was meant to be. By the folder's publisher unless told otherwise."""
        self.write()
        raw = self.claim()
        chosen = publishers or (self.publisher,)
        self.write(*(publisher.envelope(raw, self.now) for publisher in chosen))
        return self.claim()

    def shown(self, settings: Settings | None = None) -> None:
        """Whether the record is on every surface, as a check of the checks."""
        with serving(settings or self.folder.settings) as client:
            assert_shown(client)

    def withheld(self, reason: Reason, settings: Settings | None = None) -> None:
        with serving(settings or self.folder.settings) as client:
            assert_withheld(client, reason)


def assert_shown(client: Client) -> None:
    hidden = without_victim()
    unlike = {name for name, answer in answers(client).items() if answer != hidden[name]}
    assert unlike == SURFACES.keys() - {"not where"}
    for name, query in NAMED.items():
        assert MARK in _text(client.data(_with_id(query))), name


def assert_withheld(client: Client, reason: Reason) -> None:
    """It is on no surface; who names it is told why, and nothing of what it says."""
    assert answers(client) == without_victim()
    for name, query in NAMED.items():
        document = client.post(_with_id(query))
        (error,) = document["errors"]
        extensions = error["extensions"]
        assert (extensions["code"], extensions["reason"]) == ("RECORD_WITHHELD", reason), name
        assert MARK not in _text(document), name
    (entry,) = client.data("{withheld {path reason}}")["withheld"]
    assert entry == {"path": VICTIM, "reason": str(reason)}


def _with_id(query: str) -> str:
    return query.replace("$ID", orjson.dumps(victim_id()).decode())
