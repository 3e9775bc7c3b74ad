"""The store beside the files: who wrote to the database is found out.

An ingest writes what the files claim, so the rows of the latest snapshot and the files must say the
same. The comparison is of bytes: whether they are proven is another question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from itertools import groupby
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from gateway.audit.judgement import Judgement
from gateway.errors import SealgateError
from gateway.store.row import Row
from gateway.store.store import EMPTY, Store
from gateway.verdict.verify import reject_unreadable


class Disagreement(StrEnum):
    """The first is mended by an ingest when the file changed, and by a new store when the row did;
    the second and the third by an ingest; the fourth by a new store."""

    CHANGED = "CHANGED"
    ROW_WITHOUT_FILE = "ROW_WITHOUT_FILE"
    FILE_WITHOUT_ROW = "FILE_WITHOUT_ROW"
    TWO_ROWS = "TWO_ROWS"


@dataclass(frozen=True, order=True)
class Difference:
    """One path at which store and files disagree."""

    path: str
    disagreement: Disagreement


@dataclass(frozen=True)
class Comparison:
    """The latest snapshot (0: there is none yet), how many rows it has, and all differences in the
    order of paths."""

    snapshot: int
    rows: int
    differences: tuple[Difference, ...]


def existing_store(url: str) -> Store | None:
    """The store at a SQLAlchemy URL; None where opening it would make an empty one.

    Raises StoreError.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        return Store.open(url)
    if parsed.get_backend_name() == "sqlite":
        name = parsed.database
        if name in (None, "", ":memory:") or not Path(str(name)).exists():
            return None
    return Store.open(url)


def identity_of(judgement: Judgement) -> bytes:
    """32 bytes that are equal for a file and for the row that an ingest makes of it."""
    if judgement.fingerprint is not None:
        return judgement.fingerprint
    return _fault_identity(judgement.reason, judgement.detail)


def _fault_identity(reason: str, detail: str) -> bytes:
    return sha256(f"fault {reason} {detail}".encode("utf-8", "backslashreplace")).digest()


def compare(store: Store, corpus: str, files: Mapping[str, bytes]) -> Comparison:
    """The latest snapshot beside the files, given as `identity_of` by path.

    Rows are read a few at a time. Raises StoreError.
    """
    snapshot = store.latest()
    found: list[Difference] = []
    seen: set[str] = set()
    count = 0
    walk = iter(()) if snapshot == EMPTY else _walk(store, snapshot.id, corpus)
    for path, rows in groupby(walk, key=lambda row: row.path):
        identities = [_row_identity(row) for row in rows]
        count += len(identities)
        seen.add(path)
        found += _differences(path, identities, files.get(path))
    found += [Difference(path, Disagreement.FILE_WITHOUT_ROW) for path in files.keys() - seen]
    return Comparison(snapshot.id, count, tuple(sorted(found)))


def _walk(store: Store, snapshot: int, corpus: str) -> Iterator[Row]:
    """Every row once. SQLite keeps bytes where a path belongs, too, and they sort behind all text:
    a walk that goes on from the last path would come to such rows again and again."""
    total = len(store.row_ids(snapshot, corpus))
    for number, row in enumerate(store.walk(snapshot, corpus), start=1):
        if number > total:
            return
        yield row


def _differences(path: str, rows: list[bytes], file: bytes | None) -> Iterator[Difference]:
    if len(rows) > 1:
        yield Difference(path, Disagreement.TWO_ROWS)
    if file is None:
        yield Difference(path, Disagreement.ROW_WITHOUT_FILE)
    elif any(row != file for row in rows):
        yield Difference(path, Disagreement.CHANGED)


def _row_identity(row: Row) -> bytes:
    if isinstance(row.raw, SealgateError):
        fault = reject_unreadable(row.path, row.raw)
        return _fault_identity(fault.reason, fault.detail)
    return row.raw.fingerprint
