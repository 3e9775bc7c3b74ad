"""What was judged under the old trust is not served under the new one, wherever a client stands."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.trust.directory import read_trust
from tests.schema.test_article import link
from tests.support.client import Client, serving
from tests.support.folder import Folder
from tests.support.publisher import NOW, YEAR, Publisher
from tests.test_live import following, until

COUNT = 60
PAGE = 7

WALK = """query ($after: String) { articles(first: 7, after: $after) {
  totalCount edges { node { path integrity { keyIds } related { article { path } }
    referencedBy(first: 100) { path } } }
  pageInfo { hasNextPage endCursor } } }"""

AROUND = """query ($path: String!) { article(path: $path) { title }
  articles(search: "seal") { totalCount facets { topics { topic { name } count } } }
  contentByPath(paths: [$path]) { title } changes(first: 100) { events { kind path } } }"""


def path(number: int) -> str:
    return f"_news/{number:02}.md"


# By the second publisher; in the order of lists they stand between those of the first.
LOST = {path(number) for number in range(0, COUNT, 3)}


@pytest.fixture
def second(folder: Folder) -> Publisher:
    """The folder holds sixty articles in a ring; every third is sealed by this publisher alone."""
    publisher = Publisher("second")
    publisher.write_public(folder.keys)
    for number in range(COUNT):
        folder.write(
            path(number),
            webUrl=f"https://example.org/{number}",
            topics=["Lost" if path(number) in LOST else "Kept"],
            related=[link(f"https://example.org/{(number + 1) % COUNT}")],
        )
        folder.seal(path(number), publisher if path(number) in LOST else None)
    return publisher


@pytest.fixture
def client(folder: Folder, second: Publisher) -> Iterator[Client]:
    with serving(folder.settings) as client:
        yield client


def change(client: Client, folder: Folder, second: Publisher, how: str) -> None:
    file = folder.keys / "second.jwk"
    if how == "removed":
        file.unlink()
    elif how == "revoked":
        second.write_public(folder.keys, revoked={"revoked_at": NOW, "reason": "stolen"})
    else:
        second.write_public(folder.keys, nbf=NOW - YEAR, exp=NOW - 1)
    client.gateway.repository.replace_trust(read_trust(folder.keys))


def paths_in(page: Any) -> set[str]:
    """Every path on a page, however deep."""
    found = set()
    for edge in page["edges"]:
        node = edge["node"]
        found |= {node["path"], *(item["path"] for item in node["referencedBy"])}
        found |= {item["article"]["path"] for item in node["related"] if item["article"]}
    return found


HOW = pytest.mark.parametrize("how", ["removed", "revoked", "expired"])


@HOW
@pytest.mark.parametrize("pages_before", [1, 2, 3, 4])
def test_a_long_page_walk_goes_on_without_what_lost_its_proof(
    client: Client, folder: Folder, second: Publisher, how: str, pages_before: int
) -> None:
    """Or it ends with a code, where the very record that its cursor stands on is withheld now."""
    after, page = None, None
    for _ in range(pages_before):
        page = client.data(WALK, variables={"after": after})["articles"]
        assert page["totalCount"] == COUNT
        after = page["pageInfo"]["endCursor"]
    assert page is not None
    stands_on = page["edges"][-1]["node"]["path"]
    change(client, folder, second, how)
    if stands_on in LOST:
        assert client.error(WALK, variables={"after": after})["code"] == "CURSOR_INVALID"
        return
    seen: list[str] = []
    while True:
        page = client.data(WALK, variables={"after": after})["articles"]
        assert page["totalCount"] == COUNT - len(LOST)
        assert not paths_in(page) & LOST
        seen += [edge["node"]["path"] for edge in page["edges"]]
        assert all(edge["node"]["integrity"]["keyIds"] == ["k1"] for edge in page["edges"])
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    rest = [path(n) for n in range(pages_before * PAGE, COUNT) if path(n) not in LOST]
    assert seen == rest


def test_both_ends_of_a_walk_are_tested() -> None:
    """Some of the cursors above stand on a record that is lost, and some do not."""
    last = {path(pages * PAGE - 1) in LOST for pages in (1, 2, 3, 4)}
    assert last == {True, False}


@HOW
def test_nothing_else_leads_to_it_either(
    client: Client, folder: Folder, second: Publisher, how: str
) -> None:
    lost = min(LOST)
    before = client.data(AROUND, variables={"path": lost})
    assert before["article"] is not None
    assert {topic["topic"]["name"] for topic in before["articles"]["facets"]["topics"]} == {
        "Kept",
        "Lost",
    }
    change(client, folder, second, how)
    after = client.post(AROUND, variables={"path": lost})
    assert {error["extensions"]["code"] for error in after["errors"]} == {"RECORD_WITHHELD"}
    data = after["data"]
    assert (data["article"], data["contentByPath"]) == (None, [None])
    facets = data["articles"]["facets"]["topics"]
    assert [(item["topic"]["name"], item["count"]) for item in facets] == [
        ("Kept", COUNT - len(LOST))
    ]
    told = {event["path"] for event in data["changes"]["events"]}
    assert not told & LOST


def test_a_running_gateway_takes_a_revocation_up_by_itself(
    folder: Folder, second: Publisher
) -> None:
    async def run() -> None:
        async with following(folder.settings) as gateway:
            reading = await gateway.repository.reading(NOW)
            assert set(reading.view.by_path) >= LOST
            second.write_public(folder.keys, revoked={"revoked_at": NOW, "reason": "stolen"})
            await until(gateway, lambda: _is_revoked(gateway.repository.trust.keys["second"]))
            assert not set((await gateway.repository.reading(NOW)).view.by_path) & LOST

    asyncio.run(run())


def _is_revoked(key: Any) -> bool:
    return key.revocation is not None
