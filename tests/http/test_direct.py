"""Answers out of what is at hand: the same, to the byte, without going the whole way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from gateway.http.direct import Direct
from gateway.store.tables import rows
from tests.support.client import Client, serving
from tests.support.folder import Folder, replace_in
from tests.support.publisher import NOW, YEAR, Publisher

PAGE = "query Page($n: Int, $a: String) {articles(first: $n, after: $a) {edges {node {title}}}}"
ONE = "query ($p: String!) {article(path: $p) {title excerpt}}"
ALL = "{articles {edges {node {title}}}}"


@pytest.fixture
def client(folder: Folder) -> Iterator[Client]:
    for name in "abc":
        folder.add(f"_news/{name}.md", title=f"Title {name}")
    replace_in(folder.add("_news/z.md", title="Sealed"), "Sealed", "Forged")
    settings = folder.settings.model_copy(update={"reply_bytes": 0})
    with serving(settings) as client:
        yield client


def ask(client: Client, query: str, headers: Any = None, **variables: Any) -> dict[str, Any]:
    body = {"query": query, "variables": variables}
    response = client.http.post("/graphql", json=body, headers=headers)
    found: dict[str, Any] = response.json()
    return found


class Whole:
    """How many requests went the whole way."""

    def __init__(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        self.number = 0
        self._reading = client.gateway.repository.reading
        monkeypatch.setattr(client.gateway.repository, "reading", self._count)

    async def _count(self, now: int, **how: Any) -> object:
        self.number += 1
        return await self._reading(now, **how)


@pytest.fixture
def whole(client: Client, monkeypatch: pytest.MonkeyPatch) -> Whole:
    return Whole(client, monkeypatch)


def titles(answer: dict[str, Any]) -> list[str]:
    return [edge["node"]["title"] for edge in answer["data"]["articles"]["edges"]]


def test_other_variables_are_answered_out_of_what_is_at_hand(client: Client, whole: Whole) -> None:
    for name in "ab":
        assert ask(client, ONE, p=f"_news/{name}.md")["data"]["article"]["title"][-1] == name
    assert whole.number == 2  # each record was read once
    for name in "abab":
        assert ask(client, ONE, p=f"_news/{name}.md")["data"]["article"]["title"][-1] == name
    assert whole.number == 2


def test_a_page_that_was_asked_for_before_needs_nothing_else(client: Client, whole: Whole) -> None:
    first = ask(client, PAGE, n=2)
    assert ask(client, PAGE, n=2) == ask(client, PAGE, n=2) == first
    assert whole.number == 1
    assert len(titles(ask(client, PAGE, n=3))) == 3
    assert whole.number == 2  # nobody had asked the index for three


def test_it_needs_somebody_who_sent_the_same_headers_before(client: Client, whole: Whole) -> None:
    ask(client, ALL)
    for times in (1, 1):
        ask(client, ALL, {"accept": "application/graphql-response+json"})
        assert whole.number == 1 + times


@pytest.mark.parametrize("value", ["Bearer x", ""])
def test_nobody_with_a_token_is_answered_like_this(
    client: Client, whole: Whole, value: str
) -> None:
    ask(client, ALL)
    for times in (1, 2):
        ask(client, ALL, {"authorization": value})
        assert whole.number <= 1 + times
    before = whole.number
    ask(client, ALL)
    assert whole.number == before  # what they were answered taught nothing, and dropped nothing


def direct_of(client: Client) -> Direct:
    assert client.gateway.repeats is not None
    maker = client.gateway.repeats.maker
    assert isinstance(maker, Direct)
    return maker


@pytest.mark.parametrize(
    "members",
    [
        {"query": ONE, "variables": {"p": "_news/z.md"}},  # withheld
        {"query": ONE, "variables": {"p": 1}},
        {"query": ONE},
        {"query": "{nothing}"},
        {"query": "{articles {totalCount}}"},  # nobody asked the index for that
        {"query": ALL, "operationName": "No"},
        {"query": 'query {topic(name: "AI") {name}}'},  # look-ups are collected in batches
        {"query": "subscription {articleChanged {path}}"},
        {"documentId": "sha256:0"},
        {"query": ALL, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0"}}},
        [{"query": ALL}],
        "no object",
    ],
)
def test_whatever_is_missing_or_wrong_is_not_for_it(client: Client, members: Any) -> None:
    ask(client, ALL)
    ask(client, ONE, p="_news/a.md")
    ask(client, 'query {topic(name: "AI") {name}}')
    version = client.gateway.store.version()
    assert version is not None
    direct = direct_of(client)
    assert direct.make(orjson.dumps({"query": ALL}), version) is not None
    assert direct.make(orjson.dumps(members), version) is None


def test_bodies_that_are_too_long_are_for_others_to_refuse(client: Client) -> None:
    ask(client, ALL)
    version = client.gateway.store.version()
    assert version is not None
    longest = client.gateway.settings.max_body_bytes
    body = orjson.dumps({"query": ALL, "padding": "x" * longest})
    assert direct_of(client).make(body, version) is None


def test_each_request_is_counted_once_however_it_is_answered(client: Client) -> None:
    for _ in range(3):
        ask(client, PAGE, n=2)
        ask(client, ONE, p="_news/z.md")
    registry = client.gateway.observation.metrics.registry
    counted = {
        code: registry.get_sample_value(
            "sealgate_operations_total", {"type": "query", "code": code}
        )
        for code in ("OK", "RECORD_WITHHELD")
    }
    assert counted == {"OK": 3, "RECORD_WITHHELD": 3}
    labels = {"reason": "SIGNATURE_INVALID"}
    assert registry.get_sample_value("sealgate_withheld_accesses_total", labels) == 3
    assert registry.get_sample_value("sealgate_http_requests_in_flight") == 0


def test_it_counts_against_the_rate_of_the_client(folder: Folder) -> None:
    folder.add("_news/a.md")
    update = {"rate_limit": 0.001, "rate_burst": 3, "reply_bytes": 0}
    with serving(folder.settings.model_copy(update=update)) as client:
        found = [client.http.post("/graphql", json={"query": ALL}) for _ in range(5)]
        assert [response.status_code for response in found] == [200, 200, 200, 429, 429]
        assert [r.headers["ratelimit"].split(";")[1] for r in found[:3]] == ["r=2", "r=1", "r=0"]


def test_where_others_wait_nobody_overtakes_them(
    client: Client, whole: Whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(client, ALL)
    places = direct_of(client)._executor._places
    monkeypatch.setattr(type(places), "is_full", True)
    ask(client, ALL)
    assert whole.number == 2


def test_only_trusted_documents_where_there_are_no_others(folder: Folder) -> None:
    folder.add("_news/a.md")
    manifest = folder.base / "documents.json"
    manifest.write_bytes(orjson.dumps({"trusted": ALL}))
    update = {"documents": manifest, "documents_only": True, "reply_bytes": 0}
    with serving(folder.settings.model_copy(update=update)) as client:
        for _ in range(2):
            assert "errors" not in client.http.post("/graphql", json={"query": ALL}).json()
            (error,) = client.http.post("/graphql", json={"query": PAGE}).json()["errors"]
            assert error["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"


# What is at hand is as new as what is read.


def test_a_changed_file_is_seen(client: Client, folder: Folder) -> None:
    ask(client, ALL)
    folder.add("_news/a.md", title="Second")
    client.gateway.live.take_up_files()
    client.gateway.live.refresh()
    assert "Second" in titles(ask(client, ALL))


def test_a_revoked_key_is_obeyed(client: Client, folder: Folder) -> None:
    assert titles(ask(client, ALL)) == titles(ask(client, ALL)) != []
    for file in folder.keys.glob("*.jwk"):
        file.unlink()
    Publisher("k2").write_public(folder.keys)
    client.gateway.live.take_up_trust()
    assert titles(ask(client, ALL)) == []


@pytest.mark.parametrize("years", [3, -3])
def test_a_clock_that_leaves_the_time_of_the_key_is_obeyed(folder: Folder, years: int) -> None:
    folder.add("_news/a.md", title="First")
    clock = [NOW]
    settings = folder.settings.model_copy(update={"reply_bytes": 0})
    with serving(settings, lambda: clock[0]) as client:
        assert titles(ask(client, ALL)) == titles(ask(client, ALL)) == ["First"]
        clock[0] += years * YEAR
        assert titles(ask(client, ALL)) == []


def test_a_row_that_somebody_changed_is_noticed(client: Client) -> None:
    assert titles(ask(client, ALL)) == titles(ask(client, ALL)) != []
    with client.gateway.store.writing() as connection:
        connection.execute(rows.update().values(body=b"other"))
    assert titles(ask(client, ALL)) == []
