"""A file of JSON lines, each with the SHA-256 of the one before: what is cut or changed shows.

Several processes append to one file. Each line is one write under a lock, so that no two know the
same predecessor. docs/operations.md describes the lines; docs/adr/0015 says why they are kept so.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

NO_LINE = "0" * 64

# How every line begins.
_BEGINNING = b'{"seq":'

# The longest line that is written, and so the longest that is read, in bytes.
MAX_LINE = 1 << 16

# Others hold the lock for as long as a write takes; who holds it longer must not stop us for ever.
_TRIES = 40
_PAUSE_SECONDS = 0.005


@dataclass(frozen=True)
class Head:
    """The last line so far. seq: its number, 0 before there is one; digest: its SHA-256, in hex."""

    seq: int = 0
    digest: str = NO_LINE


def digest_of(line: bytes) -> str:
    """line: without the line feed at its end."""
    return sha256(line).hexdigest()


class ChainFile:
    """Appends lines. Every method raises OSError where the file cannot be used."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1
        self._head = Head()
        self._size = -1
        self._lock = threading.Lock()

    @property
    def head(self) -> Head:
        """The last line that this process knows of."""
        return self._head

    def append(self, event: Mapping[str, Any]) -> Head:
        """Write one line: its number, what the event says, and the digest of the line before."""
        with self._lock, self._locked() as size:
            self._catch_up(size)
            seq = self._head.seq + 1
            line = orjson.dumps({"seq": seq, **event, "previous": self._head.digest})
            self._write(line + b"\n")
            self._head = Head(seq, digest_of(line))
            return self._head

    def close(self) -> None:
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor, self._size = -1, -1

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """The block in which nobody else writes to the file at the path, and its size in bytes."""
        while True:
            if self._descriptor < 0:
                self._open()
            descriptor = self._descriptor
            _lock(descriptor)
            try:
                if self._is_in_place():
                    yield os.fstat(descriptor).st_size
                    return
                # It was renamed, and is whole, now that nobody holds its lock: go on from its end.
                self._catch_up(os.fstat(descriptor).st_size)
            finally:
                fcntl.flock(descriptor, fcntl.LOCK_UN)
            self._close()

    def _open(self) -> None:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
        descriptor = os.open(self._path, flags, 0o600)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError(errno.EINVAL, "not a regular file")
        self._descriptor, self._size = descriptor, -1

    def _is_in_place(self) -> bool:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return False
        own = os.fstat(self._descriptor)
        return (found.st_dev, found.st_ino) == (own.st_dev, own.st_ino)

    def _catch_up(self, size: int) -> None:
        """Read the last line, if others wrote since. An empty file goes on where we were."""
        if size == self._size:
            return
        if size:
            self._head, size = self._read_head(size)
        self._size = size

    def _read_head(self, size: int) -> tuple[Head, int]:
        """The last whole line, and where it ends. Half a line behind it, of somebody who died or
        had no room, was never an entry: it is cut off."""
        start = max(0, size - 2 * MAX_LINE)
        tail = os.pread(self._descriptor, size - start, start)
        end = tail.rfind(b"\n") + 1
        rest = tail[end:]
        if rest and rest.startswith(_BEGINNING[: len(rest)]):
            os.ftruncate(self._descriptor, start + end)
        elif rest:
            # Not ours: it stays as it is, and the chain shows it.
            self._write(b"\n")
            end = len(tail := tail + b"\n")
        line = tail[:end].removesuffix(b"\n").rpartition(b"\n")[2]
        return _head_of(line), start + end

    def _write(self, data: bytes) -> None:
        try:
            written = os.write(self._descriptor, data)
            if written == len(data):
                self._size += written
                return
            error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as failure:
            error = failure
        # No half line is left behind, and whatever is there now is read before the next one.
        os.ftruncate(self._descriptor, self._size)
        self._size = -1
        raise error


def _lock(descriptor: int) -> None:
    for _ in range(_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE_SECONDS)
        else:
            return
    raise TimeoutError(errno.ETIMEDOUT, "somebody else holds its lock")


def _head_of(line: bytes) -> Head:
    """What follows a line that is no entry begins with the number 1, and names it all the same."""
    if not line:
        return Head()
    entry = read_entry(line)
    return Head(0 if entry is None else entry["seq"], digest_of(line))


def read_entry(line: bytes) -> dict[str, Any] | None:
    """The entry in a line; None where there is none."""
    try:
        entry = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    match entry:
        case {"seq": int(seq), "previous": str()} if seq > 0:
            return dict(entry)
    return None
