"""A folder for files that are of no use to anybody else, and to nobody once this process ended.

It is locked as long as its process lives. So the next gateway can tell what a killed one left
behind, and cleaners of temporary files leave it alone: systemd-tmpfiles(8) passes over folders that
are locked.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from gateway.index.damage import folder_error

PREFIX = "sealgate-index-"

# What happens to a folder between being made and being locked does not happen so often in a row.
_ATTEMPTS = 10


class Folder:
    """A new folder below `parent`, closed to all other users; gone when the process ends.

    Raises OSError.
    """

    def __init__(self, parent: Path) -> None:
        _sweep(parent)
        self.path, held = _made(parent)
        self._numbers = count(1)
        self.remove = weakref.finalize(self, _remove, self.path, held, os.getpid())

    def new_name(self) -> Path:
        """Where no file is yet."""
        return self.path / f"{next(self._numbers)}.db"


class _Present:
    """The folder of this process, made when it is needed first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folder: Folder | None = None

    def get(self) -> Folder:
        with self._lock:
            if self._folder is None or not self._folder.path.is_dir():
                self._folder = Folder(Path(tempfile.gettempdir()))
            return self._folder


_PRESENT = _Present()


def new_name() -> Path:
    """Where this process may make a file. Raises StoreError."""
    try:
        return _PRESENT.get().new_name()
    except OSError as error:
        raise folder_error(error) from None


def _made(parent: Path) -> tuple[Path, int]:
    for _ in range(_ATTEMPTS):
        path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        with suppress(FileNotFoundError):
            held = _opened(path)
            # Where folders cannot be locked, nobody takes this one for left behind either.
            with suppress(OSError):
                fcntl.flock(held, fcntl.LOCK_EX)
            if _leads_to(path, held):
                return path, held
            # Another gateway found it before it was locked, and removed it.
            os.close(held)
    raise FileNotFoundError


def _opened(path: Path) -> int:
    """The folder itself: never what a link of that name leads to."""
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def _leads_to(path: Path, held: int) -> bool:
    try:
        return os.path.samestat(os.lstat(path), os.fstat(held))
    except FileNotFoundError:
        return False


def _sweep(parent: Path) -> None:
    """Remove the folders of this user whose process has ended."""
    for path in parent.glob(f"{PREFIX}*"):
        with suppress(OSError), _open(path) as held:
            if os.fstat(held).st_uid == os.geteuid():
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _empty(path, held)


@contextmanager
def _open(path: Path) -> Iterator[int]:
    held = _opened(path)
    try:
        yield held
    finally:
        os.close(held)


def _empty(path: Path, held: int) -> None:
    # By name within the folder that was opened, whatever `path` leads to by now.
    for name in os.listdir(held):
        os.unlink(name, dir_fd=held)
    path.rmdir()


def _remove(path: Path, held: int, owner: int) -> None:
    # A process that was forked off this one takes nothing away from it.
    if os.getpid() == owner:
        with suppress(OSError):
            _empty(path, held)
    os.close(held)
