"""What `export` does once its settings are known."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from gateway.app import Gateway
from gateway.cli.console import err, progress
from gateway.errors import Reason, SealgateError
from gateway.export.json_feed import json_feed
from gateway.export.ndjson import ndjson
from gateway.logs import set_up_logs
from gateway.repository.stream import Stream
from gateway.settings import Settings

Write = Callable[[Stream], Iterator[bytes]]


def run_export(settings: Settings, format_name: str, output: Path | None) -> None:
    """Write the verified snapshot to a file or to standard output. Raises SealgateError."""
    set_up_logs(settings.log_format, settings.log_level)
    writers: dict[str, Write] = {
        "ndjson": ndjson,
        "json-feed": lambda stream: json_feed(stream, settings.corpus),
    }
    gateway = Gateway(settings)
    try:
        with progress("Ingesting") as report:
            stream = gateway.stream(report)
        with _target(output) as file, progress("Exporting") as report:
            stream.report = report
            for piece in writers[format_name](stream):
                file.write(piece)
    finally:
        gateway.close()
    err.print(f"Snapshot {stream.snapshot}: {stream.seen} records, {stream.withheld} withheld.")


@contextmanager
def _target(output: Path | None) -> Iterator[IO[bytes]]:
    """Standard output, or a file that takes its name once it is complete."""
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
