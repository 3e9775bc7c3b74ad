"""What a repository shows, hides and notices."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa

from gateway.errors import QueryError, Reason
from gateway.index.page import Window
from gateway.repository.cursor import Cursor
from gateway.repository.repository import Repository
from gateway.store.tables import rows, snapshots
from gateway.trust.directory import read_trust
from gateway.verdict.admitted import Admitted
from gateway.verdict.status import Status
from gateway.verdict.verdict import Disclosed, Rejected
from tests.support.desk import ARTICLES, Desk, by_url, list_of, total, wait
from tests.support.folder import Folder, replace_in
from tests.support.publisher import NOW, YEAR

T = TypeVar("T")


@pytest.fixture
def desk(folder: Folder) -> Iterator[Desk]:
    desk = Desk(folder)
    yield desk
    desk.store.close()


def day(number: int) -> str:
    return f"2026-03-{number:02d}T00:00:00Z"


def three(desk: Desk) -> None:
    for number, name in enumerate("abc", start=1):
        path = f"_news/{name}.md"
        url = f"https://example.org/{name}"
        desk.folder.add(path, publishedDateTime=day(number), webUrl=url, originalUrl=url)
    desk.update()


def test_lists_are_newest_first_and_ties_are_in_the_order_of_paths(desk: Desk) -> None:
    three(desk)
    desk.folder.add("_news/aa.md", publishedDateTime="2026-03-03T01:00:00+01:00")
    desk.update()
    assert desk.page() == ["_news/aa.md", "_news/c.md", "_news/b.md", "_news/a.md"]


def test_withheld_records_are_in_no_list_and_no_count_but_named_with_their_reason(
    desk: Desk,
) -> None:
    three(desk)
    replace_in(desk.folder.seeds / "_news/b.md", "quality: 80", "quality: 81")
    desk.update()
    assert desk.page() == ["_news/c.md", "_news/a.md"]
    assert total(desk.reading()) == 2
    rejected = desk.one("_news/b.md")
    assert isinstance(rejected, Rejected)
    assert (rejected.status, rejected.reason) == (Status.INVALID, Reason.SIGNATURE_INVALID)
    assert by_url(desk, "https://example.org/b") is None


def test_drafts_exist_for_nobody(desk: Desk) -> None:
    desk.folder.add("_news/draft.md", published=False)
    desk.update()
    assert desk.page() == []
    assert desk.one("_news/draft.md") is None
    assert desk.reading().view.counts == {Status.VERIFIED: 1}


def test_kinds_that_are_not_modelled_are_reported_as_such(desk: Desk) -> None:
    desk.folder.add("_events/e.md", category=None, type="event")
    desk.update()
    rejected = desk.one("_events/e.md")
    assert isinstance(rejected, Rejected)
    assert rejected.reason is Reason.KIND_NOT_MODELLED
    assert desk.reading().view.counts == {Status.VERIFIED: 1}


@pytest.mark.parametrize(
    "change",
    [{"title": 5}, {"publishedDateTime": "yesterday"}, {"images": {}}, {"quality": 2**40}],
)
def test_a_proven_record_of_the_wrong_shape_is_withheld(desk: Desk, change: dict[str, Any]) -> None:
    desk.folder.add("_news/odd.md", **change)
    desk.update()
    rejected = desk.one("_news/odd.md")
    assert isinstance(rejected, Rejected)
    assert rejected.reason is Reason.RECORD_SHAPE
    assert next(iter(change)) in rejected.detail


def test_the_newest_of_two_records_answers_for_a_shared_url(desk: Desk) -> None:
    for number, name in enumerate("ab", start=1):
        desk.folder.add(f"_news/{name}.md", publishedDateTime=day(number))
    desk.update()
    assert by_url(desk, "https://news.example.org/seal") == "_news/b.md"


def test_report_shows_everything_with_its_verdict(desk: Desk) -> None:
    desk.folder.write("_news/unsealed.md")
    (desk.folder.keys / "policy.yaml").write_text("mode: report\n", encoding="utf-8")
    desk.repository.replace_trust(read_trust(desk.folder.keys))
    desk.update()
    found = desk.one("_news/unsealed.md")
    assert isinstance(found, Admitted)
    assert isinstance(found.visible, Disclosed)
    assert found.visible.status is Status.MISSING


@pytest.mark.parametrize(
    "values",
    [
        {"canonical": b"{}"},
        {"body": b"other"},
        {"secured": "[]"},
        {"secured": '["neither"]'},
        {"secured": "{"},
        {"canonical": sa.text("'text'")},
        {"path": "_news/z.md"},
        {"corpus": "other"},
        {"canonical": None},
    ],
)
def test_a_row_changed_in_the_database_is_withheld_when_it_is_read(
    desk: Desk, values: dict[str, Any]
) -> None:
    three(desk)
    desk.rewrite("_news/b.md", values)
    assert desk.page() == ["_news/c.md", "_news/a.md"]
    rejected = desk.one("_news/b.md")
    assert isinstance(rejected, Rejected)


def test_a_changed_row_does_not_shorten_the_page_it_stood_on(desk: Desk) -> None:
    three(desk)
    desk.rewrite("_news/b.md", {"body": b"other"})
    assert desk.page(first=2) == ["_news/c.md", "_news/a.md"]


def test_a_row_replaced_by_another_validly_sealed_one_is_withheld(desk: Desk) -> None:
    """What a database writer has at hand: the row of another record, or an older version."""
    desk.folder.add("_news/a.md", title="Old")
    desk.update()
    (old,) = desk.store.read(desk.store.row_ids(1, "demo"))
    desk.folder.add("_news/a.md", title="New")
    desk.update()
    assert not isinstance(old.raw, Exception)
    with desk.store.writing() as connection:
        connection.execute(
            rows.update()
            .where(rows.c.removed_in.is_(None))
            .values(canonical=old.raw.canonical, secured=json.dumps(old.raw.secured))
        )
    rejected = desk.one("_news/a.md")
    assert isinstance(rejected, Rejected)
    assert rejected.reason is Reason.ROW_CHANGED


def test_two_rows_of_one_path_are_both_withheld(desk: Desk) -> None:
    """A database writer's way to list a record twice, or an older version beside the newer."""
    three(desk)
    with desk.store.writing() as connection:
        columns = [column.name for column in rows.columns if column.name not in {"id", "added_in"}]
        chosen = sa.select(*(rows.c[name] for name in columns), sa.literal(2))
        copied = chosen.where(rows.c.path == "_news/b.md")
        connection.execute(rows.insert().from_select([*columns, "added_in"], copied))
        connection.execute(snapshots.insert().values(id=2, created_at=NOW))
    desk.repository.refresh(NOW)
    assert desk.page() == ["_news/c.md", "_news/a.md"]
    rejected = desk.one("_news/b.md")
    assert isinstance(rejected, Rejected)
    assert rejected.reason is Reason.ROW_CHANGED


