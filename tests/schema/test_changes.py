"""The change feed over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.client import Client, serving
from tests.support.folder import Folder
from tests.support.site import build_site

FEED = """query ($since: String, $first: Int! = 100) { changes(since: $since, first: $first) {
  events { kind path reason record { __typename id ... on Content { title } } }
  cursor hasMore } }"""


def ask(client: Client, **variables: Any) -> Any:
    return client.data(FEED, variables=variables)["changes"]


def test_pages_tell_of_every_visible_record_once_whatever_it_is(folder: Folder) -> None:
    build_site(folder)
    with serving(folder.settings) as client:
        events: list[Any] = []
        page = ask(client, first=2)
        while True:
            events += page["events"]
            if not page["hasMore"]:
                break
            page = ask(client, first=2, since=page["cursor"])
        visible = client.gateway.view().by_path
    assert sorted(event["path"] for event in events) == sorted(visible)
    kinds = {event["record"]["__typename"] for event in events}
    assert {"Article", "Video", "Topic", "Organization"} <= kinds
    assert all(event["record"]["id"] for event in events)


def test_a_withdrawal_has_a_reason_and_no_record(folder: Folder) -> None:
    file = folder.add("_news/a.md", title="Once")
    with serving(folder.settings) as client:
        since = ask(client)["cursor"]
        file.write_text(file.read_text(encoding="utf-8").replace("Once", "Never"), encoding="utf-8")
        client.gateway.ingest()
        (event,) = ask(client, since=since)["events"]
    assert event == {
        "kind": "WITHDRAW",
        "path": "_news/a.md",
        "reason": "SIGNATURE_INVALID",
        "record": None,
    }


def test_a_long_page_costs_no_more_reads_than_a_short_one(folder: Folder) -> None:
    build_site(folder)
    with serving(folder.settings) as client:
        costs = []
        for first in (1, 10):
            client.gateway.repository.shelf.clear()
            before = client.gateway.store.reads
            ask(client, first=first)
            costs.append(client.gateway.store.reads - before)
    assert costs == [2, 2]


def test_a_page_that_is_too_long_is_bad_input(folder: Folder) -> None:
    folder.add("_news/a.md")
    with serving(folder.settings) as client:
        assert client.error(FEED, variables={"first": 101})["code"] == "BAD_USER_INPUT"
        assert client.error(FEED, variables={"first": -1})["code"] == "BAD_USER_INPUT"
        assert client.error(FEED, variables={"since": "x"})["code"] == "CURSOR_INVALID"


def test_cursors_of_lists_and_of_changes_do_not_meet(folder: Folder) -> None:
    folder.add("_news/a.md")
    with serving(folder.settings) as client:
        page = client.data("{articles {pageInfo {endCursor}}}")["articles"]["pageInfo"]
        assert client.error(FEED, variables={"since": page["endCursor"]})["code"] == (
            "CURSOR_INVALID"
        )
        query = "query ($after: String) { articles(after: $after) { totalCount } }"
        after = ask(client)["cursor"]
        assert client.error(query, variables={"after": after})["code"] == "CURSOR_INVALID"


def test_a_page_of_nothing_says_that_there_is_more(folder: Folder) -> None:
    folder.add("_news/a.md")
    with serving(folder.settings) as client:
        page = ask(client, first=0)
        assert (page["events"], page["hasMore"]) == ([], True)
        page = ask(client, first=1, since=page["cursor"])
        assert ([event["path"] for event in page["events"]], page["hasMore"]) == (
            ["_news/a.md"],
            False,
        )


def test_at_the_end_the_cursor_stays_where_it_is(folder: Folder) -> None:
    folder.add("_news/a.md")
    with serving(folder.settings) as client:
        end = ask(client)["cursor"]
        assert ask(client, since=end) == {"events": [], "cursor": end, "hasMore": False}


def test_a_client_that_stayed_away_too_long_is_told_and_can_begin_again_in_pages(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.store.feed.KEPT_WITHDRAWALS", 0)
    for name in "abcd":
        folder.add(f"_news/{name}.md")
    with serving(folder.settings) as client:
        since = ask(client, first=3)["cursor"]
        (folder.seeds / "_news/d.md").unlink()
        client.gateway.ingest()
        error = client.error(FEED, variables={"since": since})
        assert error["code"] == "CURSOR_EXPIRED"
        paths: list[str] = []
        page = ask(client, first=1)
        while True:
            paths += [event["path"] for event in page["events"]]
            if not page["hasMore"]:
                break
            page = ask(client, first=1, since=page["cursor"])
    assert paths == ["_news/a.md", "_news/b.md", "_news/c.md"]
