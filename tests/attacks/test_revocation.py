"""A key that is taken away while a gateway runs, and somebody is in the middle of reading.

tests/test_trust_change.py walks a list across it. Here the gateway finds out by itself, and the
cursors are those of a search, of an older snapshot and of the feed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.schema.test_article import link
from tests.support.client import Client, serving
from tests.support.folder import Folder
from tests.support.publisher import NOW, YEAR, Publisher
from tests.test_live import PATIENCE, until

COUNT = 60
PAGE = 7
LOST = {f"_news/{number:02}.md" for number in range(1, COUNT, 2)}

WALK = """query ($after: String, $search: String) {
  articles(first: 7, after: $after, search: $search) {
    totalCount facets { topics { count topic { name } } }
    edges { node { path integrity { keyIds } related { article { path } }
      referencedBy(first: 9) { path } } }
    pageInfo { hasNextPage endCursor } } }"""
FEED = """query ($since: String) { changes(since: $since, first: 100) {
  cursor hasMore events { kind path reason record { __typename } } } }"""

# What takes the second publisher's proof away, by writing into the trust folder.
Loss = Callable[[Folder, Publisher], object]


def _revoked(folder: Folder, second: Publisher) -> None:
    second.write_public(folder.keys, revoked={"revoked_at": NOW, "reason": "stolen"})


def _expired(folder: Folder, second: Publisher) -> None:
    second.write_public(folder.keys, exp=NOW - 1)


def _removed(folder: Folder, second: Publisher) -> None:
    (folder.keys / f"{second.kid}.jwk").unlink()


def _narrowed(folder: Folder, second: Publisher) -> None:
    second.write_public(folder.keys, corpora=["other"])


LOSSES: list[tuple[Loss, str]] = [
    (_revoked, "KEY_REVOKED"),
    (_expired, "KEY_EXPIRED"),
    (_removed, "KEY_UNKNOWN"),
    (_narrowed, "KEY_NOT_FOR_CORPUS"),
]


@pytest.fixture
def second(folder: Folder) -> Publisher:
    """Sixty articles in a ring, by two publishers in turn; returns the one whose key is lost."""
    publisher = Publisher("second")
    publisher.write_public(folder.keys)
    for number in range(COUNT):
        path = f"_news/{number:02}.md"
        folder.write(
            path,
            webUrl=f"https://example.org/{number}",
            originalUrl=f"https://example.org/{number}",
            topics=["Lost" if path in LOST else "Kept"],
            related=[link(f"https://example.org/{(number + 1) % COUNT}")],
        )
        folder.seal(path, publisher if path in LOST else None, NOW - 10)
    return publisher


@pytest.fixture
def client(folder: Folder, second: Publisher) -> Iterator[Client]:
    """A gateway that watches its folders."""
    with serving(folder.settings.model_copy(update={"watch": True})) as client:
        yield client


def wait(client: Client, condition: Callable[[], bool]) -> None:
    """Until a round of the gateway made it true."""
    assert client.http.portal is not None
    client.http.portal.call(until, client.gateway, condition)


def lose(client: Client, folder: Folder, second: Publisher, loss: Loss) -> None:
    before = client.gateway.repository.trust
    loss(folder, second)
    wait(client, lambda: client.gateway.repository.trust is not before)


def page(client: Client, **variables: Any) -> Any:
    return client.data(WALK, variables=variables)["articles"]


def begin(client: Client, pages: int, **variables: Any) -> tuple[list[str], str]:
    """The paths of the first pages, and where they end."""
    after, seen = None, []
    for _ in range(pages):
        found = page(client, after=after, **variables)
        assert found["totalCount"] == COUNT
        seen += [edge["node"]["path"] for edge in found["edges"]]
        after = found["pageInfo"]["endCursor"]
    assert after is not None
    return seen, after


def finish(client: Client, after: str, **variables: Any) -> list[str]:
    """The rest of a walk; on no page, at no depth, is anything that was lost."""
    seen: list[str] = []
    while True:
        found = page(client, after=after, **variables)
        assert not any(path in json.dumps(found) for path in LOST)
        assert found["totalCount"] == COUNT - len(LOST)
        assert found["facets"] == {
            "topics": [{"count": COUNT - len(LOST), "topic": {"name": "Kept"}}]
        }
        seen += [edge["node"]["path"] for edge in found["edges"]]
        if not found["pageInfo"]["hasNextPage"]:
            return seen
        after = found["pageInfo"]["endCursor"]


# Pages of seven: after an odd number of them the cursor stands on a record that stays.
STAYS, GOES = 3, 4


@pytest.mark.parametrize("search", [None, "seal"])
@pytest.mark.parametrize(("loss", "reason"), LOSSES)
def test_a_cursor_on_a_record_that_stays_goes_on_without_the_others(
    client: Client, folder: Folder, second: Publisher, loss: Loss, reason: str, search: str | None
) -> None:
    seen, after = begin(client, STAYS, search=search)
    assert seen[-1] not in LOST
    lose(client, folder, second, loss)
    rest = finish(client, after, search=search)
    everything = {f"_news/{number:02}.md" for number in range(COUNT)}
    assert set(rest) == everything - set(seen) - LOST
    assert len(rest) == len(set(rest))


@pytest.mark.parametrize("search", [None, "seal"])
@pytest.mark.parametrize(("loss", "reason"), LOSSES)
def test_a_cursor_on_a_record_that_goes_ends_with_a_code(
    client: Client, folder: Folder, second: Publisher, loss: Loss, reason: str, search: str | None
) -> None:
    """Where it stood is known from the record's own sort keys, which nobody may use any more."""
    seen, after = begin(client, GOES, search=search)
    assert seen[-1] in LOST
    lose(client, folder, second, loss)
    error = client.error(WALK, variables={"after": after, "search": search})
    assert error["code"] == "CURSOR_INVALID"


