"""What a file says now, beside what the store knows of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from gateway.corpus.claim import claim_bytes, read_record_file
from gateway.corpus.layout import printable_path
from gateway.errors import Reason, SealgateError
from gateway.frontmatter.limits import Limits
from gateway.records.raw import RawRecord
from gateway.store.row import Row


@dataclass(frozen=True)
class Source:
    """A corpus: its name, its folder, and the bounds its files must keep."""

    corpus: str
    root: Path
    limits: Limits = field(default_factory=Limits)


class Known(NamedTuple):
    """What the store has at a path. sha256: of the file."""

    row_id: int
    sha256: bytes


@dataclass(frozen=True)
class Change:
    """The next content of one path; a raw that is an error is stored as the reason.

    unread: whether the file could not even be read. heals: the row whose content is not its file's.
    """

    path: str
    sha256: bytes
    raw: RawRecord | SealgateError
    unread: bool = False
    heals: int | None = None

    def is_partial(self) -> bool:
        """Whether it says nothing about the record (ADR 3)."""
        raw = self.raw
        return self.unread or (
            isinstance(raw, SealgateError) and raw.code is Reason.FILE_INCOMPLETE
        )


# Paths to look at, each with what is known of it.
Batch = Sequence[tuple[str, Known | None]]


@dataclass(frozen=True)
class Looked:
    """changes: what is new; unread: the paths at which nothing could be read, new or not."""

    changes: list[Change]
    unread: list[str]


@dataclass(frozen=True)
class Looking:
    """Looks at files; a process of its own can be handed one."""

    source: Source

    def __call__(self, batch: Batch) -> Looked:
        """What is new at the paths of a batch."""
        found = Looked([], [])
        for path, known in batch:
            change = look(self.source, path, known, found.unread)
            if change is not None:
                found.changes.append(change)
        return found


def look(source: Source, path: str, known: Known | None, unread: list[str]) -> Change | None:
    """None when the file's bytes are those that are known. unread: where the path is entered, if
    they could not be read."""
    shown = printable_path(path)
    try:
        data = read_record_file(source.root, path, source.limits)
    except SealgateError as error:
        unread.append(path)
        return _unread(shown, error.at(shown), known)
    sha256 = hashlib.sha256(data).digest()
    if known is not None and known.sha256 == sha256:
        return None
    return Change(shown, sha256, _claim(source, shown, data))


def _unread(shown: str, fault: SealgateError, known: Known | None) -> Change | None:
    sha256 = hashlib.sha256(str(fault).encode()).digest()
    if known is not None and known.sha256 == sha256:
        return None
    return Change(shown, sha256, fault, unread=True)


def compare(
    source: Source, path: str, known: Mapping[str, Known], rows: Mapping[str, Row]
) -> Change | None:
    """The same, not taking the store's word for it that a row holds what its file says."""
    change = look(source, path, known.get(path), [])
    if change is not None or path not in rows:
        return change
    try:
        data = read_record_file(source.root, path, source.limits)
    except SealgateError:
        return None
    return _healing(rows[path], source, data)


def _healing(row: Row, source: Source, data: bytes) -> Change | None:
    """None when the row holds what its file says."""
    raw = _claim(source, row.path, data)
    if _content(raw) == _content(row.raw):
        return None
    return Change(row.path, hashlib.sha256(data).digest(), raw, heals=row.id)


def _content(raw: RawRecord | SealgateError) -> object:
    return raw if isinstance(raw, RawRecord) else (raw.code, raw.message, raw.line)


def _claim(source: Source, path: str, data: bytes) -> RawRecord | SealgateError:
    try:
        return claim_bytes(source.corpus, path, data, source.limits)
    except SealgateError as error:
        return error
