"""Whoever kept an older sealed version does not get it served again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.errors import Reason
from gateway.trust.directory import read_trust
from gateway.verdict.admitted import Admitted
from gateway.verdict.status import Status
from gateway.verdict.verdict import Rejected
from tests.support.desk import ARTICLES, Desk, list_of, wait
from tests.support.folder import Folder
from tests.support.publisher import NOW, Publisher


@pytest.fixture
def desk(folder: Folder) -> Iterator[Desk]:
    desk = Desk(folder)
    yield desk
    desk.store.close()


def put_back(desk: Desk, path: str) -> None:
    """Seal a record twice, show both versions, and put the first one back."""
    file = desk.folder.write(path, title="First")
    desk.folder.seal(path, iat=NOW - 100)
    first = file.read_bytes()
    desk.update()
    desk.folder.write(path, title="Second")
    desk.folder.seal(path, iat=NOW - 50)
    desk.update()
    file.write_bytes(first)
    desk.update()


def test_replay_of_an_older_validly_sealed_version_is_withheld(desk: Desk) -> None:
    put_back(desk, "_news/a.md")
    rejected = desk.one("_news/a.md")
    assert isinstance(rejected, Rejected)
    assert (rejected.status, rejected.reason) == (Status.INVALID, Reason.REPLAYED)
    assert desk.page() == []


def test_a_replay_is_withheld_after_a_restart_and_after_the_newer_file_was_gone(
    desk: Desk,
) -> None:
    path = "_news/a.md"
    desk.folder.add("_news/other.md")
    put_back(desk, path)
    first = (desk.folder.seeds / path).read_bytes()
    (desk.folder.seeds / path).unlink()
    desk.update()
    (desk.folder.seeds / path).write_bytes(first)
    again = Desk(desk.folder)
    again.update()
    rejected = again.one(path)
    again.store.close()
    assert isinstance(rejected, Rejected)
    assert rejected.reason is Reason.REPLAYED


def test_a_version_that_is_sealed_again_may_come_back(desk: Desk) -> None:
    put_back(desk, "_news/a.md")
    second = Publisher("second")
    second.write_public(desk.folder.keys)
    desk.repository.replace_trust(read_trust(desk.folder.keys))
    desk.folder.seal("_news/a.md", second, iat=NOW)
    desk.update()
    found = desk.one("_news/a.md")
    assert isinstance(found, Admitted)


def test_a_draft_that_replaced_it_keeps_the_published_version_away(desk: Desk) -> None:
    file = desk.folder.write("_news/a.md")
    desk.folder.seal("_news/a.md", iat=NOW - 100)
    published = file.read_bytes()
    desk.update()
    desk.folder.write("_news/a.md", published=False)
    desk.folder.seal("_news/a.md", iat=NOW - 50)
    desk.update()
    file.write_bytes(published)
    desk.update()
    assert isinstance(desk.one("_news/a.md"), Rejected)


def test_a_policy_may_take_older_seals(desk: Desk) -> None:
    text = "refuse_replays: false\n"
    (desk.folder.keys / "policy.yaml").write_text(text, encoding="utf-8")
    desk.repository.replace_trust(read_trust(desk.folder.keys))
    put_back(desk, "_news/a.md")
    assert isinstance(desk.one("_news/a.md"), Admitted)


def test_a_cursors_own_snapshot_keeps_what_was_the_newest_then(desk: Desk) -> None:
    desk.folder.write("_news/a.md", title="First")
    desk.folder.seal("_news/a.md", iat=NOW - 100)
    desk.update()
    cursor = desk.repository.cursors.decode(desk.reading().cursor("_news/a.md", ARTICLES))
    desk.folder.write("_news/a.md", title="Second")
    desk.folder.seal("_news/a.md", iat=NOW - 50)
    desk.update()
    # Under other keys everything is judged anew, the older snapshot, too.
    Publisher("more").write_public(desk.folder.keys)
    desk.repository.replace_trust(read_trust(desk.folder.keys))
    desk.repository.refresh(NOW)
    following = wait(desk.reading().following(cursor))
    assert [record.path for record in list_of(following).records] == ["_news/a.md"]
