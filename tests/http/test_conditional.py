"""Conditional GET: 304 for who holds the same bytes already, and for nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.store.tables import rows
from tests.support.client import Client, serving
from tests.support.folder import Folder, replace_in
from tests.support.fuzz import fuzz
from tests.support.publisher import NOW, YEAR, Publisher

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
COUNT = "{articles {totalCount}}"
TITLES = "{articles {edges {node {path title}}}}"


def url(query: str, **members: Any) -> str:
    given = {
        name: value if isinstance(value, str) else orjson.dumps(value).decode()
        for name, value in members.items()
    }
    return f"/graphql?{urlencode({'query': query, **given})}"


@pytest.fixture
def client(folder: Folder) -> Iterator[Client]:
    folder.add("_news/a.md")
    with serving(folder.settings) as client:
        yield client


def tag_of(client: Client, address: str, **headers: str) -> str:
    response = client.http.get(address, headers=headers)
    assert response.status_code == 200
    tag: str = response.headers["etag"]
    return tag


def status_for(client: Client, address: str, condition: str) -> int:
    response = client.http.get(address, headers={"if-none-match": condition})
    return int(response.status_code)


def test_who_holds_the_answer_gets_304_without_a_body(client: Client) -> None:
    first = client.http.get(url(COUNT))
    again = client.http.get(url(COUNT), headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "content-type" not in again.headers
    for name in ("etag", "cache-control", "vary"):
        assert again.headers[name] == first.headers[name]


def test_nothing_is_executed_for_304(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    query = '{article(path: "_news/a.md") {title}}'
    tag = tag_of(client, url(query))

    def fail(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(client.gateway.store, "read", fail)
    assert status_for(client, url(query), tag) == 304
    monkeypatch.undo()
    assert status_for(client, url(query), '"other"') == 200


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("{tag}", 304),
        ("W/{tag}", 304),
        ('"other", {tag}', 304),
        ('"with, comma" ,W/"x",{tag}', 304),
        ("*", 304),
        (" * ", 304),
        ('"other"', 200),
        ('W/"other", "another"', 200),
        ("w/nothing", 200),
        ('"', 200),
        (",", 200),
        ('"a{bare}"', 200),
        ("{bare}", 200),
        ("'{bare}'", 200),
    ],
)
def test_tags_are_compared_as_rfc_9110_says(client: Client, condition: str, status: int) -> None:
    tag = tag_of(client, url(COUNT))
    sent = condition.replace("{tag}", tag).replace("{bare}", tag.strip('"'))
    assert status_for(client, url(COUNT), sent) == status


def test_a_condition_may_come_in_several_lines(client: Client) -> None:
    tag = tag_of(client, url(COUNT))
    lines = [("if-none-match", '"other"'), ("if-none-match", tag)]
    assert client.http.get(url(COUNT), headers=lines).status_code == 304


def test_each_media_type_has_its_own_tag(client: Client) -> None:
    json, graphql = (tag_of(client, url(COUNT), accept=accept) for accept in (JSON, GRAPHQL))
    assert json != graphql
    held = {"accept": GRAPHQL, "if-none-match": json}
    assert client.http.get(url(COUNT), headers=held).status_code == 200


def test_head_has_the_headers_of_get_and_no_body(client: Client) -> None:
    got = client.http.get(url(COUNT))
    head = client.http.head(url(COUNT))
    assert (head.status_code, head.content) == (200, b"")
    for name in ("etag", "cache-control", "vary", "content-type", "content-length"):
        assert head.headers[name] == got.headers[name]
    held = {"if-none-match": got.headers["etag"]}
    assert client.http.head(url(COUNT), headers=held).status_code == 304


def test_head_of_an_answer_in_parts_is_refused(client: Client) -> None:
    query = '{article(path: "_news/a.md") {... @defer {title}}}'
    headers = {"accept": "multipart/mixed;incrementalSpec=v0.2, application/json"}
    assert client.http.head(url(query), headers=headers).status_code == 405
    assert client.http.head(url(query)).status_code == 200


def test_head_begins_no_stream(client: Client) -> None:
    headers = {"accept": "text/event-stream"}
    response = client.http.head(url("subscription {snapshotChanged {id}}"), headers=headers)
    assert (response.status_code, response.content) == (405, b"")
    assert client.gateway.repository.watch.listeners == 0


@pytest.mark.parametrize(
    "address",
    [
        url("{"),
        url("{articlez}"),
        url("mutation {x}"),
        url("subscription {snapshotChanged {id}}"),
        url('{article(path: "_news/a.md") {title} b: article(path: "_news/forged.md") {title}}'),
        url("{articles(first: 1000000) {totalCount}}"),
        url(COUNT, variables="{"),
        "/graphql",
    ],
)
def test_answers_with_errors_are_kept_by_no_cache(folder: Folder, address: str) -> None:
    folder.add("_news/a.md")
    replace_in(folder.add("_news/forged.md"), "quality: 80", "quality: 81")
    with serving(folder.settings) as client:
        for condition in ("*", '"x"'):
            response = client.http.get(address, headers={"if-none-match": condition})
            assert response.status_code in {200, 400}
            assert "errors" in response.json()
            assert response.headers["cache-control"] == "no-store"
            assert "etag" not in response.headers


def test_answers_to_post_are_kept_by_no_cache(client: Client) -> None:
    response = client.http.post(
        "/graphql", json={"query": COUNT}, headers={"if-none-match": tag_of(client, url(COUNT))}
    )
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers


def test_what_looks_past_the_view_is_asked_anew(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = "{changes {cursor}}"
    tag = tag_of(client, url(query))
    asked: list[tuple[int, ...]] = []
    feed = client.gateway.repository.feed
    since = feed.since

    def counted(*args: int) -> object:
        asked.append(args)
        return since(*args)

    monkeypatch.setattr(feed, "since", counted)
    assert status_for(client, url(query), tag) == 304
    assert len(asked) == 1


def test_an_old_page_is_the_same_in_a_new_snapshot(client: Client, folder: Folder) -> None:
    folder.add("_news/b.md")
    client.gateway.ingest()
    first = client.data("{articles(first: 1) {pageInfo {endCursor}}}")
    cursor = first["articles"]["pageInfo"]["endCursor"]
    rest = url("query ($c: String) {articles(after: $c) {edges {cursor}}}", variables={"c": cursor})
    tag = tag_of(client, rest)
    folder.add("_news/c.md")
    client.gateway.ingest()
    assert status_for(client, rest, tag) == 304


def test_a_record_that_the_answer_does_not_show_leaves_its_tag(
    client: Client, folder: Folder
) -> None:
    address = url('{article(path: "_news/a.md") {title}}')
    tag = tag_of(client, address)
    folder.add("_news/b.md")
    client.gateway.ingest()
    assert status_for(client, address, tag) == 304


def test_two_gateways_on_one_store_give_the_same_tag(client: Client) -> None:
    with serving(client.gateway.settings) as other:
        for query in (COUNT, TITLES):
            assert tag_of(client, url(query)) == tag_of(other, url(query))
            assert status_for(other, url(query), tag_of(client, url(query))) == 304


def test_a_row_that_was_changed_behind_us_ends_the_tag_once_it_is_found(
    client: Client, folder: Folder
) -> None:
    tag = tag_of(client, url(TITLES))
    with client.gateway.store.writing() as connection:
        connection.execute(rows.update().values(body=b"x"))
    assert client.data(TITLES) == {"articles": {"edges": []}}
    response = client.http.get(url(TITLES), headers={"if-none-match": tag})
    assert (response.status_code, response.json()["data"]["articles"]["edges"]) == (200, [])


def test_a_revoked_key_ends_the_tag(client: Client, folder: Folder) -> None:
    tag = tag_of(client, url(COUNT))
    folder.publisher.write_public(folder.keys, revoked={"revoked_at": NOW, "reason": "stolen"})
    client.gateway.live.take_up_trust()
    response = client.http.get(url(COUNT), headers={"if-none-match": tag})
    assert (response.status_code, response.json()["data"]["articles"]["totalCount"]) == (200, 0)


def test_a_key_that_ends_ends_the_tag(folder: Folder) -> None:
    folder.add("_news/a.md")
    clock = [NOW]
    with serving(folder.settings, lambda: clock[0]) as client:
        tag = tag_of(client, url(COUNT))
        clock[0] = NOW + YEAR
        assert status_for(client, url(COUNT), tag) == 304
        clock[0] += 1
        response = client.http.get(url(COUNT), headers={"if-none-match": tag})
        assert (response.status_code, response.json()["data"]["articles"]["totalCount"]) == (200, 0)


@pytest.mark.parametrize(
    ("max_age", "stale", "left", "expected"),
    [
        (0, 0, YEAR, "public, max-age=0, must-revalidate"),
        (60, 0, YEAR, "public, max-age=60, must-revalidate"),
        (60, 30, YEAR, "public, max-age=60, stale-while-revalidate=30"),
        (60, 30, 71, "public, max-age=60, stale-while-revalidate=11"),
        (60, 30, 31, "public, max-age=31, must-revalidate"),
        (60, 30, 0, "public, max-age=0, must-revalidate"),
    ],
)
def test_caches_never_keep_an_answer_beyond_the_next_boundary(
    folder: Folder, max_age: int, stale: int, left: int, expected: str
) -> None:
    """left: seconds until the key ends; its last second counts."""
    folder.add("_news/a.md")
    changes = {"max_age": max_age, "stale_while_revalidate": stale}
    settings = folder.settings.model_copy(update=changes)
    with serving(settings, lambda: NOW + YEAR - left) as client:
        assert client.http.get(url(COUNT)).headers["cache-control"] == expected


FILTERED = "query ($w: ContentWhere) {articles(where: $w) {totalCount edges {cursor node {path}}}}"
FIRST = "query Q($n: Int) {articles(first: $n) {edges {node {title integrity {digest keyIds}}}}}"
TWO = "query A {articles {totalCount}} query B {articles {edges {node {path}}}}"
QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    (COUNT, {}),
    (TITLES, {}),
    (TITLES, {"variables": {"n": 1}}),
    ("{__typename}", {}),
    (FIRST, {"variables": {"n": 1}}),
    (FIRST, {"variables": {"n": 2}, "operationName": "Q"}),
    (TWO, {"operationName": "A"}),
    (TWO, {"operationName": "B"}),
    (FILTERED, {"variables": {"w": None}}),
    (FILTERED, {"variables": {"w": {"quality": {"gte": 50}, "title": {"contains": "t1"}}}}),
    (FILTERED, {"variables": {"w": {"title": {"contains": "t1"}, "quality": {"gte": 50}}}}),
    (FILTERED, {"variables": {"w": {"title": {"contains": "t2"}}}}),
    ('{article(path: "_news/a.md") {title}}', {}),
    ('{article(path: "_news/z.md") {title referencedBy {id}}}', {}),
    ("{changes {cursor hasMore events {kind path reason}}}", {}),
    ("{integrityReport {snapshot byStatus {status count} byKey {count}}}", {}),
    ("{withheld {path reason since}}", {}),
]


@dataclass
class World:
    """A running gateway whose files and keys change; what it answered so far, by question."""

    client: Client
    folder: Folder
    other: Publisher = field(default_factory=lambda: Publisher(kid="k2"))
    told: dict[str, dict[str, bytes]] = field(default_factory=dict)

    def write(self, name: str, title: str, *, second: bool) -> None:
        self.folder.write(f"_news/{name}.md", title=title)
        self.folder.seal(f"_news/{name}.md", self.other if second else None)

    def forge(self, name: str) -> None:
        file = self.folder.seeds / f"_news/{name}.md"
        if file.exists():
            file.write_text(file.read_text(encoding="utf-8") + "x", encoding="utf-8")

    def remove(self, name: str) -> None:
        if len(list(self.folder.seeds.glob("_news/*.md"))) > 1:
            (self.folder.seeds / f"_news/{name}.md").unlink(missing_ok=True)

    def trust(self, *, revoked: bool) -> None:
        members = {"revoked": {"revoked_at": NOW, "reason": "lost"}} if revoked else {}
        self.other.write_public(self.folder.keys, **members)

    def take_up(self) -> None:
        self.client.gateway.live.take_up_trust()
        self.client.gateway.ingest()

    def ask(self, address: str, accept: str) -> None:
        """The answer as it is; and who holds an earlier one is told 304 only if it is the same."""
        headers = {"accept": accept}
        told = self.told.setdefault(f"{address} {accept}", {})
        before = {
            tag: self.client.http.get(address, headers={**headers, "if-none-match": tag})
            for tag in list(told)[-4:]
        }
        now = self.client.http.get(address, headers=headers)
        for tag, response in before.items():
            if told[tag] == now.content:
                assert (response.status_code, response.headers["etag"]) == (304, tag)
            else:
                assert (response.status_code, response.content) == (200, now.content)
        if "errors" in now.json():
            assert "etag" not in now.headers
        else:
            tag = now.headers["etag"]
            assert told.setdefault(tag, now.content) == now.content
            known = self.client.http.get(
                address, headers={**headers, "if-none-match": f'"x",W/{tag}'}
            )
            assert (known.status_code, known.content) == (304, b"")


@pytest.fixture
def world(folder: Folder) -> Iterator[World]:
    folder.add("_news/z.md")
    with serving(folder.settings) as client:
        world = World(client, folder)
        world.trust(revoked=False)
        yield world


NAMES = st.sampled_from(["a", "b", "c"])
STEPS = st.one_of(
    st.tuples(st.just("write"), NAMES, st.sampled_from(["t1", "t2"]), st.booleans()),
    st.tuples(st.just("forge"), NAMES),
    st.tuples(st.just("remove"), NAMES),
    st.tuples(st.just("trust"), st.booleans()),
    st.tuples(st.just("nothing")),
)
ASKED = st.tuples(st.sampled_from(QUESTIONS), st.sampled_from([JSON, GRAPHQL]))


@pytest.mark.parametrize(("query", "members"), QUESTIONS)
def test_each_question_has_an_answer_that_can_be_kept(
    client: Client, folder: Folder, query: str, members: dict[str, Any]
) -> None:
    folder.add("_news/z.md")
    client.gateway.ingest()
    tag = tag_of(client, url(query, **members))
    assert status_for(client, url(query, **members), tag) == 304


@fuzz
@given(
    rounds=st.lists(
        st.tuples(st.lists(STEPS, min_size=1, max_size=3), st.lists(ASKED, min_size=1, max_size=5)),
        min_size=1,
        max_size=3,
    )
)
def test_304_is_said_exactly_when_the_answer_is_the_same_bytes(
    world: World, rounds: list[tuple[list[Any], list[Any]]]
) -> None:
    for steps, questions in rounds:
        for step, *arguments in steps:
            match step, arguments:
                case "write", (name, title, second):
                    world.write(name, title, second=second)
                case "forge", (name,):
                    world.forge(name)
                case "remove", (name,):
                    world.remove(name)
                case "trust", (revoked,):
                    world.trust(revoked=revoked)
        world.take_up()
        for (query, members), accept in questions:
            world.ask(url(query, **members), accept)
