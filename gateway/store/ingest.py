"""From a folder of files to the next snapshot, in one transaction."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson
import sqlalchemy as sa

from gateway.corpus.claim import claim_bytes, read_record_file
from gateway.corpus.layout import printable_path, record_paths
from gateway.errors import Reason, SealgateError
from gateway.frontmatter.limits import Limits
from gateway.records.raw import RawRecord
from gateway.store.damage import octets
from gateway.store.row import Row
from gateway.store.store import Snapshot, Store
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
    """What an ingest did. incomplete: why the last whole content of a path stays, though there is
    something else now: a file caught half-written, or nothing that can be read as a file.
    healed: rows that were not what their file says, though the file had not changed; they are
    counted as changed, too.
    """

    snapshot: Snapshot
    added: int
    changed: int
    removed: int
    incomplete: tuple[SealgateError, ...]
    healed: int = 0


@dataclass(frozen=True)
class _Change:
    """The next content of one path; a raw that is an error is stored as the reason.

    unread: whether the file could not even be read. heals: the row whose content is not its file's.
    """

    path: str
    sha256: bytes
    raw: RawRecord | SealgateError
    unread: bool = False
    heals: int | None = None


_Known = Mapping[str, tuple[int, bytes]]


def ingest(source: Source, store: Store, now: int, progress: Progress | None = None) -> Ingested:
    """Bring the store up to what the folder holds, and say what changed.

    Only files whose bytes changed are parsed. `progress(done, total)` is called once a file. The
    next snapshot appears as a whole or not at all. Raises StoreError, or SealgateError when the
    folder cannot be listed.
    """
    folder = _identity(source.root)
    paths = record_paths(source.root)
    with store.reading() as connection:
        known = _known(connection, source.corpus)
    if known and not paths:
        # An unmounted disk looks like this far more often than a publisher who withdrew it all.
        raise _missing(source, "the folder holds no records any more, so the last snapshot stays")
    look = _look_at_all(source, paths, known, progress)
    if _identity(source.root) != folder:
        # Whatever was not found was perhaps not removed: it was looked for somewhere else.
        raise _missing(source, "the folder was replaced while it was read")
    with store.writing() as connection:
        return _commit(connection, source.corpus, look, now)


def _look_at_all(
    source: Source, paths: list[str], known: _Known, progress: Progress | None
) -> _Look:
    changes: list[_Change] = []
    incomplete: list[SealgateError] = []
    for number, path in enumerate(paths, start=1):
        change = _look(source, path, known)
        if change is not None:
            _sort_in(change, known, changes, incomplete)
        if progress is not None:
            progress(number, len(paths))
    absent = known.keys() - {printable_path(path) for path in paths}
    standing = _standing(source.root, absent)
    gone = absent - {error.path for error in standing}
    return _Look(known, changes, gone, (*incomplete, *standing))


def heal(source: Source, store: Store, suspects: Collection[str], now: int) -> Ingested | None:
    """Compare the rows of these paths with their files, and write those anew that differ.

    A file whose bytes are those that were stored is otherwise not looked at again: its row could
    stay damaged for ever. None when nothing differs. Raises StoreError.
    """
    with store.reading() as connection:
        known = _known(connection, source.corpus)
    ids = [known[path][0] for path in suspects if path in known]
    found = {row.path: row for row in store.read(ids)}
    changes: list[_Change] = []
    for path in sorted(suspects):
        change = _look(source, path, known, found)
        if change is not None:
            _sort_in(change, known, changes, [])
    if not changes:
        return None
    with store.writing() as connection:
        return _commit(connection, source.corpus, _Look(known, changes, frozenset(), ()), now)


def _identity(root: Path) -> tuple[int, int] | None:
    try:
        status = root.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _missing(source: Source, message: str) -> SealgateError:
    hint = "Bring the files back; or remove the store, if nothing is to be served."
    return SealgateError(Reason.SEEDS_MISSING, message, path=str(source.root), hint=hint)


def _standing(root: Path, paths: Iterable[str]) -> list[SealgateError]:
    """Why those of the paths that are not listed any more are not known to be gone, either.

    A path is gone when the system says that nothing is there. A folder in place of the file, or
    one above it that cannot be searched, says nothing about the record.
    """
    found: list[SealgateError] = []
    for path in sorted(paths):
        try:
            os.lstat(root / path)
        except (FileNotFoundError, NotADirectoryError, ValueError):
            continue
        except OSError as error:
            message = os.strerror(error.errno or 0).lower()
            hint = "Give the gateway's user access to the folders above it."
            found.append(SealgateError(Reason.FILE_UNREADABLE, message, path=path, hint=hint))
        else:
            hint = "Put a plain file there, or remove what is there."
            message = "not listed as a file any more"
            found.append(SealgateError(Reason.FILE_NOT_REGULAR, message, path=path, hint=hint))
    return found


@dataclass(frozen=True)
class _Look:
    """What was known before the folder was looked at, and what the look brought."""

    known: _Known
    changes: list[_Change]
    gone: AbstractSet[str]
    incomplete: tuple[SealgateError, ...]


def _commit(connection: sa.Connection, corpus: str, look: _Look, now: int) -> Ingested:
    """Write what is still news: another gateway on this store may have looked, too."""
    known = _known(connection, corpus)
    news = [change for change in look.changes if _is_news(change, known)]
    # What another gateway entered meanwhile was perhaps not there yet when this one looked.
    gone = sorted(path for path in look.gone if known.get(path) == look.known[path])
    latest = _latest(connection)
    if news or gone:
        latest = _write(connection, corpus, latest, news, gone, known, now)
    added = sum(change.path not in known for change in news)
    healed = sum(change.heals is not None for change in news)
    return Ingested(latest, added, len(news) - added, len(gone), look.incomplete, healed)


def _sort_in(
    change: _Change, known: _Known, changes: list[_Change], incomplete: list[SealgateError]
) -> None:
    """What says nothing about a record does not push out its last whole content (ADR 3)."""
    raw = change.raw
    if isinstance(raw, SealgateError) and (change.unread or raw.code is Reason.FILE_INCOMPLETE):
        if change.path in known:
            incomplete.append(raw)
            return
        if not change.unread:
            incomplete.append(raw)
    changes.append(change)


def _known(connection: sa.Connection, corpus: str) -> dict[str, tuple[int, bytes]]:
    """Row and hash of each path. A row whose life no gateway wrote has the hash of no file."""
    latest = _latest(connection).id
    is_open = rows.c.removed_in.is_(None)
    is_sound = sa.and_(is_open, rows.c.added_in <= latest)
    query = sa.select(rows.c.path, rows.c.id, rows.c.file_sha256, is_sound).where(
        rows.c.corpus == corpus, sa.or_(is_open, rows.c.removed_in > latest)
    )
    return {
        str(path): (row_id, octets(sha256) if sound else b"")
        for path, row_id, sha256, sound in connection.execute(query)
    }


def _is_known(path: str, sha256: bytes, known: _Known) -> bool:
    return path in known and known[path][1] == sha256


def _is_news(change: _Change, known: _Known) -> bool:
    if change.heals is not None:
        return change.path in known and known[change.path][0] == change.heals
    return not _is_known(change.path, change.sha256, known)


def _look(
    source: Source, path: str, known: _Known, suspects: Mapping[str, Row] = MappingProxyType({})
) -> _Change | None:
    """None when the file's bytes are those that are stored already, and no suspect says else."""
    shown = printable_path(path)
    try:
        data = read_record_file(source.root, path, source.limits)
    except SealgateError as error:
        fault = error.at(shown)
        sha256 = hashlib.sha256(str(fault).encode()).digest()
        if _is_known(shown, sha256, known):
            return None
        return _Change(shown, sha256, fault, unread=True)
    sha256 = hashlib.sha256(data).digest()
    if not _is_known(shown, sha256, known):
        return _Change(shown, sha256, _claim(source, shown, data))
    return _healing(suspects[shown], sha256, source, data) if shown in suspects else None


def _healing(row: Row, sha256: bytes, source: Source, data: bytes) -> _Change | None:
    """None when the row holds what its file says."""
    raw = _claim(source, row.path, data)
    if _content(raw) == _content(row.raw):
        return None
    return _Change(row.path, sha256, raw, heals=row.id)


def _content(raw: RawRecord | SealgateError) -> object:
    return raw if isinstance(raw, RawRecord) else (raw.code, raw.message, raw.line)


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