@pytest.mark.parametrize("pages", [STAYS, GOES])
def test_a_cursor_into_an_older_snapshot_is_judged_by_the_new_trust_too(
    client: Client, folder: Folder, second: Publisher, pages: int
) -> None:
    seen, after = begin(client, pages)
    snapshot = client.gateway.view().snapshot
    folder.add("_news/new.md")
    wait(client, lambda: client.gateway.view().snapshot != snapshot)
    # Remembered once more, in a view of its own, under the old trust.
    assert page(client, after=after)["totalCount"] == COUNT
    lose(client, folder, second, _revoked)
    if pages == GOES:
        assert client.error(WALK, variables={"after": after})["code"] == "CURSOR_INVALID"
    else:
        rest = finish(client, after)
        assert "_news/new.md" not in rest
        assert not set(rest) & (LOST | set(seen))


@pytest.mark.parametrize(("loss", "reason"), LOSSES)
def test_the_feed_tells_whoever_has_a_copy_what_to_drop_and_why(
    client: Client, folder: Folder, second: Publisher, loss: Loss, reason: str
) -> None:
    told = client.data(FEED, variables={})["changes"]
    assert (len(told["events"]), told["hasMore"]) == (COUNT, False)
    lose(client, folder, second, loss)
    events = client.data(FEED, variables={"since": told["cursor"]})["changes"]["events"]
    assert {event["path"] for event in events} == LOST
    assert {(event["kind"], event["reason"]) for event in events} == {("WITHDRAW", reason)}
    assert all(event["record"] is None for event in events)


def test_no_page_that_was_asked_for_after_the_change_was_taken_up_holds_a_lost_record(
    client: Client, folder: Folder, second: Publisher
) -> None:
    """Walks follow each other while the gateway notices; every record has been remembered."""
    trust = client.gateway.repository.trust
    clean = dirty = 0
    after: str | None = None
    # The bound keeps a failure from hanging.
    deadline = time.monotonic() + PATIENCE
    while clean < COUNT // PAGE:
        assert time.monotonic() < deadline, "the revocation was never taken up"
        taken_up = client.gateway.repository.trust is not trust
        document = client.post(WALK, variables={"after": after})
        if "errors" in document:
            (error,) = document["errors"]
            assert error["extensions"]["code"] == "CURSOR_INVALID"
            after = None
            continue
        text = json.dumps(document)
        if taken_up:
            assert not any(path in text for path in LOST)
            clean += 1
        elif any(path in text for path in LOST):
            dirty += 1
        info = document["data"]["articles"]["pageInfo"]
        after = info["endCursor"] if info["hasNextPage"] else None
        if dirty == COUNT // PAGE and clean == 0:
            # Everything was seen under the old trust; from here on it ends at any moment.
            _revoked(folder, second)
    assert dirty >= COUNT // PAGE


def test_time_alone_takes_records_off_the_pages_of_a_walk(
    folder: Folder, second: Publisher
) -> None:
    """No file changes and nobody is told: the key ends between two pages."""
    second.write_public(folder.keys, exp=NOW + 100, nbf=NOW - YEAR)
    now = NOW
    with serving(folder.settings, lambda: now) as client:
        seen, after = begin(client, STAYS)
        now = NOW + 100
        assert page(client, after=after)["totalCount"] == COUNT
        now = NOW + 101
        rest = finish(client, after)
    assert not set(rest) & (LOST | set(seen))