def test_another_corpus_in_the_same_store_is_not_served(desk: Desk) -> None:
    three(desk)
    other = Repository(desk.store, "other", desk.repository.trust, 1 << 20)
    assert other.refresh(NOW).items == {}


def test_a_record_from_the_future_is_served_when_its_time_has_come(desk: Desk) -> None:
    desk.folder.write("_news/a.md")
    desk.folder.seal("_news/a.md", iat=NOW + 1000)
    desk.update()
    rejected = desk.one("_news/a.md")
    assert isinstance(rejected, Rejected)
    assert rejected.reason is Reason.SIGNED_IN_FUTURE
    assert isinstance(desk.one("_news/a.md", NOW + 699), Rejected)
    assert isinstance(desk.one("_news/a.md", NOW + 700), Admitted)


def test_a_removed_row_is_withheld(desk: Desk) -> None:
    three(desk)
    with desk.store.writing() as connection:
        connection.execute(sa.delete(rows).where(rows.c.path == "_news/b.md"))
    assert desk.page() == ["_news/c.md", "_news/a.md"]
    rejected = desk.one("_news/b.md")
    assert isinstance(rejected, Rejected)
    assert rejected.reason is Reason.ROW_CHANGED


def test_a_reading_keeps_its_snapshot_while_others_follow(desk: Desk) -> None:
    three(desk)
    reading = desk.reading()
    desk.folder.add("_news/d.md", publishedDateTime=day(4))
    (desk.folder.seeds / "_news/a.md").unlink()
    desk.update()
    page = list_of(reading)
    assert [r.path for r in page.records] == ["_news/c.md", "_news/b.md", "_news/a.md"]
    assert desk.page() == ["_news/d.md", "_news/c.md", "_news/b.md"]


