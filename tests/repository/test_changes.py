"""The change feed tells what can be seen, whatever made the difference."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from gateway.errors import QueryError, Reason
from gateway.repository.changes import Change, ChangeKind, Changes, changes_since
from gateway.store import feed as feed_module
from gateway.store.tables import feed
from gateway.trust.directory import read_trust
from tests.support.desk import ARTICLES, Desk, wait
from tests.support.folder import Folder, replace_in
from tests.support.publisher import NOW, YEAR

PUBLISH, UPDATE, WITHDRAW = ChangeKind.PUBLISH, ChangeKind.UPDATE, ChangeKind.WITHDRAW


@pytest.fixture
def desk(folder: Folder) -> Iterator[Desk]:
    desk = Desk(folder)
    folder.add("_news/a.md")
    folder.add("_news/b.md")
    desk.update()
    yield desk
    desk.store.close()


def changes(desk: Desk, since: str | None = None, limit: int = 100, now: int = NOW) -> Changes:
    reading = desk.reading(now)
    return wait(changes_since(reading, since, limit, reading.load))


def shown(found: Changes) -> list[tuple[ChangeKind, str]]:
    return [(change.kind, change.path[6]) for change in found.changes]


def test_from_the_beginning_everything_that_can_be_seen_is_a_publication(desk: Desk) -> None:
    desk.folder.write("_news/unsealed.md")
    desk.folder.add("_news/draft.md", published=False)
    desk.update()
    found = changes(desk)
    assert shown(found) == [(PUBLISH, "a"), (PUBLISH, "b")]
    assert not found.has_more


def test_files_that_come_change_and_go_are_told(desk: Desk) -> None:
    since = changes(desk).cursor
    desk.folder.add("_news/a.md", title="Another")
    (desk.folder.seeds / "_news/b.md").unlink()
    desk.folder.add("_news/c.md")
    desk.update()
    found = changes(desk, since)
    assert sorted(shown(found)) == [(PUBLISH, "c"), (UPDATE, "a"), (WITHDRAW, "b")]
    assert changes(desk, found.cursor).changes == ()


def one(found: Changes) -> Change:
    (change,) = found.changes
    return change


def test_a_forged_file_is_a_withdrawal_with_its_reason(desk: Desk) -> None:
    since = changes(desk).cursor
    replace_in(desk.folder.seeds / "_news/b.md", "quality: 80", "quality: 81")
    desk.update()
    change = one(changes(desk, since))
    assert (change.kind, change.reason) == (WITHDRAW, Reason.SIGNATURE_INVALID)
    assert change.record is None


def test_a_record_that_became_a_draft_is_a_withdrawal_without_a_reason(desk: Desk) -> None:
    since = changes(desk).cursor
    desk.folder.add("_news/b.md", published=False)
    desk.update()
    change = one(changes(desk, since))
    assert (change.kind, change.reason) == (WITHDRAW, None)


def test_a_revoked_key_withdraws_though_no_file_changed(desk: Desk) -> None:
    since = changes(desk).cursor
    revoked = {"revoked_at": NOW, "reason": "lost"}
    desk.folder.publisher.write_public(desk.folder.keys, revoked=revoked)
    desk.repository.replace_trust(read_trust(desk.folder.keys))
    found = changes(desk, since)
    assert shown(found) == [(WITHDRAW, "a"), (WITHDRAW, "b")]
    assert {change.reason for change in found.changes} == {Reason.KEY_REVOKED}


def test_time_alone_withdraws(desk: Desk) -> None:
    since = changes(desk).cursor
    found = changes(desk, since, now=NOW + YEAR + 1)
    assert {change.reason for change in found.changes} == {Reason.KEY_EXPIRED}
    assert len(found.changes) == 2


def test_a_row_changed_in_the_database_is_a_withdrawal_at_the_next_look(desk: Desk) -> None:
    since = changes(desk).cursor
    desk.rewrite("_news/b.md", {"body": b"other"})
    assert desk.page() == ["_news/a.md"]
    desk.repository.refresh(NOW)
    change = one(changes(desk, since))
    assert (change.kind, change.path, change.reason) == (
        WITHDRAW,
        "_news/b.md",
        Reason.BODY_MISMATCH,
    )


@pytest.mark.parametrize("fingerprint", [None, b"other"])
def test_what_the_database_says_of_a_change_is_overruled_by_what_can_be_seen(
    desk: Desk, fingerprint: bytes | None
) -> None:
    with desk.store.writing() as connection:
        forged = {"fingerprint": fingerprint, "published_seq": 0}
        connection.execute(sa.update(feed).where(feed.c.path == "_news/b.md").values(forged))
    for change in changes(desk).changes:
        assert change.kind is not WITHDRAW
        assert change.record is not None


def test_a_row_of_the_feed_for_a_path_that_nobody_sees_shows_nothing(desk: Desk) -> None:
    desk.folder.write("_news/c.md", title="Secret")
    desk.update()
    with desk.store.writing() as connection:
        made_up = {"corpus": "demo", "path": "_news/c.md", "seq": 0, "published_seq": 0}
        connection.execute(sa.insert(feed).values(**made_up, fingerprint=b"x"))
    assert all(change.record is None for change in changes(desk).changes if "c" in change.path[6])


def test_a_cursor_goes_on_after_a_restart(desk: Desk) -> None:
    since = changes(desk).cursor
    desk.folder.add("_news/c.md")
    again = Desk(desk.folder)
    again.update()
    found = changes(again, since)
    again.store.close()
    assert shown(found) == [(PUBLISH, "c")]


def test_pages_lead_to_the_end(desk: Desk) -> None:
    first = changes(desk, limit=1)
    assert (shown(first), first.has_more) == ([(PUBLISH, "a")], True)
    second = changes(desk, first.cursor, limit=1)
    assert (shown(second), second.has_more) == ([(PUBLISH, "b")], False)


def test_whoever_begins_gets_publications_only_on_every_page(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of what changed since, and of what was withdrawn and forgotten before they came."""
    monkeypatch.setattr(feed_module, "KEPT_WITHDRAWALS", 0)
    desk.folder.add("_news/c.md")
    desk.update()
    desk.folder.add("_news/b.md", title="Another")
    (desk.folder.seeds / "_news/c.md").unlink()
    desk.update()
    first = changes(desk, limit=1)
    second = changes(desk, first.cursor, limit=1)
    assert shown(first) + shown(second) == [(PUBLISH, "a"), (PUBLISH, "b")]
    assert not second.has_more


