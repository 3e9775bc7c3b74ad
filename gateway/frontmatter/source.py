"""Reading a file that somebody else may be changing, or may have replaced by something else."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from gateway.errors import FrontMatterError, Reason

_HINTS = {
    Reason.FILE_NOT_REGULAR: "Put a plain file there; links, pipes and devices are not followed.",
    Reason.FILE_UNREADABLE: "Give the gateway's user read access to the file.",
    Reason.FILE_TOO_LARGE: "Split the record, or raise the limit max_file_bytes.",
    Reason.FILE_NOT_FOUND: "Check the spelling of the path.",
}


def _failure(reason: Reason, message: str, path: Path) -> FrontMatterError:
    return FrontMatterError(reason, message, path=str(path), hint=_HINTS.get(reason, ""))


def _os_failure(error: OSError, path: Path) -> FrontMatterError:
    if error.errno == errno.ENOENT:
        return _failure(Reason.FILE_NOT_FOUND, "no such file", path)
    if error.errno in (errno.ELOOP, errno.ENXIO, errno.EISDIR, errno.ENOTDIR):
        return _failure(Reason.FILE_NOT_REGULAR, "not a regular file", path)
    return _failure(Reason.FILE_UNREADABLE, os.strerror(error.errno or 0).lower(), path)


def read_regular(path: Path, limit: int) -> bytes:
    """The bytes of a regular file of at most `limit` bytes.

    O_NONBLOCK: opening a FIFO that nobody writes to returns at once instead of never. O_NOFOLLOW:
    the last component may not be a link. The type is asked of the open descriptor, so that a swap
    between the look and the read changes nothing. Raises FrontMatterError.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise _os_failure(error, path) from None
    except ValueError:
        raise _failure(Reason.PATH_UNUSABLE, "the path holds a NUL character", path) from None
    try:
        return _read_open(descriptor, path, limit)
    finally:
        os.close(descriptor)


def _read_open(descriptor: int, path: Path, limit: int) -> bytes:
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise _failure(Reason.FILE_NOT_REGULAR, "not a regular file", path)
        if status.st_size > limit:
            raise _failure(Reason.FILE_TOO_LARGE, f"larger than {limit} bytes", path)
        return _read_at_most(descriptor, path, limit)
    except OSError as error:
        raise _os_failure(error, path) from None


def _read_at_most(descriptor: int, path: Path, limit: int) -> bytes:
    # The file may grow after fstat; what was promised is the bound, so it is enforced here too.
    chunks: list[bytes] = []
    left = limit + 1
    while left > 0 and (chunk := os.read(descriptor, left)):
        chunks.append(chunk)
        left -= len(chunk)
    if left == 0:
        raise _failure(Reason.FILE_TOO_LARGE, f"larger than {limit} bytes", path)
    return b"".join(chunks)