def test_a_cursor_goes_on_in_its_own_snapshot(desk: Desk) -> None:
    three(desk)
    cursor = desk.repository.cursors.decode(desk.reading().cursor("_news/c.md", ARTICLES))
    (desk.folder.seeds / "_news/b.md").unlink()
    desk.update()
    following = wait(desk.reading().following(cursor))
    page = list_of(following, Window(first=10, after=cursor.path))
    assert [r.path for r in page.records] == ["_news/b.md", "_news/a.md"]
    assert (page.slice.has_next, page.slice.has_previous) == (False, True)
    assert total(following) == 3


def test_a_cursor_whose_snapshot_is_gone_has_expired(desk: Desk) -> None:
    three(desk)
    reading = desk.reading()
    with pytest.raises(QueryError) as caught:
        wait(reading.following(Cursor(99, "_news/a.md", ARTICLES.digest)))
    assert caught.value.code is Reason.CURSOR_EXPIRED


def test_revoking_a_key_withholds_at_once_what_was_judged_before(desk: Desk) -> None:
    three(desk)
    assert len(desk.page()) == 3
    revoked = {"revoked_at": NOW, "reason": "lost"}
    desk.folder.publisher.write_public(desk.folder.keys, revoked=revoked)
    desk.repository.replace_trust(read_trust(desk.folder.keys))
    assert desk.page() == []
    rejected = desk.one("_news/a.md")
    assert isinstance(rejected, Rejected)
    assert rejected.status is Status.REVOKED


def test_a_key_that_expires_while_serving_takes_its_records_along(desk: Desk) -> None:
    three(desk)
    assert isinstance(desk.one("_news/a.md", NOW + YEAR), Admitted)
    rejected = desk.one("_news/a.md", NOW + YEAR + 1)
    assert isinstance(rejected, Rejected)
    assert rejected.status is Status.EXPIRED
    assert isinstance(desk.one("_news/a.md", NOW), Admitted)


def test_a_clock_that_goes_back_before_the_key_began_withholds(desk: Desk) -> None:
    three(desk)
    rejected = desk.one("_news/a.md", NOW - 2 * YEAR)
    assert isinstance(rejected, Rejected)


def test_another_gateways_snapshot_is_taken_up_by_refreshing(desk: Desk) -> None:
    three(desk)
    other = Desk(desk.folder)
    desk.folder.add("_news/d.md", publishedDateTime=day(4))
    other.update()
    other.store.close()
    assert len(desk.page()) == 3
    desk.repository.refresh(NOW)
    assert len(desk.page()) == 4


def test_a_page_costs_one_read_whatever_its_length(desk: Desk) -> None:
    three(desk)
    costs = []
    for first in (1, 3):
        before = desk.store.reads
        desk.page(first)
        costs.append(desk.store.reads - before)
    assert costs == [1, 1]


@pytest.mark.parametrize(("view_bytes", "kept"), [(0, 1), (1 << 30, 3)])
def test_as_many_older_views_are_kept_as_there_is_memory_for_their_indexes(
    desk: Desk, view_bytes: int, kept: int
) -> None:
    desk.repository.view_bytes = view_bytes
    three(desk)
    cursor = desk.reading().cursor("_news/c.md", ARTICLES)
    for number in (4, 5):
        desk.folder.add(f"_news/{number}.md", publishedDateTime=day(number))
        desk.update()
    assert len(desk.repository._views) == kept
    reading = desk.reading()
    old = wait(reading.following(reading.decode(cursor)))
    page = list_of(old, Window(first=10, after="_news/c.md"))
    assert [record.path for record in page.records] == ["_news/b.md", "_news/a.md"]
    assert desk.page(first=1) == ["_news/5.md"]
