"""The file of a SQLite store: whether it still is the one that was opened, and setting it aside.

It is never opened here, only looked at from outside: closing a second descriptor of it would drop
the locks that SQLite holds in this process (fcntl(2), "advisory record locking").
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum, auto
from pathlib import Path

from gateway.errors import Reason, StoreError

# A disk that damages every file is not mended by the next one.
KEPT_ASIDE = 4

# What SQLite keeps beside the file. A log that is left behind would be replayed into the next
# file of that name, so these go first.
_BESIDE = ("-wal", "-journal", "-shm")


class Condition(Enum):
    """REPLACED: another file has its name, or none. DAMAGED: it is shorter than it was."""

    SAME = auto()
    REPLACED = auto()
    DAMAGED = auto()


class StoreFile:
    """The file behind an open store, as it was when it was opened."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._identity = _identity(path)
        self._log = _identity(_beside(path, "-wal"))
        self._size = _size(path)

    def condition(self) -> Condition:
        if not self.is_same():
            return Condition.REPLACED
        size = _size(self.path)
        if size < self._size:
            return Condition.DAMAGED
        self._size = size
        if self._log is not None and _identity(_beside(self.path, "-wal")) != self._log:
            # What was committed since the last checkpoint is in a log that has no name any more.
            return Condition.REPLACED
        return Condition.SAME

    def is_same(self) -> bool:
        """Whether the name still leads to the file that was opened."""
        return _identity(self.path) == self._identity


def is_empty(path: Path) -> bool:
    """Whether there is a file, and nothing in it: not even what an unused store consists of."""
    try:
        return path.stat().st_size == 0
    except OSError:
        return False


def set_aside(path: Path) -> Path:
    """Give a damaged file and what lies beside it another name; that name.

    Raises StoreError when there are too many of them already, or it cannot be renamed.
    """
    free = [name for name in _names(path) if not name.exists()]
    if not free:
        message = f"the store was rebuilt {KEPT_ASIDE} times and is damaged again"
        hint = f"Check the disk; then remove the files {path.name}.damaged-*."
        raise StoreError(Reason.STORE_DAMAGED, message, path=str(path), hint=hint)
    try:
        for suffix in _BESIDE:
            with suppress(FileNotFoundError):
                os.rename(_beside(path, suffix), _beside(free[0], suffix))
        with suppress(FileNotFoundError):
            os.rename(path, free[0])
    except OSError as error:
        message = f"cannot set the damaged store aside: {os.strerror(error.errno or 0).lower()}"
        raise StoreError(Reason.STORE_DAMAGED, message, path=str(path)) from None
    return free[0]


def files_aside(path: Path) -> list[Path]:
    """The damaged stores that were set aside and that nobody has removed since."""
    return [name for name in _names(path) if name.exists()]


def _names(path: Path) -> list[Path]:
    return [path.with_name(f"{path.name}.damaged-{n}") for n in range(1, KEPT_ASIDE + 1)]


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Of all processes, only this one opens or replaces a store in the folder meanwhile.

    Where folders cannot be locked, nobody waits: SQLite's own locks keep the file whole.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
