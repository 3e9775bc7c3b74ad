"""From a folder to snapshots: what changes, what stays, and what a crash leaves behind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.corpus.claim import claim_bytes
from gateway.errors import Reason, SealgateError, StoreError
from gateway.frontmatter.limits import Limits
from gateway.records.raw import RawRecord
from gateway.store import ingest as module
from gateway.store import look as look_module
from gateway.store.ingest import KEPT_SNAPSHOTS, Ingested, ingest
from gateway.store.store import EMPTY, Snapshot, Store
from gateway.store.tables import rows, snapshots
from tests.support.folder import Folder
from tests.support.publisher import NOW


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = Store.open(url)
    yield store
    store.close()


def run(folder: Folder, store: Store) -> Ingested:
    return ingest(folder.source, store, NOW)


def content(store: Store) -> dict[str, RawRecord | SealgateError]:
    snapshot = store.latest()
    return {row.path: row.raw for row in store.read(store.row_ids(snapshot.id, "demo"))}


def counts(done: Ingested) -> tuple[int, int, int]:
    return done.added, done.changed, done.removed


def test_an_unused_store_holds_the_empty_snapshot(store: Store) -> None:
    assert store.latest() == EMPTY
    assert store.row_ids(EMPTY.id, "demo") == []


def test_the_first_ingest_makes_the_first_snapshot(folder: Folder, store: Store) -> None:
    folder.add("_news/a.md")
    folder.add("_news/b.md", body="Text.\n")
    done = run(folder, store)
    assert counts(done) == (2, 0, 0)
    assert store.latest() == done.snapshot == Snapshot(1, NOW)
    raw = content(store)["_news/b.md"]
    assert isinstance(raw, RawRecord)
    assert raw.body == b"Text.\n"
    assert raw.digest == folder.digest("_news/b.md")


def test_nothing_new_makes_no_snapshot(folder: Folder, store: Store) -> None:
    folder.add("_news/a.md")
    run(folder, store)
    assert counts(run(folder, store)) == (0, 0, 0)
    assert store.latest().id == 1


def test_only_changed_files_are_parsed(
    folder: Folder, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.add("_news/a.md")
    folder.add("_news/b.md")
    run(folder, store)
    parsed: list[str] = []

    def spy(corpus: str, path: str, data: bytes, limits: Limits) -> RawRecord:
        parsed.append(path)
        return claim_bytes(corpus, path, data, limits)

    monkeypatch.setattr("gateway.store.look.claim_bytes", spy)
    folder.add("_news/b.md", title="Changed")
    assert counts(run(folder, store)) == (0, 1, 0)
    assert parsed == ["_news/b.md"]


def test_a_reader_keeps_its_snapshot_while_others_follow(folder: Folder, store: Store) -> None:
    folder.add("_news/a.md")
    folder.add("_news/b.md")
    first = run(folder, store).snapshot
    before = sorted(store.row_ids(first.id, "demo"))
    folder.add("_news/a.md", title="Changed")
    (folder.seeds / "_news/b.md").unlink()
    folder.add("_news/c.md")
    assert counts(run(folder, store)) == (1, 1, 1)
    assert sorted(store.row_ids(first.id, "demo")) == before
    assert sorted(content(store)) == ["_news/a.md", "_news/c.md"]


def test_a_broken_file_is_stored_as_its_reason_and_stops_nothing(
    folder: Folder, store: Store
) -> None:
    folder.add("_news/a.md")
    (folder.seeds / "_news/bad.md").write_text("---\na: 1\na: 2\n---\n", encoding="utf-8")
    run(folder, store)
    fault = content(store)["_news/bad.md"]
    assert isinstance(fault, SealgateError)
    assert (fault.code, fault.path, fault.line) == (
        Reason.YAML_DUPLICATE_KEY,
        "_news/bad.md",
        3,
    )
    assert isinstance(content(store)["_news/a.md"], RawRecord)
    assert counts(run(folder, store)) == (0, 0, 0)


@pytest.mark.parametrize("kept", [0, 1, 40])
def test_a_half_written_file_leaves_its_last_whole_content(
    folder: Folder, store: Store, kept: int
) -> None:
    file = folder.add("_news/a.md")
    run(folder, store)
    whole = file.read_bytes()
    file.write_bytes(whole[:kept] if kept != 1 else b"---\n")
    done = run(folder, store)
    assert counts(done) == (0, 0, 0)
    assert [error.code for error in done.incomplete] == [Reason.FILE_INCOMPLETE]
    file.write_bytes(whole)
    done = run(folder, store)
    assert counts(done) == (0, 0, 0)
    assert done.incomplete == ()


def test_a_file_that_was_never_whole_is_stored_as_incomplete(folder: Folder, store: Store) -> None:
    file = folder.add("_news/a.md")
    whole = file.read_bytes()
    file.write_bytes(whole[:50])
    assert counts(run(folder, store)) == (1, 0, 0)
    assert isinstance(content(store)["_news/a.md"], SealgateError)
    file.write_bytes(whole)
    assert counts(run(folder, store)) == (0, 1, 0)
    assert isinstance(content(store)["_news/a.md"], RawRecord)


def test_files_of_every_odd_kind_are_reported_one_by_one(folder: Folder, store: Store) -> None:
    folder.add("_news/good.md")
    news = folder.seeds / "_news"
    os.mkfifo(news / "fifo.md")
    (news / "loop.md").symlink_to("loop.md")
    (news / "link.md").symlink_to("good.md")
    (news / "binary.md").write_bytes(b"---\ntitle: \xff\n---\n")
    with (news / "huge.md").open("wb") as file:
        file.truncate(1 << 30)
    Path(os.fsdecode(os.fsencode(news) + b"/caf\xe9.md")).write_text("---\n---\n")
    run(folder, store)
    found = {
        path: raw.code for path, raw in content(store).items() if isinstance(raw, SealgateError)
    }
    assert found == {
        "_news/fifo.md": Reason.FILE_NOT_REGULAR,
        "_news/loop.md": Reason.FILE_NOT_REGULAR,
        "_news/link.md": Reason.FILE_NOT_REGULAR,
        "_news/binary.md": Reason.NOT_UTF8,
        "_news/huge.md": Reason.FILE_TOO_LARGE,
        "_news/caf\\xe9.md": Reason.PATH_UNUSABLE,
    }
    assert isinstance(content(store)["_news/good.md"], RawRecord)
    assert counts(run(folder, store)) == (0, 0, 0)


def test_an_emptied_folder_keeps_the_last_snapshot(folder: Folder, store: Store) -> None:
    file = folder.add("_news/a.md")
    run(folder, store)
    file.unlink()
    with pytest.raises(SealgateError) as caught:
        run(folder, store)
    assert caught.value.code is Reason.SEEDS_MISSING
    assert list(content(store)) == ["_news/a.md"]


def test_a_failure_while_writing_leaves_the_previous_snapshot(
    folder: Folder, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.add("_news/a.md")
    run(folder, store)
    before = content(store)
    folder.add("_news/b.md")

    def fail(*_: object) -> None:
        raise sa.exc.OperationalError("INSERT", {}, Exception("disk is full"))

    monkeypatch.setattr(module, "_prune", fail)
    with pytest.raises(StoreError, match="disk is full"):
        run(folder, store)
    monkeypatch.undo()
    assert store.latest().id == 1
    assert content(store).keys() == before.keys()
    assert counts(run(folder, store)) == (1, 0, 0)


def test_two_gateways_that_saw_the_same_change_make_one_snapshot(
    folder: Folder, store: Store, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.add("_news/a.md")
    other = Store.open(url)
    commit = module._commit

    def overtaken(*arguments: object) -> Ingested:
        monkeypatch.undo()
        return commit(*arguments)  # type: ignore[arg-type]

    look = look_module.look

    def look_then_lose(*arguments: object) -> object:
        monkeypatch.setattr(look_module, "look", look)
        run(folder, other)
        return look(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_commit", overtaken)
    monkeypatch.setattr(look_module, "look", look_then_lose)
    done = run(folder, store)
    other.close()
    assert counts(done) == (0, 0, 0)
    assert store.latest().id == done.snapshot.id == 1


def test_old_snapshots_are_pruned_with_their_rows(folder: Folder, store: Store) -> None:
    folder.add("_news/same.md")
    for number in range(KEPT_SNAPSHOTS + 3):
        folder.write("_news/a.md", title=f"Version {number}")
        run(folder, store)
    latest = store.latest().id
    assert store.holds(latest - KEPT_SNAPSHOTS)
    assert not store.holds(latest - KEPT_SNAPSHOTS - 1)
    assert len(store.row_ids(latest - KEPT_SNAPSHOTS, "demo")) == 2
    with store.engine.connect() as connection:
        kept = connection.execute(sa.select(sa.func.count()).select_from(rows)).scalar()
        numbers = connection.execute(sa.select(sa.func.count()).select_from(snapshots)).scalar()
    assert kept == KEPT_SNAPSHOTS + 2
    assert numbers == KEPT_SNAPSHOTS + 1


def test_progress_counts_every_file(folder: Folder, store: Store) -> None:
    folder.add("_news/a.md")
    folder.add("_news/b.md")
    seen: list[tuple[int, int]] = []
    ingest(folder.source, store, NOW, lambda done, total: seen.append((done, total)))
    assert seen[-1] == (2, 2)
