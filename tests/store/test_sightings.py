"""Files that stand as they did are not read again, and whatever changes one is noticed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.corpus.claim import read_record_file
from gateway.errors import FrontMatterError, Reason
from gateway.frontmatter.limits import Limits
from gateway.store import look, sightings
from gateway.store.ingest import Ingested, ingest
from gateway.store.sightings import Sightings, stand_of
from gateway.store.store import Store
from gateway.store.tables import rows
from tests.support.folder import Folder
from tests.support.publisher import NOW

PATH = "_news/a.md"


@pytest.fixture
def store(folder: Folder) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{folder.base}/store.db")
    yield store
    store.close()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths whose files are read."""
    found: list[str] = []

    def noting(root: Path, path: str, limits: Limits) -> bytes:
        found.append(path)
        return read_record_file(root, path, limits)

    monkeypatch.setattr(look, "read_record_file", noting)
    return found


@pytest.fixture
def seen(folder: Folder, store: Store, monkeypatch: pytest.MonkeyPatch) -> Sightings:
    """Of a file that was taken up, and that was written long before."""
    monkeypatch.setattr(sightings, "_SETTLED", -(10**12))
    folder.add(PATH)
    found = Sightings()
    take_up(folder, store, found)
    return found


def take_up(folder: Folder, store: Store, found: Sightings) -> Ingested:
    return ingest(folder.source, store, NOW, sightings=found)


def test_a_file_that_stands_as_it_did_is_not_read_again(
    folder: Folder, store: Store, seen: Sightings, read: list[str]
) -> None:
    folder.add("_news/b.md")
    assert take_up(folder, store, seen).added == 1
    assert read == ["_news/b.md"]
    take_up(folder, store, seen)
    assert read == ["_news/b.md"]


def test_whoever_has_sighted_nothing_reads_everything(
    folder: Folder, store: Store, seen: Sightings, read: list[str]
) -> None:
    take_up(folder, store, Sightings())
    ingest(folder.source, store, NOW)
    assert read == [PATH, PATH]


def written_over(file: Path) -> None:
    """Other bytes, as many, and dated back."""
    before = file.stat()
    data = bytearray(file.read_bytes())
    data[data.index(b"newsroom")] ^= 1
    file.write_bytes(data)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_mtime_ns == before.st_mtime_ns


def replaced(file: Path) -> None:
    other = file.with_name("other")
    other.write_bytes(file.read_bytes().replace(b"newsroom", b"Newsroom"))
    other.rename(file)


def longer(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b"\n")


@pytest.mark.parametrize("change", [written_over, replaced, longer])
def test_every_change_of_bytes_is_noticed(
    folder: Folder, store: Store, seen: Sightings, change: Callable[[Path], None]
) -> None:
    change(folder.seeds / PATH)
    assert take_up(folder, store, seen).changed == 1


def test_a_file_that_was_changed_only_just_is_read_again(
    folder: Folder, store: Store, read: list[str]
) -> None:
    folder.add(PATH)
    found = Sightings()
    take_up(folder, store, found)
    take_up(folder, store, found)
    assert stand_of(folder.seeds, PATH) is None
    assert read == [PATH, PATH]


def test_what_another_gateway_wrote_into_the_store_is_compared_with_the_file(
    folder: Folder, store: Store, seen: Sightings
) -> None:
    with store.writing() as connection:
        connection.execute(rows.update().values(file_sha256=b"\0" * 32))
    assert take_up(folder, store, seen).changed == 1
    with store.writing() as connection:
        connection.execute(rows.update().values(removed_in=2))
    assert take_up(folder, store, seen).added == 1


@pytest.mark.parametrize("known", [True, False])
def test_what_could_not_be_read_is_tried_again_though_it_stands_as_it_did(
    folder: Folder, store: Store, seen: Sightings, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    path = PATH if known else "_news/b.md"
    if known:
        folder.add(PATH, title="Another")
    else:
        folder.add(path)

    def failing(root: Path, asked: str, limits: Limits) -> bytes:
        if asked == path:
            raise FrontMatterError(Reason.FILE_UNREADABLE, "input/output error")
        return read_record_file(root, asked, limits)

    with monkeypatch.context() as patch:
        patch.setattr(look, "read_record_file", failing)
        for _ in range(2):
            take_up(folder, store, seen)
    done = take_up(folder, store, seen)
    assert (done.changed, done.incomplete) == (1, ())


def test_a_half_written_file_is_read_until_it_is_whole(
    folder: Folder, store: Store, seen: Sightings, read: list[str]
) -> None:
    (folder.seeds / PATH).write_text("---\ntitle: half")
    assert len(take_up(folder, store, seen).incomplete) == 1
    assert len(take_up(folder, store, seen).incomplete) == 1
    assert read == [PATH, PATH]


def test_a_file_that_is_gone_is_forgotten_and_read_when_it_is_back(
    folder: Folder, store: Store, seen: Sightings, read: list[str]
) -> None:
    folder.add("_news/b.md")
    file, away = folder.seeds / PATH, folder.base / "away.md"
    file.rename(away)
    assert take_up(folder, store, seen).removed == 1
    away.rename(file)
    read.clear()
    assert take_up(folder, store, seen).added == 1
    assert PATH in read
