"""From a folder of files to the next snapshot, in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa

from gateway.corpus.claim import claim_bytes, read_record_file
from gateway.corpus.layout import printable_path, record_paths
from gateway.errors import Reason, SealgateError
from gateway.frontmatter.limits import Limits
from gateway.records.raw import RawRecord
from gateway.store.store import Snapshot, Store, store_errors
from gateway.store.tables import rows, snapshots

# Snapshots kept for readers that still page through them.
KEPT_SNAPSHOTS = 64

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Source:
    """A corpus: its name, its folder, and the bounds its files must keep."""

    corpus: str
    root: Path
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Ingested:
    """What an ingest did. incomplete: files caught half-written, whose last whole content stays."""

    snapshot: Snapshot
    added: int
    changed: int
    removed: int
    incomplete: tuple[SealgateError, ...]


@dataclass(frozen=True)
class _Change:
    """The next content of one path; a raw that is an error is stored as the reason."""

    path: str
    sha256: bytes
    raw: RawRecord | SealgateError


_Known = Mapping[str, tuple[int, bytes]]


def ingest(source: Source, store: Store, now: int, progress: Progress | None = None) -> Ingested:
    """Bring the store up to what the folder holds, and say what changed.

    Only files whose bytes changed are parsed. `progress(done, total)` is called once a file. The
    next snapshot appears as a whole or not at all. Raises StoreError, or SealgateError when the
    folder cannot be listed.
    """
    paths = record_paths(source.root)
    with store_errors(), store.engine.connect() as connection:
        known = _known(connection, source.corpus)
    if known and not paths:
        # An unmounted disk looks like this far more often than a publisher who withdrew it all.
        raise SealgateError(
            Reason.SEEDS_MISSING,
            "the folder holds no records any more, so the last snapshot stays",
            path=str(source.root),
            hint="Bring the files back; or remove the store, if nothing is to be served.",
        )
    changes: list[_Change] = []
    incomplete: list[SealgateError] = []
    for number, path in enumerate(paths, start=1):
        change = _look(source, path, known)
        if change is not None:
            _sort_in(change, known, changes, incomplete)
        if progress is not None:
            progress(number, len(paths))
    present = {printable_path(path) for path in paths}
    with store_errors(), store.writing() as connection:
        return _commit(connection, source.corpus, changes, present, incomplete, now)


def _commit(
    connection: sa.Connection,
    corpus: str,
    changes: list[_Change],
    present: set[str],
    incomplete: list[SealgateError],
    now: int,
) -> Ingested:
    """Write what is still news: another gateway on this store may have looked, too."""
    known = _known(connection, corpus)
    news = [change for change in changes if not _is_known(change.path, change.sha256, known)]
    gone = sorted(known.keys() - present)
    latest = _latest(connection)
    if news or gone:
        latest = _write(connection, corpus, latest, news, gone, known, now)
    added = sum(change.path not in known for change in news)
    return Ingested(latest, added, len(news) - added, len(gone), tuple(incomplete))


def _sort_in(
    change: _Change, known: _Known, changes: list[_Change], incomplete: list[SealgateError]
) -> None:
    """A file caught half-written does not push out its last whole content."""
    if isinstance(change.raw, SealgateError) and change.raw.code is Reason.FILE_INCOMPLETE:
        incomplete.append(change.raw)
        if change.path in known:
            return
    changes.append(change)


def _known(connection: sa.Connection, corpus: str) -> dict[str, tuple[int, bytes]]:
    query = sa.select(rows.c.path, rows.c.id, rows.c.file_sha256).where(
        rows.c.corpus == corpus, rows.c.removed_in.is_(None)
    )
    return {row.path: (row.id, bytes(row.file_sha256)) for row in connection.execute(query)}


def _is_known(path: str, sha256: bytes, known: _Known) -> bool:
    return path in known and known[path][1] == sha256


def _look(source: Source, path: str, known: _Known) -> _Change | None:
    """None when the file's bytes are those that are stored already."""
    shown = printable_path(path)
    try:
        data = read_record_file(source.root, path, source.limits)
    except SealgateError as error:
        fault = error.at(shown)
        sha256 = hashlib.sha256(str(fault).encode()).digest()
        return None if _is_known(shown, sha256, known) else _Change(shown, sha256, fault)
    sha256 = hashlib.sha256(data).digest()
    if _is_known(shown, sha256, known):
        return None
    return _Change(shown, sha256, _claim(source, shown, data))


def _claim(source: Source, path: str, data: bytes) -> RawRecord | SealgateError:
    try:
        return claim_bytes(source.corpus, path, data, source.limits)
    except SealgateError as error:
        return error


def _latest(connection: sa.Connection) -> Snapshot:
    found = connection.execute(sa.select(snapshots).order_by(snapshots.c.id.desc())).first()
    return Snapshot(0, 0) if found is None else Snapshot(found.id, found.created_at)


def _write(
    connection: sa.Connection,
    corpus: str,
    latest: Snapshot,
    changes: list[_Change],
    gone: Iterable[str],
    known: _Known,
    now: int,
) -> Snapshot:
    snapshot = Snapshot(latest.id + 1, now)
    connection.execute(snapshots.insert().values(id=snapshot.id, created_at=now))
    ended = [known[change.path][0] for change in changes if change.path in known]
    ended += [known[path][0] for path in gone]
    for start in range(0, len(ended), 500):
        batch = rows.c.id.in_(ended[start : start + 500])
        connection.execute(rows.update().where(batch).values(removed_in=snapshot.id))
    if changes:
        values = [_values(corpus, change, snapshot.id) for change in changes]
        connection.execute(rows.insert(), values)
    _prune(connection, snapshot.id - KEPT_SNAPSHOTS)
    return snapshot


def _values(corpus: str, change: _Change, snapshot: int) -> dict[str, Any]:
    raw = change.raw
    common = {
        "corpus": corpus,
        "path": change.path,
        "added_in": snapshot,
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


def _prune(connection: sa.Connection, oldest: int) -> None:
    """Forget rows that live in no kept snapshot, and the snapshots before the oldest kept one."""
    connection.execute(rows.delete().where(rows.c.removed_in <= oldest))
    connection.execute(snapshots.delete().where(snapshots.c.id < oldest))
