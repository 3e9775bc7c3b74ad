"""A store file that is not what was written: never a wrong row, never an end, and built anew."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.app import Gateway
from gateway.errors import Reason, StoreError
from gateway.store.file import KEPT_ASIDE
from gateway.store.store import Store
from gateway.store.tables import meta
from tests.faults.stage import (
    LAST,
    PATHS,
    Stage,
    logged,
    reasons,
    running,
    until,
    until_says,
    until_well,
)
from tests.faults.witness import watched
from tests.support.client import serving
from tests.support.folder import Folder
from tests.support.process import Server
from tests.support.publisher import NOW

PAGE = 4096


def settle(store: Path) -> None:
    """Have everything in the file itself: the last one to close it writes the log back."""
    connection = sqlite3.connect(store)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def overwrite(store: Path, at: int, data: bytes) -> None:
    with store.open("r+b") as file:
        file.seek(at)
        file.write(data)


def _cut_in_half(store: Path) -> None:
    os.truncate(store, store.stat().st_size // 2)


def _wiped_page(store: Path) -> None:
    """The one in which the table of rows begins."""
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'sealgate_row'"
        (page,) = connection.execute(query).fetchone()
    overwrite(store, (page - 1) * PAGE, bytes(PAGE))


def _older(store: Path) -> None:
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("UPDATE sealgate_meta SET value = x'30' WHERE name = 'schema'")


def _garbage(store: Path) -> None:
    store.write_bytes(b"no database at all, and of no use to anybody. " * 2000)


def _emptied(store: Path) -> None:
    store.write_bytes(b"")


def _without_a_table(store: Path) -> None:
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("DROP TABLE sealgate_seal")


DAMAGES = [_cut_in_half, _wiped_page, _garbage, _emptied]
WHILE_DOWN = [*DAMAGES, _older]
SEEN_WHILE_RUNNING = [_cut_in_half, _emptied, _without_a_table]


@pytest.mark.parametrize("damage", WHILE_DOWN)
def test_a_store_damaged_while_down_is_rebuilt_at_the_start_kept_and_named(
    stage: Stage, damage: Callable[[Path], None]
) -> None:
    with running(stage):
        pass
    settle(stage.store)
    damage(stage.store)
    damaged = stage.store.read_bytes()
    with running(stage) as server, watched(stage, server) as witness:
        witness.sees(stage.revision)
        assert_rebuilt(stage, server, damaged)
        witness.sees(stage.publish())


def assert_rebuilt(stage: Stage, server: Server, damaged: bytes | None = None) -> None:
    """It says so until somebody has seen it and removes the file."""
    until_says(server, Reason.STORE_REBUILT)
    (event,) = logged(stage, "store_rebuilt")
    aside = stage.store.with_name("store.db.damaged-1")
    assert event["aside"].endswith(aside.name)
    assert damaged is None or aside.read_bytes() == damaged
    for file in stage.store.parent.glob(f"{aside.name}*"):
        file.unlink()
    until_well(server)


@pytest.mark.parametrize("damage", SEEN_WHILE_RUNNING)
def test_a_store_damaged_under_a_running_gateway_is_rebuilt_without_a_restart(
    stage: Stage, damage: Callable[[Path], None]
) -> None:
    codes = {Reason.STORE_DAMAGED, Reason.STORE_UNAVAILABLE, Reason.RECORD_WITHHELD}
    with running(stage) as server, watched(stage, server, codes) as witness:
        damage(stage.store)
        witness.sees(stage.publish())
        assert_rebuilt(stage, server)


def test_a_store_damaged_under_several_workers_is_rebuilt_once_for_all_of_them(
    stage: Stage,
) -> None:
    """Whoever does not follow the files waits until the new store is filled."""
    codes = {Reason.STORE_DAMAGED, Reason.STORE_UNAVAILABLE, Reason.RECORD_WITHHELD}
    with running(stage, "--workers", "2") as server, watched(stage, server, codes) as witness:
        _cut_in_half(stage.store)
        revision = stage.publish()
        until(lambda: witness.wrong or set(witness.revisions[-30:]) == {revision}, "all of them")
        assert_rebuilt(stage, server)


@pytest.mark.parametrize("damage", [_wiped_page, _garbage])
def test_damage_that_nobody_reads_yet_harms_nobody_then_or_later(
    stage: Stage, damage: Callable[[Path], None]
) -> None:
    """What SQLite still has in memory is right; what it reads again, or the next start, is not."""
    codes = {Reason.STORE_DAMAGED, Reason.STORE_UNAVAILABLE, Reason.RECORD_WITHHELD}
    with running(stage) as server, watched(stage, server, codes) as witness:
        settle(stage.store)
        damage(stage.store)
        witness.sees(stage.publish())
        witness.sees(stage.publish())
    with running(stage) as server, watched(stage, server) as witness:
        witness.sees(stage.publish())


def test_a_log_deleted_while_down_costs_no_record(stage: Stage) -> None:
    with running(stage):
        pass
    stage.store.with_name("store.db-wal").unlink()
    with running(stage) as server, watched(stage, server) as witness:
        witness.sees(stage.publish())


def test_a_log_deleted_under_a_running_gateway_costs_no_record(stage: Stage) -> None:
    codes = {Reason.STORE_DAMAGED, Reason.STORE_UNAVAILABLE}
    with running(stage) as server, watched(stage, server, codes) as witness:
        stage.store.with_name("store.db-wal").unlink()
        witness.sees(stage.publish())
        until_well(server, Reason.STORE_REBUILT)


def test_a_store_that_is_removed_under_a_running_gateway_is_made_anew(stage: Stage) -> None:
    """Whoever removes it means it: nothing was damaged, and nothing is set aside."""
    codes = {Reason.STORE_UNAVAILABLE}
    with running(stage) as server, watched(stage, server, codes) as witness:
        for file in stage.store.parent.glob("store.db*"):
            file.unlink()
        witness.sees(stage.publish())
        until(stage.store.exists, "a new store")
        until_well(server)
        assert not logged(stage, "store_rebuilt")


def flip_in_row(store: Path) -> None:
    """In the body of the last path, where SQLite cannot notice."""
    data = store.read_bytes()
    at = data.index(LAST.encode())
    place = data.index(b"Body 1.", at)
    overwrite(store, place, b"B0dy")


def test_bytes_flipped_in_a_row_while_down_are_never_served_and_mended_from_the_file(
    stage: Stage,
) -> None:
    with running(stage):
        pass
    settle(stage.store)
    flip_in_row(stage.store)
    with closing(sqlite3.connect(stage.store)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with running(stage) as server, watched(stage, server):
        assert reasons(server) == set()
        assert len(logged(stage, "store_healed")) == 1


def rewrite(store: Store, path: str, values: str) -> None:
    with store.writing() as connection:
        connection.execute(sa.text(f"UPDATE sealgate_row SET {values} WHERE path = '{path}'"))


# What a flipped bit or byte can make of a column, and what a writer of the database can.
FLIPS = [
    "body = x'00'",
    "secured = CAST(x'5b22ff225d' AS TEXT)",
    "secured = 5",
    "canonical = NULL",
    "canonical = 'text'",
    "path = CAST(x'5f6e6577732ff52e6d64' AS TEXT)",
    "path = '_news/moved.md'",
    "corpus = 'dem0'",
    "file_sha256 = 7",
    "file_sha256 = 'text'",
    "added_in = 9",
    "added_in = 'soon'",
    "removed_in = 1",
    "removed_in = 'never'",
    "fault = '{'",
]


@pytest.mark.parametrize("values", FLIPS)
def test_a_row_of_any_shape_is_mended_when_it_is_looked_at(folder: Folder, values: str) -> None:
    for path in PATHS[:2]:
        folder.add(path)
    with serving(folder.settings) as client:
        query = f'{{articles {{edges {{node {{path}}}}}} article(path: "{PATHS[0]}") {{title}}}}'
        whole = client.data(query)
        rewrite(client.gateway.store, PATHS[0], values)
        client.post(query)
        client.gateway.ingest()
        assert client.data(query) == whole
        assert not client.gateway.health.troubles


@pytest.mark.parametrize("flips", [1, 30])
def test_whatever_bytes_are_flipped_nothing_wrong_is_served_and_the_next_start_has_it_all(
    folder: Folder, flips: int
) -> None:
    """Of every page of the file, with seeds of chance that are always the same."""
    for path in PATHS:
        folder.add(path, body=f"Body of {path}.\n" * 40)
    store = folder.base / "store.db"
    with serving(folder.settings) as client:
        whole = client.data(LISTING)
    settle(store)
    good = store.read_bytes()
    for page in range(len(good) // PAGE):
        chance = random.Random(page * 100 + flips)
        for _ in range(flips):
            at = page * PAGE + chance.randrange(PAGE)
            overwrite(store, at, bytes([chance.randrange(256)]))
        with serving(folder.settings) as client:
            assert client.data(LISTING) == whole
        for file in folder.base.glob("store.db*"):
            file.unlink()
        store.write_bytes(good)


@pytest.mark.parametrize("broken", PATHS)
def test_an_entry_that_hides_others_in_an_index_hides_no_record(
    folder: Folder, broken: str
) -> None:
    """The entry stands where it stood and names another corpus: whoever walks through those of
    ours ends there, and what is entered anew may stand behind it."""
    for path in PATHS:
        folder.add(path)
    store = folder.base / "store.db"
    with serving(folder.settings) as client:
        whole = client.data(LISTING)
    settle(store)
    overwrite(store, place_in_index(store, b"demo" + broken.encode()), b"demz")
    with serving(folder.settings) as client:
        assert client.data(LISTING) == whole


def place_in_index(store: Path, text: bytes) -> int:
    """Where a text stands in the index of paths, which is one page long here."""
    with closing(sqlite3.connect(store)) as connection:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'sealgate_row_path'"
        (page,) = connection.execute(query).fetchone()
    begin = (int(page) - 1) * PAGE
    return begin + store.read_bytes()[begin : begin + PAGE].index(text)


LISTING = "{ articles(first: 20) { totalCount edges { node { path title body } } } }"


def test_without_rebuild_store_nothing_is_touched_and_the_hint_says_what_to_do(
    folder: Folder,
) -> None:
    folder.add("_news/a.md")
    settings = folder.settings.model_copy(update={"rebuild_store": False})
    store = folder.base / "store.db"
    _garbage(store)
    before = store.read_bytes()
    with pytest.raises(StoreError) as caught:
        Gateway(settings, lambda: NOW)
    assert caught.value.code is Reason.STORE_DAMAGED
    assert "rebuild_store" in caught.value.hint
    assert store.read_bytes() == before


def test_a_store_of_a_newer_version_is_left_alone(folder: Folder) -> None:
    folder.add("_news/a.md")
    url = folder.settings.store
    with closing(Store.open(url)) as store, store.writing() as connection:
        connection.execute(meta.update().values(value=b"99"))
    with pytest.raises(StoreError) as caught:
        Gateway(folder.settings, lambda: NOW)
    assert caught.value.code is Reason.STORE_SCHEMA
    assert not list(folder.base.glob("*damaged*"))


def test_a_disk_that_damages_every_file_ends_the_rebuilding(folder: Folder) -> None:
    folder.add("_news/a.md")
    store = folder.base / "store.db"
    for _ in range(KEPT_ASIDE):
        _garbage(store)
        Gateway(folder.settings, lambda: NOW).close()
    _garbage(store)
    with pytest.raises(StoreError) as caught:
        Gateway(folder.settings, lambda: NOW)
    assert caught.value.code is Reason.STORE_DAMAGED
    assert "Check the disk" in caught.value.hint


def test_a_rebuild_under_a_running_gateway_lets_no_older_version_back(stage: Stage) -> None:
    """The seals that it has in its view outlive the store."""
    codes = {Reason.STORE_DAMAGED, Reason.STORE_UNAVAILABLE}
    file = stage.seeds / LAST
    old = seal_of_the_past(stage, file)
    with running(stage) as server, watched(stage, server, codes):
        _cut_in_half(stage.store)
        until_says(server, Reason.STORE_REBUILT)
    with running(stage) as server:
        file.write_bytes(old)
        question = f'{{article(path: "{LAST}") {{title}}}}'
        until(lambda: server.post(question)["data"]["article"] is None, "the refusal")
        assert server.post(question)["errors"][0]["extensions"]["reason"] == Reason.REPLAYED


def seal_of_the_past(stage: Stage, file: Path) -> bytes:
    """Bytes of an older version of the record that verify, too; the file is as it was."""
    whole = file.read_bytes()
    stage.folder.write(LAST, "Old.\n", title="Old")
    stage.folder.seal(LAST, iat=int(file.stat().st_mtime) - 100)
    old = file.read_bytes()
    file.write_bytes(whole)
    return old


def test_a_feed_from_the_future_is_damage_and_not_trouble_for_ever(folder: Folder) -> None:
    """As a log that was deleted while nobody ran can leave it."""
    folder.add("_news/a.md")
    with serving(folder.settings) as client:
        with client.gateway.store.writing() as connection:
            connection.execute(sa.text("UPDATE sealgate_feed_state SET snapshot = 99"))
        folder.add("_news/b.md")
        client.gateway.ingest()
        assert client.data(LISTING)["articles"]["totalCount"] == 2
        assert client.gateway.health.troubles.keys() == {"memory"}


def test_a_cursor_from_before_a_rebuild_is_refused_and_leads_nowhere_else(folder: Folder) -> None:
    for path in PATHS:
        folder.add(path)
    query = "{ articles(first: 2) { pageInfo { endCursor } } }"
    with serving(folder.settings) as client:
        cursor = client.data(query)["articles"]["pageInfo"]["endCursor"]
        _emptied(folder.base / "store.db")
        client.gateway.live.refresh()
        assert client.data(LISTING)["articles"]["totalCount"] == len(PATHS)
        again = f'{{ articles(first: 2, after: "{cursor}") {{ totalCount }} }}'
        assert client.error(again)["code"] == Reason.CURSOR_INVALID
