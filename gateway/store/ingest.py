"""From a folder of files to the next snapshot, in one transaction."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from gateway.corpus.layout import record_paths
from gateway.crew import ALONE, Crew
from gateway.errors import Reason, SealgateError
from gateway.store.damage import damaged, octets
from gateway.store.files import Files
from gateway.store.look import Change, Known, Looking, Source, compare
from gateway.store.sightings import Sightings
from gateway.store.spool import Spool
from gateway.store.store import Snapshot, Store, living
from gateway.store.tables import rows, snapshots
from gateway.store.writing import Writing

# Snapshots kept for readers that still page through them.
KEPT_SNAPSHOTS = 64

# Reading a file takes so many times less than parsing it, too.
_CHEAPER = 20

Progress = Callable[[int, int], None]


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
class _Before:
    """What the store held before the folder was looked at."""

    latest: Snapshot
    known: Mapping[str, Known]


@dataclass(frozen=True)
class _Look:
    """What a look brought: what is new, and what is gone."""

    before: _Before
    changes: Spool[Change]
    gone: AbstractSet[str] = frozenset()
    incomplete: tuple[SealgateError, ...] = ()


def ingest(
    source: Source,
    store: Store,
    now: int,
    progress: Progress | None = None,
    crew: Crew = ALONE,
    sightings: Sightings | None = None,
) -> Ingested:
    """Bring the store up to what the folder holds, and say what changed.

    Only files whose bytes changed are parsed, by a crew if there are many, and those that stand as
    they were sighted before are not even read. `progress(done, total)` is called as they are done.
    The next snapshot appears as a whole or not at all. Raises
    StoreError, or SealgateError when the folder cannot be listed or the crew lost a process.
    """
    folder = _identity(source.root)
    paths = record_paths(source.root)
    before = _before(store, source.corpus)
    if before.known and not paths:
        # An unmounted disk looks like this far more often than a publisher who withdrew it all.
        raise _missing(source, "the folder holds no records any more, so the last snapshot stays")
    looking = _look_at_all(
        source, paths, before, progress or (lambda _done, _total: None), crew, sightings
    )
    with looking as look:
        if _identity(source.root) != folder:
            # Whatever was not found was perhaps not removed: it was looked for somewhere else.
            raise _missing(source, "the folder was replaced while it was read")
        return _write(store, source.corpus, look, now)


@contextmanager
def _look_at_all(
    source: Source,
    paths: list[str],
    before: _Before,
    progress: Progress,
    crew: Crew,
    sightings: Sightings | None,
) -> Iterator[_Look]:
    known = before.known
    files = Files(source.root, paths, known, Sightings() if sightings is None else sightings)
    count = files.new + (len(paths) - files.new) // _CHEAPER
    incomplete: list[SealgateError] = []
    with Spool[Change]() as changes:
        for found in crew.map(Looking(source), files.tasks(), count):
            files.note(found)
            _sort_in(found.changes, known, changes, incomplete)
            progress(files.done, len(paths))
        files.end()
        progress(files.done, len(paths))
        absent = known.keys() - files.shown
        standing = _standing(source.root, absent)
        gone = absent - {error.path for error in standing}
        yield _Look(before, changes, gone, (*incomplete, *standing))


def _sort_in(
    found: Iterable[Change],
    known: Mapping[str, Known],
    changes: Spool[Change],
    incomplete: list[SealgateError],
) -> None:
    """What says nothing about a record does not push out its last whole content (ADR 3)."""
    kept: list[Change] = []
    for item in found:
        if item.is_partial() and isinstance(item.raw, SealgateError):
            if item.path in known or not item.unread:
                incomplete.append(item.raw)
            if item.path in known:
                continue
        kept.append(item)
    changes.put(kept)


def heal(source: Source, store: Store, suspects: Collection[str], now: int) -> Ingested | None:
    """Compare the rows of these paths with their files, and write those anew that differ.

    A file whose bytes are those that were stored is otherwise not looked at again: its row could
    stay damaged for ever. None when nothing differs. Raises StoreError.
    """
    before = _before(store, source.corpus)
    ids = [before.known[path].row_id for path in suspects if path in before.known]
    found = {row.path: row for row in store.read(ids)}
    compared = (compare(source, path, before.known, found) for path in sorted(suspects))
    with Spool[Change]() as changes:
        _sort_in(filter(None, compared), before.known, changes, [])
        look = _Look(before, changes)
        return _write(store, source.corpus, look, now) if len(changes) else None


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


def _write(store: Store, corpus: str, look: _Look, now: int) -> Ingested:
    if not (len(look.changes) or look.gone):
        return Ingested(look.before.latest, 0, 0, 0, look.incomplete)
    with store.writing() as connection:
        return _commit(connection, corpus, look, now)


def _commit(connection: sa.Connection, corpus: str, look: _Look, now: int) -> Ingested:
    """Write what is still news: another gateway on this store may have looked, too."""
    latest, known = _latest(connection), look.before.known
    if latest != look.before.latest:
        known = _known(connection, corpus)
    writing = Writing(connection, corpus, latest, known, now)
    for batch in look.changes.batches():
        writing.enter([change for change in batch if _is_news(change, known)])
    # What another gateway entered meanwhile was perhaps not there yet when this one looked.
    before = look.before.known
    gone = sorted(path for path in look.gone if known.get(path) == before[path])
    writing.remove(gone)
    done = writing.counts
    if writing.snapshot != latest:
        _check(connection, corpus, writing.snapshot, len(known) - len(gone) + done.added)
        _prune(connection, writing.snapshot.id - KEPT_SNAPSHOTS)
    return Ingested(
        writing.snapshot, done.added, done.changed, len(gone), look.incomplete, done.healed
    )


def _before(store: Store, corpus: str) -> _Before:
    with store.reading() as connection:
        return _Before(_latest(connection), _known(connection, corpus))


def _known(connection: sa.Connection, corpus: str) -> dict[str, Known]:
    """What is at each path. A row whose life no gateway wrote has the hash of no file."""
    latest = _latest(connection).id
    is_open = rows.c.removed_in.is_(None)
    is_sound = sa.and_(is_open, rows.c.added_in <= latest)
    query = sa.select(rows.c.path, rows.c.id, rows.c.file_sha256, is_sound).where(
        rows.c.corpus == corpus, sa.or_(is_open, rows.c.removed_in > latest)
    )
    return {
        str(path): Known(row_id, octets(sha256) if sound else b"")
        for path, row_id, sha256, sound in connection.execute(query)
    }


def _check(connection: sa.Connection, corpus: str, snapshot: Snapshot, expected: int) -> None:
    """Raises StoreError where readers would not find all that was written: an entry of an index
    that was damaged hides those behind it, and what is entered anew may stand there, too."""
    query = sa.select(sa.func.count(sa.distinct(rows.c.path))).where(
        rows.c.corpus == corpus, living(snapshot.id)
    )
    found = connection.execute(query).scalar()
    if found != expected:
        raise damaged(f"of {expected} records that were written {found} can be found")


def _is_news(change: Change, known: Mapping[str, Known]) -> bool:
    found = known.get(change.path)
    if change.heals is not None:
        return found is not None and found.row_id == change.heals
    return found is None or found.sha256 != change.sha256


def _latest(connection: sa.Connection) -> Snapshot:
    found = connection.execute(sa.select(snapshots).order_by(snapshots.c.id.desc())).first()
    return Snapshot(0, 0) if found is None else Snapshot(found.id, found.created_at)


def _prune(connection: sa.Connection, oldest: int) -> None:
    """Forget rows that live in no kept snapshot, and the snapshots before the oldest kept one."""
    connection.execute(rows.delete().where(rows.c.removed_in <= oldest))
    connection.execute(snapshots.delete().where(snapshots.c.id < oldest))
