"""One operation's hold on the repository: one snapshot, one trust, one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from anyio import to_thread

from gateway.errors import QueryError, Reason
from gateway.repository.cursor import Cursor, CursorCodec
from gateway.repository.view import Admitted, Entry, View, recheck
from gateway.store.store import Store
from gateway.verdict.verdict import Rejected


class Library(Protocol):
    """What a reading needs of the repository that handed it out."""

    store: Store
    cursors: CursorCodec

    def older(self, snapshot: int, now: int) -> View: ...

    def correct(self, view: View, rejected: Mapping[int, Rejected]) -> View: ...


@dataclass(frozen=True)
class Window:
    """Which slice of a list is wanted, in the words of Relay's cursor connections.

    after and before are the paths of the records that the cursors stand on.
    """

    first: int | None = None
    last: int | None = None
    after: str | None = None
    before: str | None = None

    def bounds(self, view: View) -> tuple[int, int]:
        """Positions of the first record of the slice and of the one behind its last.

        Raises QueryError(CURSOR_INVALID).
        """
        start = 0 if self.after is None else _position(view, self.after) + 1
        end = len(view.entries) if self.before is None else _position(view, self.before)
        end = max(start, end)
        if self.first is not None:
            end = min(end, start + self.first)
        if self.last is not None:
            start = max(start, end - self.last)
        return start, end


@dataclass(frozen=True)
class Page:
    """A slice of a list. total counts the whole list, not the slice."""

    records: tuple[Admitted, ...]
    total: int
    has_next: bool
    has_previous: bool


class Reading:
    """Records of one view, each read and judged again when it is asked for."""

    def __init__(self, library: Library, view: View, now: int) -> None:
        self._library = library
        self._view = view
        self.now = now

    @property
    def view(self) -> View:
        return self._view

    def cursor(self, path: str) -> str:
        return self._library.cursors.encode(Cursor(self._view.snapshot.id, path))

    async def following(self, cursor: Cursor) -> Reading:
        """A reading of the cursor's own snapshot. Raises QueryError(CURSOR_EXPIRED)."""
        if cursor.snapshot == self._view.snapshot.id:
            return self
        view = await to_thread.run_sync(self._library.older, cursor.snapshot, self.now)
        return Reading(self._library, view, self.now)

    def decode(self, after: str) -> Cursor:
        """Raises QueryError(CURSOR_INVALID)."""
        return self._library.cursors.decode(after)

    async def by_paths(self, paths: Sequence[str]) -> list[Admitted | Rejected | None]:
        """For each path its record, the reason why it is withheld, or None where there is none."""
        found = await self._at([self._view.by_path.get(path) for path in paths])
        return [
            self._view.withheld.get(path) if item is None else item
            for path, item in zip(paths, found, strict=True)
        ]

    async def by_urls(self, urls: Sequence[str]) -> list[Admitted | Rejected | None]:
        """For each URL the newest visible record that it names, or None."""
        return await self._at([self._view.by_url.get(url) for url in urls])

    async def referrers(self, asked: Sequence[tuple[str, int]]) -> list[list[Admitted]]:
        """For each (path, count) up to `count` articles that lead to it, newest first."""
        view = self._view
        chosen = [view.referrers(path)[:count] for path, count in asked]
        entries = [[view.entries[position] for position in positions] for positions in chosen]
        found = await self._read([entry for group in entries for entry in group])
        groups = [[found[entry.row_id] for entry in group] for group in entries]
        return [[item for item in group if isinstance(item, Admitted)] for group in groups]

    async def page(self, window: Window) -> Page:
        """A slice of this view's articles, newest first.

        Rows that no longer are what was judged are withheld, and the page is taken again without
        them, so that it is never short. Raises QueryError(CURSOR_INVALID).
        """
        while True:
            view = self._view
            start, end = window.bounds(view)
            found = await self._read(view.entries[start:end])
            if not any(isinstance(item, Rejected) for item in found.values()):
                break
        records = tuple(item for item in found.values() if isinstance(item, Admitted))
        total = len(view.entries)
        return Page(records, total, has_next=end < total, has_previous=start > 0)

    async def _at(self, positions: Sequence[int | None]) -> list[Admitted | Rejected | None]:
        entries = [None if n is None else self._view.entries[n] for n in positions]
        found = await self._read([entry for entry in entries if entry is not None])
        return [None if entry is None else found[entry.row_id] for entry in entries]

    async def _read(self, entries: Sequence[Entry]) -> dict[int, Admitted | Rejected]:
        """One statement for all of them, in a worker thread."""
        return await to_thread.run_sync(self._read_now, entries) if entries else {}

    def _read_now(self, entries: Sequence[Entry]) -> dict[int, Admitted | Rejected]:
        """What changed since it was indexed is withheld from the view, not from this page only."""
        judge = self._view.judge
        ids = list(dict.fromkeys(entry.row_id for entry in entries))
        rows = {row.id: row for row in self._library.store.read(ids)}
        found = {
            entry.row_id: recheck(entry, rows.get(entry.row_id), judge, self.now)
            for entry in entries
        }
        rejected = {key: item for key, item in found.items() if isinstance(item, Rejected)}
        if rejected:
            self._view = self._library.correct(self._view, rejected)
        return found


def _position(view: View, path: str) -> int:
    position = view.by_path.get(path)
    if position is None:
        raise QueryError(
            Reason.CURSOR_INVALID,
            "the record that this cursor stands on is withheld now",
            hint="Start again without a cursor.",
        )
    return position
