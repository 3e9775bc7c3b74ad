"""Whoever pages through a list sees one snapshot, whatever is written meanwhile."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.client import Client, serving
from tests.support.folder import Folder, replace_in
from tests.support.publisher import Publisher

PUBLISHER = Publisher()

PAGE = """query ($first: Int, $after: String, $last: Int, $before: String,
    $where: ContentWhere, $orderBy: [ContentOrder!], $search: String) {
  articles(first: $first, after: $after, last: $last, before: $before, where: $where,
    orderBy: $orderBy, search: $search) {
    totalCount edges { node { path title quality } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""

DIRECTIONS = st.sampled_from(["ASC", "DESC"])
ORDERS = st.lists(
    st.one_of(
        *(
            st.builds(lambda d, k: {k: d}, DIRECTIONS, st.just(key))
            for key in ("published", "quality", "heat", "title")
        )
    ),
    max_size=2,
)
LEAVES = st.sampled_from(
    [
        {},
        {"quality": {"gte": 2}},
        {"heat": {"isNull": False}},
        {"topics": {"any": ["AI", "Law"]}},
        {"title": {"contains": "seal"}},
        {"publishedDateTime": {"lt": "2026-03-03T00:00:00Z"}},
        {"hasImage": False},
    ]
)
WHERES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda part: {"not": part}, inner),
        st.builds(lambda parts: {"or": parts}, st.lists(inner, min_size=1, max_size=2)),
        st.builds(lambda parts: {"and": parts}, st.lists(inner, max_size=2)),
    ),
    max_leaves=4,
)
SEARCHES = st.sampled_from([None, None, "seal", "draft* seal", '"a seal"'])
WRITES = st.lists(
    st.tuples(st.sampled_from(["add", "change", "remove", "forge"]), st.integers(0, 11)),
    max_size=3,
)


def write(folder: Folder, number: int, version: int) -> None:
    """Few different values, so that there are ties."""
    folder.add(
        f"_news/{number:02}.md",
        title=("A seal", "Another seal", "Nothing")[(number + version) % 3],
        quality=(number * 7 + version) % 4,
        heat=None if (number + version) % 3 == 0 else number % 2,
        topics=[["AI"], ["Law"], []][(number + version) % 3],
        publishedDateTime=f"2026-03-{1 + (number + version) % 4:02}T00:00:00Z",
    )


def apply(folder: Folder, action: str, number: int, version: int) -> None:
    file = folder.seeds / f"_news/{number:02}.md"
    if action in {"add", "change"}:
        write(folder, number, version)
    elif file.exists() and len(list(file.parent.iterdir())) > 1:
        if action == "remove":
            file.unlink()
        else:
            replace_in(file, "title: ", "title: X")


def walk(client: Client, asked: dict[str, Any], length: int, *, back: bool) -> Iterator[Any]:
    """The pages of a list, one after the other."""
    size, edge, more, way = (
        ("last", "startCursor", "hasPreviousPage", "before")
        if back
        else ("first", "endCursor", "hasNextPage", "after")
    )
    cursor = None
    while True:
        page = client.data(PAGE, variables={**asked, size: length, way: cursor})["articles"]
        yield page
        if not page["pageInfo"][more]:
            return
        cursor = page["pageInfo"][edge]


@pytest.mark.fuzz
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    where=WHERES,
    orders=ORDERS,
    search=SEARCHES,
    length=st.integers(1, 5),
    back=st.booleans(),
    writes=st.lists(WRITES, min_size=1, max_size=4),
)
def test_paging_returns_exactly_the_snapshot_that_the_first_page_saw(
    where: Any, orders: Any, search: Any, length: int, back: bool, writes: Any
) -> None:
    asked = {"where": where, "orderBy": orders, "search": search}
    with tempfile.TemporaryDirectory() as base:
        folder = Folder(Path(base) / "corpus", PUBLISHER)
        for number in range(10):
            write(folder, number, 0)
        with serving(folder.settings) as client:
            whole = client.data(PAGE, variables={**asked, "first": 100})["articles"]
            found: list[Any] = []
            for version, page in enumerate(walk(client, asked, length, back=back), start=1):
                found = page["edges"] + found if back else found + page["edges"]
                assert page["totalCount"] == whole["totalCount"]
                for action, number in writes[version % len(writes)]:
                    apply(folder, action, number, version)
                client.gateway.ingest()
            assert found == whole["edges"]


def test_a_walk_beside_a_writer_that_never_rests_sees_one_snapshot(folder: Folder) -> None:
    for number in range(12):
        write(folder, number, 0)
    stop = threading.Event()

    def keep_writing(client: Client) -> None:
        version = 0
        while not stop.is_set():
            version += 1
            apply(folder, ("add", "change", "remove", "forge")[version % 4], version % 12, version)
            client.gateway.ingest()

    with serving(folder.settings) as client:
        writer = threading.Thread(target=keep_writing, args=(client,))
        writer.start()
        try:
            for _ in range(5):
                pages = list(walk(client, {"orderBy": [{"title": "ASC"}]}, 3, back=False))
                paths = [edge["node"]["path"] for page in pages for edge in page["edges"]]
                assert len(paths) == len(set(paths)) == pages[0]["totalCount"]
                assert len({page["totalCount"] for page in pages}) == 1
                titles = [edge["node"]["title"] for page in pages for edge in page["edges"]]
                assert titles == sorted(titles)
        finally:
            stop.set()
            writer.join()


def test_a_cursor_is_refused_in_another_list(folder: Folder) -> None:
    for number in range(3):
        write(folder, number, 0)
    with serving(folder.settings) as client:
        page = client.data(PAGE, variables={"first": 1})["articles"]
        after = page["pageInfo"]["endCursor"]
        for other in (
            {"where": {"quality": {"gte": 0}}},
            {"orderBy": [{"title": "ASC"}]},
            {"search": "seal"},
        ):
            error = client.error(PAGE, variables={"first": 1, "after": after, **other})
            assert error["code"] == "CURSOR_INVALID"
            assert "hint" in error
        query = "query ($after: String) { content(after: $after) { totalCount } }"
        assert client.error(query, variables={"after": after})["code"] == "CURSOR_INVALID"
