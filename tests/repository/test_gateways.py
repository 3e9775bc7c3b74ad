"""Several gateways on one store, and a store that says it had more of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from gateway.errors import Reason, StoreError
from gateway.repository.changes import ChangeKind, changes_since
from gateway.store.tables import feed_state
from gateway.verdict.verdict import Rejected
from tests.support.desk import ARTICLES, Desk, list_of, wait
from tests.support.folder import Folder
from tests.support.publisher import NOW


@pytest.fixture
def pair(folder: Folder) -> Iterator[tuple[Desk, Desk]]:
    """Two gateways that have both taken up the same record."""
    folder.write("_news/a.md", title="First")
    folder.seal("_news/a.md", iat=NOW - 100)
    folder.add("_news/b.md")
    one, two = Desk(folder), Desk(folder)
    one.update()
    two.update()
    yield one, two
    one.store.close()
    two.store.close()


def told(desk: Desk, since: str | None = None) -> tuple[list[tuple[ChangeKind, str]], str]:
    reading = desk.reading()
    found = wait(changes_since(reading, since, 100, reading.load))
    return [(change.kind, change.path) for change in found.changes], found.cursor


def test_a_change_that_both_take_up_is_told_once(pair: tuple[Desk, Desk]) -> None:
    one, two = pair
    _, since = told(one)
    one.folder.add("_news/c.md")
    one.update()
    two.update()
    expected = [(ChangeKind.PUBLISH, "_news/c.md")]
    assert told(one, since)[0] == told(two, since)[0] == expected


def test_a_client_that_is_handed_to_a_gateway_behind_misses_nothing(
    pair: tuple[Desk, Desk],
) -> None:
    one, behind = pair
    one.folder.add("_news/c.md")
    one.update()
    _, since = told(one)
    assert told(behind, since) == ([], since)
    (one.folder.seeds / "_news/c.md").unlink()
    one.update()
    assert told(one, since)[0] == [(ChangeKind.WITHDRAW, "_news/c.md")]


def test_a_gateway_behind_does_not_undo_what_another_one_entered(
    pair: tuple[Desk, Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It notices when it has built its view, and takes up the newer snapshot instead."""
    one, behind = pair
    _, since = told(one)
    one.folder.add("_news/c.md")
    one.update()
    held = [one.store.latest()]
    one.folder.add("_news/d.md")
    one.update()
    latest = behind.store.latest
    monkeypatch.setattr(behind.store, "latest", lambda: held.pop() if held else latest())
    assert behind.repository.refresh(NOW).snapshot == latest()
    assert [path for _, path in told(behind, since)[0]] == ["_news/c.md", "_news/d.md"]
    assert told(behind, since) == told(one, since)


def test_a_feed_that_claims_a_snapshot_that_is_not_there_is_a_store_error(
    pair: tuple[Desk, Desk],
) -> None:
    """Whoever writes to the database can make reads fail, but not run for ever."""
    one, _ = pair
    with one.store.writing() as connection:
        connection.execute(sa.update(feed_state).values(snapshot=99))
    one.folder.add("_news/c.md")
    with pytest.raises(StoreError) as caught:
        one.update()
    assert caught.value.code is Reason.STORE_DAMAGED


def test_a_cursor_from_a_gateway_ahead_brings_no_older_seal_back(
    pair: tuple[Desk, Desk],
) -> None:
    ahead, behind = pair
    file = ahead.folder.seeds / "_news/a.md"
    first = file.read_bytes()
    ahead.folder.write("_news/a.md", title="Second")
    ahead.folder.seal("_news/a.md", iat=NOW - 50)
    ahead.update()
    behind.update()
    file.write_bytes(first)
    ahead.update()
    cursor = behind.repository.cursors.decode(ahead.reading().cursor("_news/b.md", ARTICLES))
    following = wait(behind.reading().following(cursor))
    assert [record.path for record in list_of(following).records] == ["_news/b.md"]
    assert following.view.snapshot == ahead.store.latest()
    behind.repository.refresh(NOW)
    rejected = behind.one("_news/a.md")
    assert isinstance(rejected, Rejected)
    assert rejected.reason is Reason.REPLAYED
