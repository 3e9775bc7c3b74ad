"""The files of a folder, on the way to whoever looks at them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from gateway.corpus.layout import printable_path
from gateway.store.look import Batch, Known, Looked
from gateway.store.sightings import Sightings, stand_of

# Files that are looked at together.
_BATCH = 64


class _File(NamedTuple):
    path: str
    shown: str
    known: Known | None
    stand: bytes | None


class Files:
    """Hands out what has to be read, and remembers how it stood before.

    new: how many are not in the store; shown: all paths as the store has them; done: how many were
    looked at so far.
    """

    def __init__(
        self, root: Path, paths: Sequence[str], known: Mapping[str, Known], sightings: Sightings
    ) -> None:
        self._root = root
        self._known = known
        self._sightings = sightings
        self._under_way: deque[list[_File]] = deque()
        self._shown = {path: printable_path(path) for path in paths}
        self.shown = set(self._shown.values())
        self.new = len(self.shown - known.keys())
        self.done = 0

    def tasks(self) -> Iterator[Batch]:
        """Those that do not stand as they were sighted, in batches."""
        batch: list[_File] = []
        for path, shown in self._shown.items():
            known = self._known.get(shown)
            stand = stand_of(self._root, path)
            if known is not None and self._sightings.is_same(path, stand, known.sha256):
                self.done += 1
                continue
            batch.append(_File(path, shown, known, stand))
            if len(batch) == _BATCH:
                yield self._hand_out(batch)
                batch = []
        if batch:
            yield self._hand_out(batch)

    def _hand_out(self, batch: list[_File]) -> Batch:
        self._under_way.append(batch)
        return [(file.path, file.known) for file in batch]

    def note(self, found: Looked) -> None:
        """What a batch brought, in the order in which batches were handed out."""
        changes = {change.path: change for change in found.changes}
        for path, shown, known, stand in self._under_way.popleft():
            self.done += 1
            change = changes.get(shown)
            sha256 = change.sha256 if change else known.sha256 if known else b""
            # What could not be read may be readable the next time, and stand as it does now.
            unsure = path in found.unread or (change is not None and change.is_partial())
            self._sightings.note(path, None if unsure else stand, sha256)

    def end(self) -> None:
        """All were looked at; those that are gone need not be remembered."""
        self._sightings.keep(self._shown.keys())
