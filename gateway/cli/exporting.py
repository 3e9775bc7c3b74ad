"""What `export` does once its settings are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from gateway.app import Gateway
from gateway.cli.console import err, progress
from gateway.cli.output import opened
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
        with opened(output) as file, progress("Exporting") as report:
            stream.report = report
            for piece in writers[format_name](stream):
                file.write(piece)
    finally:
        gateway.close()
    err.print(f"Snapshot {stream.snapshot}: {stream.seen} records, {stream.withheld} withheld.")
