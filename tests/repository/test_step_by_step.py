"""A view that was made from the one before is the view that is built afresh, whatever happened."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from gateway.index import index as places
from gateway.index.tables import entry
from gateway.repository.preview import make_preview
from gateway.repository.reading import Reading
from gateway.repository.repository import Repository
from gateway.repository.view import View, build_view
from gateway.store.seals import newest_seals
from gateway.store.store import Store
from gateway.store.tables import feed, seals, withheld
from gateway.verdict.verdict import Rejected
from tests.index.test_index import contents
from tests.support.desk import Desk, wait
from tests.support.folder import Folder, replace_in
from tests.support.fuzz import bounded
from tests.support.publisher import NOW

NAMES = ("a", "b", "c", "d")

both = pytest.mark.parametrize("file_bytes", [places.FILE_BYTES, 0], ids=["memory", "file"])


def path_of(name: str) -> str:
    return f"_news/{name}.md"


# One change of one file: its content, sealed, as a draft, sealed and then changed, or gone.
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(NAMES), st.sampled_from(["1", "2", "draft", "broken", "older", "gone"])
    ),
    min_size=1,
    max_size=3,
)
# What is done: files change and are taken up, or what `Run` has a method for.
STEPS = st.lists(
    st.one_of(CHANGES, st.sampled_from(["drafts", "older", "correct", "another"])), max_size=8
)


def change(folder: Folder, name: str, content: str) -> None:
    path = path_of(name)
    if content == "gone":
        (folder.seeds / path).unlink(missing_ok=True)
        return
    folder.write(path, title=f"Title {content}", published=content != "draft")
    folder.seal(path, iat=NOW - (200 if content == "older" else 100))
    if content == "broken":
        replace_in(folder.seeds / path, "quality: 80", "quality: 81")


def said(view: View) -> dict[str, Any]:
    """Everything that a view says."""
    return {
        "items": dict(view.items),
        "by path": view.by_path,
        "withheld": view.withheld,
        "index": contents(view.index),
    }


def written(store: Store) -> dict[str, Any]:
    """What was written down of views, but for when."""
    columns = {
        "feed": (feed.c.path, feed.c.fingerprint, feed.c.seq, feed.c.published_seq),
        "seals": (seals.c.path, seals.c.sealed_at),
        "withheld": (withheld.c.path, withheld.c.reason),
    }
    with store.reading() as connection:
        return {
            name: sorted(map(tuple, connection.execute(sa.select(*some)).all()), key=repr)
            for name, some in columns.items()
        }


def agrees(view: View) -> None:
    """What is listed is what may be shown."""
    listed = [row.path for row in view.index.rows(sa.select(entry.c.path))]
    assert sorted(listed) == sorted(view.by_path)


class Run:
    """A gateway to which things happen."""

    def __init__(self, base: Path) -> None:
        self.desk = Desk(Folder(base))
        self.repository = self.desk.repository
        self.store = self.desk.store
        self.folder = self.desk.folder
        self.held: list[Reading] = []

    def update(self, changes: list[tuple[str, str]]) -> None:
        for name, content in changes:
            change(self.folder, name, content)
        self.desk.update()
        self.held = [*self.held[-3:], self.desk.reading()]

    def drafts(self) -> None:
        view = wait(self.repository.reading(NOW, drafts=True)).view
        assert said(view) == said(make_preview(self.store, self.afresh(), NOW))

    def older(self) -> None:
        for reading in self.held:
            snapshot = reading.view.snapshot.id
            agrees(self.repository.older(snapshot, NOW))
            agrees(self.repository.older(snapshot, NOW, drafts=True))

    def correct(self) -> None:
        """A row is changed in the database, and read by two who do not know of each other."""
        one, two = self.desk.reading(), self.desk.reading()
        path = next(iter(one.view.by_path), None)
        if path is None:
            return
        row_id = one.view.by_path[path].row_id
        self.desk.rewrite(path, {"body": b"else"})
        for reading in (one, two):
            assert isinstance(wait(reading.load([row_id]))[0], Rejected)
            assert path not in reading.view.by_path
            agrees(reading.view)
        assert self.desk.reading().view is one.view is two.view
        # Then it is written anew, under another number.
        replace_in(self.folder.seeds / path, "quality", "quality ")
        self.desk.update()

    def another(self) -> None:
        other = Desk(self.folder)
        other.update()
        change(self.folder, "d", "2" if (self.folder.seeds / path_of("d")).exists() else "1")
        other.update()
        other.store.close()
        self.repository.refresh(NOW)

    def afresh(self) -> View:
        latest, judge = self.store.latest(), self.desk.reading().view.judge
        newest = partial(newest_seals, self.store, "demo")
        return build_view(self.store, "demo", latest, judge, NOW, None, newest)

    def check(self) -> None:
        assert said(self.repository.refresh(NOW)) == said(self.afresh())
        for reading in self.held:
            agrees(reading.view)
        # Whoever enters all of it finds nothing to do.
        before = written(self.store)
        Repository(self.store, "demo", self.repository.trust, 0).refresh(NOW)
        assert written(self.store) == before


@both
@pytest.mark.fuzz
@bounded(dearer=5)
@given(steps=STEPS, view_bytes=st.sampled_from([0, 1 << 30]))
def test_what_was_made_step_by_step_is_what_is_made_afresh(
    file_bytes: int, steps: list[Any], view_bytes: int
) -> None:
    with tempfile.TemporaryDirectory() as base, pytest.MonkeyPatch.context() as patch:
        patch.setattr(places, "FILE_BYTES", file_bytes)
        run = Run(Path(base))
        run.repository.view_bytes = view_bytes
        try:
            run.update([("a", "1"), ("b", "draft")])
            for step in steps:
                run.update(step) if isinstance(step, list) else getattr(run, step)()
            run.check()
        finally:
            run.store.close()
