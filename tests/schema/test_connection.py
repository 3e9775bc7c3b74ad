"""Pages of articles."""

from __future__ import annotations

import pytest

from tests.support.client import Client, serving
from tests.support.folder import Folder

PAGE = """query ($first: Int, $after: String, $last: Int, $before: String) {
  articles(first: $first, after: $after, last: $last, before: $before) {
  totalCount edges { cursor node { path } }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


def fill(folder: Folder, count: int) -> list[str]:
    paths = [f"_news/{number:02}.md" for number in range(count)]
    for number, path in enumerate(paths):
        folder.add(path, publishedDateTime=f"2026-03-{28 - number:02}T00:00:00Z")
    return paths


def walk(client: Client, first: int) -> list[str]:
    found: list[str] = []
    after = None
    while True:
        page = client.data(PAGE, variables={"first": first, "after": after})["articles"]
        found += [edge["node"]["path"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


@pytest.mark.parametrize("first", [1, 2, 3, 7, 100])
def test_pages_of_every_size_walk_the_whole_list_once(folder: Folder, first: int) -> None:
    paths = fill(folder, 7)
    with serving(folder.settings) as client:
        assert walk(client, first) == paths


@pytest.mark.parametrize("last", [1, 2, 3, 7, 100])
def test_pages_walk_the_list_backwards_as_well(folder: Folder, last: int) -> None:
    paths = fill(folder, 7)
    found: list[str] = []
    before = None
    with serving(folder.settings) as client:
        while True:
            variables = {"last": last, "before": before}
            page = client.data(PAGE, variables=variables)["articles"]
            found = [edge["node"]["path"] for edge in page["edges"]] + found
            if not page["pageInfo"]["hasPreviousPage"]:
                break
            before = page["pageInfo"]["startCursor"]
    assert found == paths


def test_both_cursors_bound_a_page(folder: Folder) -> None:
    paths = fill(folder, 5)
    with serving(folder.settings) as client:
        page = client.data(PAGE, variables={})["articles"]
        cursors = [edge["cursor"] for edge in page["edges"]]
        between = {"after": cursors[0], "before": cursors[4]}
        for more, expected in (
            ({}, paths[1:4]),
            ({"first": 2}, paths[1:3]),
            ({"last": 1}, [paths[3]]),
        ):
            inner = client.data(PAGE, variables={**between, **more})["articles"]
            assert [edge["node"]["path"] for edge in inner["edges"]] == expected
            assert inner["totalCount"] == 5
        crossed = {"after": cursors[4], "before": cursors[0]}
        assert client.data(PAGE, variables=crossed)["articles"]["edges"] == []


def test_cursors_of_different_snapshots_do_not_meet(folder: Folder) -> None:
    fill(folder, 3)
    with serving(folder.settings) as client:
        old = client.data(PAGE, variables={})["articles"]["pageInfo"]["startCursor"]
        folder.add("_news/new.md")
        client.gateway.ingest()
        new = client.data(PAGE, variables={})["articles"]["pageInfo"]["endCursor"]
        error = client.error(PAGE, variables={"after": old, "before": new})
        assert error["code"] == "CURSOR_INVALID"


def test_first_and_last_together_are_bad_input(folder: Folder) -> None:
    fill(folder, 1)
    with serving(folder.settings) as client:
        error = client.error(PAGE, variables={"first": 1, "last": 1})
        assert error["code"] == "BAD_USER_INPUT"


def test_twenty_articles_are_a_page_unless_something_else_is_said(folder: Folder) -> None:
    fill(folder, 22)
    with serving(folder.settings) as client:
        assert len(client.data(PAGE, variables={})["articles"]["edges"]) == 20


def test_a_page_says_where_it_stands(folder: Folder) -> None:
    fill(folder, 3)
    with serving(folder.settings) as client:
        page = client.data(PAGE, variables={"first": 2})["articles"]
        cursors = [edge["cursor"] for edge in page["edges"]]
        assert page["pageInfo"] == {
            "hasNextPage": True,
            "hasPreviousPage": False,
            "startCursor": cursors[0],
            "endCursor": cursors[1],
        }
        rest = client.data(PAGE, variables={"first": 2, "after": cursors[1]})["articles"]
        assert rest["totalCount"] == page["totalCount"] == 3
        assert rest["pageInfo"]["hasPreviousPage"] is True
        assert rest["pageInfo"]["hasNextPage"] is False


def test_an_empty_page_has_no_cursors(folder: Folder) -> None:
    fill(folder, 1)
    with serving(folder.settings) as client:
        page = client.data(PAGE, variables={"first": 0})["articles"]
    assert page["edges"] == []
    assert page["totalCount"] == 1
    assert page["pageInfo"]["endCursor"] is None
    assert page["pageInfo"]["hasNextPage"] is True


def test_a_walk_sees_one_snapshot_while_records_come_and_go(folder: Folder) -> None:
    paths = fill(folder, 4)
    with serving(folder.settings) as client:
        page = client.data(PAGE, variables={"first": 2})["articles"]
        folder.add("_news/new.md", publishedDateTime="2026-03-26T12:00:00Z")
        (folder.seeds / paths[3]).unlink()
        client.gateway.ingest()
        variables = {"first": 9, "after": page["pageInfo"]["endCursor"]}
        rest = client.data(PAGE, variables=variables)["articles"]
        assert [edge["node"]["path"] for edge in rest["edges"]] == paths[2:]
        assert rest["totalCount"] == 4
        assert "_news/new.md" in walk(client, 2)


@pytest.mark.parametrize("name", ["first", "last"])
@pytest.mark.parametrize("length", [-1, 101])
def test_a_page_beyond_the_limit_is_bad_input(folder: Folder, name: str, length: int) -> None:
    fill(folder, 1)
    with serving(folder.settings) as client:
        assert client.error(PAGE, variables={name: length})["code"] == "BAD_USER_INPUT"


def test_a_cursor_that_nobody_issued_is_refused(folder: Folder) -> None:
    fill(folder, 1)
    with serving(folder.settings) as client:
        error = client.error(PAGE, variables={"first": 1, "after": "bm90IG91cnM"})
        assert error["code"] == "CURSOR_INVALID"
