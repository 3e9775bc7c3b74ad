"""Views whose indexes lie in files: how many are kept, and what happens without room for more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.errors import Reason, StoreError
from gateway.index import index as places
from gateway.index import line
from gateway.repository.view import View
from gateway.store.ingest import ingest
from tests.faults.disk import fill, small_disk
from tests.support.desk import Desk, wait
from tests.support.folder import Folder
from tests.support.publisher import NOW

MEMORY = 1 << 26


@pytest.fixture
def desk(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(places, "FILE_BYTES", 0)
    desk = Desk(folder)
    desk.folder.add("_news/0.md")
    desk.update()
    yield desk
    desk.store.close()


def more(desk: Desk, *numbers: int) -> View:
    for number in numbers:
        desk.folder.add(f"_news/{number}.md")
        desk.update()
    return desk.reading().view


def test_views_that_follow_each_other_lie_in_one_file(desk: Desk) -> None:
    first = desk.reading().view
    last = more(desk, 1, 2)
    assert first.index.line is last.index.line is not None


def test_of_a_file_that_all_share_only_memory_counts(desk: Desk) -> None:
    more(desk, 1, 2)
    desk.repository.view_bytes = desk.repository._weight()
    assert desk.repository._weight() < MEMORY
    view = more(desk, 3)
    kept = desk.repository._views.values()
    assert {one.index.line for one in kept} == {view.index.line}
    assert len(kept) == 3, "as many as before"


def test_a_file_that_only_an_older_view_lies_in_counts(desk: Desk) -> None:
    more(desk, 1, 2, 3)
    # A gateway that begins knows the newest view only, and makes others when they are asked for.
    again = Desk(desk.folder)
    newest = again.repository.refresh(NOW)
    before = again.repository._weight()
    older = again.repository.older(1, NOW)
    own = older.index.line
    assert own is not None
    assert own is not newest.index.line
    assert sorted(older.by_path) == ["_news/0.md"]
    assert again.repository._weight() >= before + own.size
    again.repository.view_bytes = again.repository._weight()
    assert len(again.repository.older(2, NOW).by_path) == 2
    assert 1 not in again.repository._views
    again.store.close()


def test_the_next_preview_is_made_from_the_one_before(desk: Desk) -> None:
    desk.folder.add("_news/draft.md", published=False)
    more(desk, 1)
    first = wait(desk.repository.reading(NOW, drafts=True)).view
    view = more(desk, 2)
    second = wait(desk.repository.reading(NOW, drafts=True)).view
    assert first.index.line is second.index.line is not view.index.line
    assert sorted(second.by_path) == [f"_news/{name}.md" for name in ("0", "1", "2", "draft")]
    assert "_news/draft.md" not in view.by_path


def test_an_index_that_was_lost_is_built_anew(desk: Desk) -> None:
    view = desk.reading().view
    view.index._is_lost = True
    again = desk.repository.refresh(NOW)
    assert again.index.line is not view.index.line
    assert again.items == view.items
    assert desk.page() == ["_news/0.md"]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path, "8m") as disk:
        yield disk


def test_without_room_for_the_next_view_the_one_before_is_served(
    folder: Folder, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = (disk / f"{number}.db" for number in range(100))
    monkeypatch.setattr(line, "new_name", lambda: next(names))
    monkeypatch.setattr(places, "FILE_BYTES", 0)
    desk = Desk(folder)
    folder.add("_news/0.md")
    desk.update()
    filler = fill(disk, 0)
    folder.add("_news/1.md", body="Words. " * 10_000)
    ingest(folder.source, desk.store, NOW)
    with pytest.raises(StoreError) as caught:
        desk.repository.refresh(NOW)
    assert caught.value.code is Reason.STORE_FULL
    assert desk.page() == ["_news/0.md"]
    filler.unlink()
    desk.repository.refresh(NOW)
    assert desk.page() == ["_news/0.md", "_news/1.md"]
    desk.store.close()