def test_a_page_of_nothing_is_still_a_beginning(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "KEPT_WITHDRAWALS", 0)
    since = changes(desk, limit=0).cursor
    (desk.folder.seeds / "_news/b.md").unlink()
    desk.update()
    assert shown(changes(desk, since)) == [(PUBLISH, "a")]


def test_what_goes_while_a_client_begins_is_withdrawn_from_it(desk: Desk) -> None:
    first = changes(desk, limit=1)
    (desk.folder.seeds / "_news/a.md").unlink()
    desk.update()
    assert shown(changes(desk, first.cursor)) == [(PUBLISH, "b"), (WITHDRAW, "a")]


def test_a_clock_that_goes_back_publishes_again(desk: Desk) -> None:
    since = changes(desk, now=NOW + YEAR + 1).cursor
    assert shown(changes(desk, since)) == [(PUBLISH, "a"), (PUBLISH, "b")]


def refused(desk: Desk, since: str) -> Reason:
    with pytest.raises(QueryError) as caught:
        changes(desk, since)
    return caught.value.code


def test_other_cursors_are_refused(desk: Desk) -> None:
    assert refused(desk, desk.reading().cursor("_news/a.md", ARTICLES)) is Reason.CURSOR_INVALID
    other = desk.repository.cursors.encode_seq("other", 1, 0)
    assert refused(desk, other) is Reason.CURSOR_INVALID
    assert refused(desk, "") is Reason.CURSOR_INVALID
    with pytest.raises(QueryError) as caught:
        desk.reading().decode(changes(desk).cursor)
    assert caught.value.code is Reason.CURSOR_INVALID


def test_a_cursor_from_before_what_was_forgotten_has_expired(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "KEPT_WITHDRAWALS", 0)
    since = changes(desk).cursor
    (desk.folder.seeds / "_news/b.md").unlink()
    desk.update()
    assert refused(desk, since) is Reason.CURSOR_EXPIRED
    assert shown(changes(desk)) == [(PUBLISH, "a")]
