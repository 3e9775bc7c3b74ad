"""Pages of articles."""

from __future__ import annotations

import pytest

from tests.support.client import Client, serving
from tests.support.folder import Folder

PAGE = """query ($first: Int!, $after: String) { articles(first: $first, after: $after) {
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


@pytest.mark.parametrize("first", [-1, 101])
def test_a_page_beyond_the_limit_is_bad_input(folder: Folder, first: int) -> None:
    fill(folder, 1)
    with serving(folder.settings) as client:
        assert client.error(PAGE, variables={"first": first})["code"] == "BAD_USER_INPUT"


def test_a_cursor_that_nobody_issued_is_refused(folder: Folder) -> None:
    fill(folder, 1)
    with serving(folder.settings) as client:
        error = client.error(PAGE, variables={"first": 1, "after": "bm90IG91cnM"})
        assert error["code"] == "CURSOR_INVALID"
