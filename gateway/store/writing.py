"""The next snapshot, while it is being written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from gateway.records.raw import RawRecord
from gateway.store.look import Change, Known
from gateway.store.store import Snapshot, batches
from gateway.store.tables import rows, snapshots

_BATCH = 500


@dataclass
class Counts:
    """Of changes. healed: those of rows that were not what their files say; they changed, too."""

    added: int = 0
    changed: int = 0
    healed: int = 0


class Writing:
    """Enters changes one batch after the other; `snapshot` is a new one as soon as there is any.

    All within the transaction of the connection, so that the others see nothing of it until then.
    """

    def __init__(
        self,
        connection: sa.Connection,
        corpus: str,
        latest: Snapshot,
        known: Mapping[str, Known],
        now: int,
    ) -> None:
        self.snapshot = self._latest = latest
        self.counts = Counts()
        self._connection = connection
        self._corpus = corpus
        self._known = known
        self._now = now

    def enter(self, changes: Sequence[Change]) -> None:
        if not changes:
            return
        self._begin()
        old = [change.path for change in changes if change.path in self._known]
        self._end_rows(old)
        values = [self._values(change) for change in changes]
        self._connection.execute(rows.insert(), values)
        self.counts.added += len(changes) - len(old)
        self.counts.changed += len(old)
        self.counts.healed += sum(change.heals is not None for change in changes)

    def remove(self, paths: Sequence[str]) -> None:
        if paths:
            self._begin()
            self._end_rows(paths)

    def _begin(self) -> None:
        if self.snapshot is self._latest:
            self.snapshot = Snapshot(self._latest.id + 1, self._now)
            values = {"id": self.snapshot.id, "created_at": self._now}
            self._connection.execute(snapshots.insert().values(values))

    def _end_rows(self, paths: Sequence[str]) -> None:
        for batch in batches([self._known[path].row_id for path in paths], _BATCH):
            ended = rows.update().where(rows.c.id.in_(batch))
            self._connection.execute(ended.values(removed_in=self.snapshot.id))

    def _values(self, change: Change) -> dict[str, Any]:
        raw = change.raw
        common = {
            "corpus": self._corpus,
            "path": change.path,
            "added_in": self.snapshot.id,
            "file_sha256": change.sha256,
        }
        if isinstance(raw, RawRecord):
            content = {
                "canonical": raw.canonical,
                "body": raw.body,
                "secured": _json(list(raw.secured)),
            }
            return {**common, **content, "fault": None}
        return {
            **common,
            "canonical": None,
            "body": b"",
            "secured": "[]",
            "fault": _json(raw.document()),
        }


def _json(value: object) -> str:
    return orjson.dumps(value).decode("utf-8")
