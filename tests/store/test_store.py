"""Opening a store, and what it says when it cannot be used."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.errors import Reason, SealgateError, StoreError
from gateway.store import ingest as ingest_module
from gateway.store.ingest import ingest
from gateway.store.store import Store
from gateway.store.tables import meta, rows
from tests.support.folder import Folder
from tests.support.publisher import NOW


def test_opening_makes_the_folder_of_the_file(tmp_path: Path) -> None:
    Store.open(f"sqlite:///{tmp_path}/deep/er/store.db").close()
    assert (tmp_path / "deep/er/store.db").is_file()


def test_what_was_at_work_when_a_store_was_closed_does_not_hold_its_file(tmp_path: Path) -> None:
    """Its log was lost: while anybody holds it, the file cannot be opened."""
    url = f"sqlite:///{tmp_path}/store.db"
    old = Store.open(url)
    gc.disable()
    try:
        with old.reading() as connection:
            connection.execute(sa.select(meta.c.name)).all()
            (tmp_path / "store.db-wal").unlink()
            old.close()
        Store.open(url, instead_of=old).close()
    finally:
        gc.enable()


@pytest.mark.parametrize("url", ["", "nonsense", "nosuchdb://x", "sqlite+nosuch:///x"])
def test_an_unusable_url_is_a_setting_to_correct(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        Store.open(url)
    assert caught.value.code is Reason.SETTINGS


def test_a_file_that_is_no_database_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError) as caught:
        Store.open(f"sqlite:///{tmp_path}/store.db")
    assert caught.value.code is Reason.STORE_DAMAGED
    assert "rebuilt from the seeds" in caught.value.hint


def test_a_store_of_another_version_is_refused(url: str) -> None:
    store = Store.open(url)
    with store.writing() as connection:
        connection.execute(meta.update().values(value=b"99"))
    store.close()
    with pytest.raises(StoreError) as caught:
        Store.open(url)
    assert caught.value.code is Reason.STORE_SCHEMA


def test_gateways_on_one_store_share_its_secret(url: str) -> None:
    one, two = Store.open(url), Store.open(url)
    assert one.secret("cursor") == two.secret("cursor")
    assert len(one.secret("cursor")) == 32
    assert one.secret("cursor") != one.secret("other")
    one.close()
    two.close()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"secured": '"text"'}, Reason.CANONICAL_UNREADABLE),
        ({"secured": "[1]"}, Reason.CANONICAL_UNREADABLE),
        ({"secured": "{"}, Reason.CANONICAL_UNREADABLE),
        ({"secured": sa.text("x'ff'")}, Reason.CANONICAL_UNREADABLE),
        ({"canonical": sa.text("'text'")}, Reason.CANONICAL_UNREADABLE),
        ({"canonical": sa.text("5")}, Reason.CANONICAL_UNREADABLE),
        ({"body": sa.text("'text'")}, Reason.CANONICAL_UNREADABLE),
        ({"canonical": None}, Reason.CANONICAL_UNREADABLE),
        ({"canonical": None, "fault": '{"code": "NO_SUCH"}'}, Reason.CANONICAL_UNREADABLE),
        (
            {"canonical": None, "fault": '{"code": "YAML_TAG", "message": "x"}'},
            Reason.YAML_TAG,
        ),
    ],
)
def test_a_damaged_row_claims_nothing(
    folder: Folder, change: dict[str, object], reason: Reason
) -> None:
    folder.add("_news/a.md")
    store = Store.open(f"sqlite:///{folder.base}/store.db")
    snapshot = ingest(folder.source, store, NOW).snapshot
    with store.writing() as connection:
        connection.execute(rows.update().values(**change))
    (row,) = store.read(store.row_ids(snapshot.id, "demo"))
    store.close()
    assert isinstance(row.raw, SealgateError)
    assert row.raw.code is reason


def test_many_rows_are_read_in_few_statements(store: Store) -> None:
    before = store.reads
    assert store.read(list(range(1, 1200))) == []
    assert store.reads == before + 1


def paths(store: Store, snapshot: int) -> list[str]:
    return [row.path for row in store.walk(snapshot, "demo")]


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = Store.open(url)
    yield store
    store.close()


@pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 128, 130])
def test_a_walk_hands_out_every_row_once_in_the_order_of_paths(
    folder: Folder, store: Store, count: int
) -> None:
    """Some more than are read at a time, and some exactly as many."""
    names = [f"_news/{number:03}.md" for number in range(count)]
    for name in reversed(names):
        folder.write(name)
    assert paths(store, ingest(folder.source, store, NOW).snapshot.id) == names


def test_a_walk_orders_paths_by_their_code_points(folder: Folder, store: Store) -> None:
    names = ["_news/B.md", "_news/Z.md", "_news/a-b.md", "_news/a.md", "_news/a/b.md", "_news/é.md"]
    for name in names:
        folder.write(name)
    ingest(folder.source, store, NOW)
    assert paths(store, 1) == names == sorted(names)


def test_rows_of_one_path_on_both_sides_of_a_batch_are_all_handed_out(
    folder: Folder, store: Store
) -> None:
    for number in range(70):
        folder.write(f"_news/{number:03}.md")
    ingest(folder.source, store, NOW)
    with store.writing() as connection:
        connection.execute(rows.update().values(path="_news/a.md"))
    assert paths(store, 1) == ["_news/a.md"] * 70


@pytest.mark.parametrize("damaged", ["x'ff'", "x'5f'", "''", "'~'", "7"])
def test_a_walk_ends_whatever_the_database_has_for_a_path(
    folder: Folder, store: Store, damaged: str
) -> None:
    for number in range(70):
        folder.write(f"_news/{number:03}.md")
    ingest(folder.source, store, NOW)
    with store.writing() as connection:
        last = rows.c.path == "_news/069.md"
        connection.execute(rows.update().where(last).values(path=sa.text(damaged)))
    found = [row.path for row in islice(store.walk(1, "demo"), 1000)]
    assert len(found) == 70
    assert "_news/068.md" in found


def test_a_walk_stays_in_its_snapshot_while_others_follow(folder: Folder, store: Store) -> None:
    for number in range(70):
        folder.write(f"_news/{number:03}.md")
    ingest(folder.source, store, NOW)
    walk = store.walk(1, "demo")
    first = next(walk)
    folder.write("_news/aaa.md")
    (folder.seeds / "_news/069.md").unlink()
    ingest(folder.source, store, NOW)
    assert [first.path, *(row.path for row in walk)] == [f"_news/{n:03}.md" for n in range(70)]


def test_a_walk_through_a_snapshot_that_is_pruned_does_not_end_as_if_it_were_whole(
    folder: Folder, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest_module, "KEPT_SNAPSHOTS", 0)
    folder.write("_news/a.md")
    ingest(folder.source, store, NOW)
    walk = store.walk(1, "demo")
    assert next(walk).path == "_news/a.md"
    folder.write("_news/b.md")
    ingest(folder.source, store, NOW)
    with pytest.raises(StoreError) as caught:
        next(walk)
    assert caught.value.code is Reason.STORE_UNAVAILABLE


def test_a_walk_reads_few_rows_at_a_time(folder: Folder, store: Store) -> None:
    for number in range(70):
        folder.write(f"_news/{number:03}.md")
    ingest(folder.source, store, NOW)
    before = store.reads
    next(store.walk(1, "demo"))
    assert store.reads == before + 1


def test_a_lost_table_is_a_store_error_without_sql(store: Store) -> None:
    with store.writing() as connection:
        connection.execute(sa.text("DROP TABLE sealgate_row"))
    with pytest.raises(StoreError) as caught:
        store.row_ids(1, "demo")
    assert caught.value.code is Reason.STORE_DAMAGED
    assert "SELECT" not in str(caught.value)
