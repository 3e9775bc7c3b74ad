"""Where results go: standard output, or a file that appears as a whole or not at all."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from gateway.errors import Reason, SealgateError
from gateway.replacement import replacing


@contextmanager
def opened(output: Path | None, mode: int = 0o644) -> Iterator[IO[bytes]]:
    """Standard output, or a file that takes its name once it is complete.

    A new file has this mode, one that was there keeps its own; links are followed, and devices and
    pipes written into. Raises SealgateError where it cannot be written.
    """
    try:
        if output is None:
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        elif output.exists() and not output.is_file():
            with output.open("wb") as file:
                yield file
        else:
            with replacing(output.resolve(), mode) as file:
                yield file
    except BrokenPipeError:
        raise  # whoever read has had enough, which the command line ends quietly for
    except OSError as error:
        message = f"cannot write: {os.strerror(error.errno or errno.EIO).lower()}"
        shown = "standard output" if output is None else str(output)
        raise SealgateError(Reason.FILE_UNREADABLE, message, path=shown) from None


def write_new(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a file that is not there yet. Raises SealgateError, also when it is."""
    if os.path.lexists(path):
        hint = "Choose another name; it is never overwritten."
        raise SealgateError(Reason.FILE_UNREADABLE, "there is a file", path=str(path), hint=hint)
    with opened(path, mode) as file:
        file.write(data)
