"""Files that indexes share: when they do, how long these are there, and what may go wrong."""

from __future__ import annotations

import gc
import math
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from gateway.allowance import CURRENT, Allowance
from gateway.errors import QueryError, Reason, StoreError
from gateway.index import index as places
from gateway.index import line as module
from gateway.index.card import rows_of
from gateway.index.index import Index
from gateway.index.line import Line
from tests.execution.test_allowance import ENDLESS
from tests.faults.disk import fill, small_disk
from tests.support.cards import article, found, index_of


@pytest.fixture(autouse=True)
def _place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Instead of both: all of these are about files."""
    monkeypatch.setattr(places, "FILE_BYTES", 0)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    names = (tmp_path / f"{number}.db" for number in range(100))
    monkeypatch.setattr(module, "new_name", lambda: next(names))
    return tmp_path


def following(index: Index, *numbers: int) -> Index:
    with index.successor() as other:
        other.add(rows_of(map(article, numbers)))
    return other


def branched(index: Index, *numbers: int) -> Index:
    with index.branch() as other:
        other.add(rows_of(map(article, numbers)))
    return other


def line_of(index: Index) -> Line:
    assert index.line is not None
    return index.line


def databases(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*.db")}


@pytest.mark.usefixtures("folder")
def test_one_after_the_other_shares_a_file() -> None:
    first = index_of(article(1))
    second = following(first, 2)
    third = following(second, 3)
    assert line_of(first) is line_of(second) is line_of(third)
    assert [found(one) for one in (first, second, third)] == [[1], [1, 2], [1, 2, 3]]


@pytest.mark.usefixtures("folder")
def test_what_is_not_the_newest_of_its_file_is_followed_in_another() -> None:
    first = index_of(article(1))
    second, other = following(first, 2), following(first, 3)
    assert line_of(other) is not line_of(first)
    assert [found(one) for one in (first, second, other)] == [[1], [1, 2], [1, 3]]
    assert line_of(following(second, 4)) is line_of(first)


@pytest.mark.usefixtures("folder")
def test_a_branch_leaves_the_file_to_the_successor() -> None:
    first = index_of(article(1))
    branch, second = branched(first, 2), following(first, 3)
    assert line_of(branch) is not line_of(first)
    assert line_of(second) is line_of(first)
    assert found(branched(branch, 4)) == [1, 2, 4]


@pytest.mark.usefixtures("folder")
def test_while_one_is_filled_another_one_gets_a_file_of_its_own() -> None:
    first = index_of(article(1))
    with first.successor() as second:
        other = following(first, 3)
        second.add(rows_of([article(2)]))
    assert line_of(second) is line_of(first) is not line_of(other)
    assert [found(one) for one in (first, second, other)] == [[1], [1, 2], [1, 3]]


@pytest.mark.usefixtures("folder")
def test_what_failed_is_forgotten_and_the_next_shares_the_file() -> None:
    first = index_of(article(1))
    with pytest.raises(sqlite3.IntegrityError):
        following(first, 2, 1)
    second = following(first, 3)
    assert line_of(second) is line_of(first)
    assert found(second) == [1, 3]


def test_a_file_goes_with_the_last_that_lies_in_it(folder: Path) -> None:
    first = index_of(article(1))
    second = following(first, 2)
    other = branched(first, 3)
    assert databases(folder) == {"0.db", "1.db"}
    del first
    gc.collect()
    assert databases(folder) == {"0.db", "1.db"}
    assert found(second) == [1, 2]
    del second
    gc.collect()
    assert {path.name for path in folder.iterdir()} == {"1.db", "1.db-wal"}
    assert found(other) == [1, 3]
    del other
    gc.collect()
    assert list(folder.iterdir()) == []


def test_a_log_that_is_too_long_ends_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOG_BYTES", 0)
    lines, index = set[Line](), index_of(article(1))
    for number in range(2, 60):
        index = following(index, number)
        lines.add(line_of(index))
        assert len(databases(folder)) == 1
    assert 1 < len(lines) < 50
    assert found(index) == list(range(1, 60))


def test_a_file_that_lost_its_name_is_followed_in_another(folder: Path) -> None:
    """Somebody tidied up among temporary files."""
    for suffix in ("", "-wal"):
        first = index_of(article(1))
        (name,) = databases(folder)
        (folder / f"{name}{suffix}").unlink()
        second = following(first, 2)
        assert line_of(second) is not line_of(first)
        assert [found(first), found(second)] == [[1], [1, 2]]
        del first, second


def test_nobody_else_can_open_the_file(folder: Path) -> None:
    index = following(index_of(article(1)), 2)
    code = (
        "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('DELETE FROM entry')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder / "0.db")], capture_output=True, check=False
    )
    assert b"database is locked" in done.stderr
    assert found(index) == [1, 2]


@pytest.mark.usefixtures("folder")
def test_a_statement_that_was_stopped_leaves_the_state_in_place() -> None:
    first = index_of(article(1))
    second = following(first, 2)
    token = CURRENT.set(Allowance(math.inf, 0.01))
    try:
        with pytest.raises(QueryError):
            first.rows(ENDLESS)
    finally:
        CURRENT.reset(token)
    assert [found(first), found(second)] == [[1], [1, 2]]


@pytest.mark.usefixtures("folder")
def test_a_state_that_sqlite_let_go_of_is_never_taken_for_a_newer_one() -> None:
    """As it does where a disk fails in the middle of a statement."""
    first = index_of(article(1))
    first._raw.execute("ROLLBACK")
    assert found(first) == [1], "nothing newer is there"
    second = following(first, 2)
    for one in (first, second):
        one._raw.execute("ROLLBACK")
    assert found(second) == [1, 2]
    for _ in range(2):
        with pytest.raises(StoreError) as caught:
            found(first)
        assert caught.value.code is Reason.STORE_UNAVAILABLE
    with pytest.raises(StoreError):
        branched(first, 3)
    assert (first.is_lost, second.is_lost) == (True, False)


@pytest.mark.usefixtures("folder")
def test_each_state_stays_what_it_is_while_others_come_and_go_in_other_threads() -> None:
    held = [(index_of(article(1)), [1])]
    wrong, is_over = list[object](), threading.Event()

    def read(chosen: Random) -> None:
        while not is_over.is_set():
            index, expected = chosen.choice(tuple(held))
            if (seen := found(index)) != expected:
                wrong.append((seen, expected))

    threads = [threading.Thread(target=read, args=(Random(seed),)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for number in range(2, 60):
        index, expected = held[-1]
        held.append((following(index, number), [*expected, number]))
        del index
        # A few of them stay, as views do.
        del held[:-4]
    is_over.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(set(map(line_of, (index for index, _ in held)))) == 1


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A small disk for everything."""
    with small_disk(tmp_path, "8m") as disk:
        names = (disk / f"{number}.db" for number in range(100))
        monkeypatch.setattr(module, "new_name", lambda: next(names))
        yield disk


def test_a_full_disk_leaves_what_there_is_and_room_mends_it(disk: Path) -> None:
    first = index_of(article(1))
    filler = fill(disk, 0)
    many = range(2, 200)
    for way in (following, branched):
        with pytest.raises(StoreError) as caught:
            way(first, *many)
        assert caught.value.code is Reason.STORE_FULL
        assert "TMPDIR" in caught.value.hint
    assert found(first) == [1]
    assert not first.is_lost
    assert databases(disk) == {"0.db"}
    filler.unlink()
    second = following(first, *many)
    assert line_of(second) is line_of(first)
    assert found(second) == list(range(1, 200))
    assert found(first) == [1]


@pytest.mark.usefixtures("folder")
def test_what_is_made_after_the_last_row_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """As what sorts a large index is."""
    monkeypatch.setattr(places, "FILE_BYTES", 1 << 30)
    with Index.empty().successor() as index, index.loading():
        index.add(rows_of(map(article, range(200))))
        monkeypatch.setattr(places, "FILE_BYTES", index.size)
    assert index.line is not None
    assert found(index) == list(range(200))
