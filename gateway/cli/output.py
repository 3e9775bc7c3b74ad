"""Where results go: standard output, or a file that appears as a whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from gateway.errors import Reason, SealgateError


@contextmanager
def opened(output: Path | None) -> Iterator[IO[bytes]]:
    """Standard output, or a file that takes its name once it is complete.

    Raises SealgateError where it cannot be written.
    """
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        descriptor, name = tempfile.mkstemp(dir=output.parent, prefix=".export-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
            os.chmod(name, 0o644)
            os.replace(name, output)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        message = f"cannot write: {os.strerror(error.errno or 0).lower()}"
        raise SealgateError(Reason.FILE_UNREADABLE, message, path=str(output)) from None
