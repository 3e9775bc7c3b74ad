"""How the command speaks: tables on standard output, everything else on standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

# Told how many of how many are done.
Report = Callable[[int, int], None]

# rich looks at the terminal, NO_COLOR and TERM by itself; files and pipes get plain text.
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(value: object) -> None:
    """Indented JSON on standard output, for scripts."""
    out.out(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode(), highlight=False)


@contextmanager
def progress(title: str) -> Iterator[Report]:
    """A progress bar on a terminal's standard error; nothing elsewhere, and gone when done."""
    bar = Progress(
        TextColumn(title),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )
    task = bar.add_task(title, total=None)

    def report(done: int, total: int) -> None:
        bar.update(task, completed=done, total=total)

    with bar:
        yield report
