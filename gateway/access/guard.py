"""Keeps up with the files that say which tokens count."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from gateway.access.access import Access
from gateway.access.key_file import TokenFileError

# What tells one state of a file from another; None where there is no file.
_State = tuple[int, int, int, int] | None


class Guard:
    """access: what is in force now; files: what it is read from, if anything. read: makes it from
    them; without: what holds while they cannot be read, in which no token counts; tell: told why,
    and None once all is well again."""

    def __init__(
        self,
        read: Callable[[], Access],
        without: Access,
        files: Sequence[Path],
        tell: Callable[[TokenFileError | None], None],
    ) -> None:
        self._read = read
        self._without = without
        self.files = files
        self._tell = tell
        # Before the files are read: a change in between is seen by the next look.
        self._seen = self._look()
        self.access = read()

    def refresh(self) -> None:
        """Take up what has changed. Blocks for as long as it takes to read small files."""
        state = self._look()
        if state == self._seen:
            return
        self._seen = state
        try:
            self.access = self._read()
        except TokenFileError as error:
            self.access = self._without
            self._tell(error)
        else:
            self._tell(None)

    def _look(self) -> tuple[_State, ...]:
        return tuple(map(_state_of, self.files))


def _state_of(path: Path) -> _State:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
