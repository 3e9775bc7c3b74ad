"""What `audit` does once its settings are known."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from gateway.audit.audit import audit
from gateway.audit.bench import Bench
from gateway.audit.comparison import existing_store
from gateway.audit.html_form import to_html
from gateway.audit.json_form import to_json
from gateway.audit.markdown_form import to_markdown
from gateway.audit.report import Report
from gateway.audit.tables import Table, facts, groupings, headline, listings
from gateway.cli.console import err, out, progress
from gateway.cli.output import opened
from gateway.frontmatter.limits import Limits
from gateway.settings import Settings
from gateway.store.store import Store
from gateway.trust.directory import read_trust

_FORMS: dict[str, Callable[[Report], bytes]] = {
    "json": to_json,
    "markdown": to_markdown,
    "html": to_html,
}
_WIDE = 4000


def run_audit(settings: Settings, format_name: str, output: Path | None, jobs: int | None) -> bool:
    """Write the report; whether all is well. Raises SealgateError."""
    store = existing_store(settings.store)
    try:
        report = _audit(settings, store, jobs)
    finally:
        if store is not None:
            store.close()
    if output is None and format_name == "table":
        _print(report, out)
    else:
        data = _FORMS.get(format_name, _as_text)(report)
        with opened(output) as file:
            file.write(data)
    if output is not None:
        err.print(headline(report), markup=False)
    return report.is_clean


def _audit(settings: Settings, store: Store | None, jobs: int | None) -> Report:
    trust = read_trust(settings.keys, settings.legacy_key_file, settings.root_key)
    limits = Limits(file_bytes=settings.max_file_bytes)
    bench = Bench(settings.corpus, settings.seeds, limits, trust, int(time.time()))
    with progress("Verifying") as report:
        return audit(bench, store, jobs, report)


def _as_text(report: Report) -> bytes:
    """What a terminal would show, without its colours."""
    text = io.StringIO()
    _print(report, Console(file=text, highlight=False, soft_wrap=True))
    return text.getvalue().encode()


def _print(report: Report, console: Console) -> None:
    # Rather wider than the terminal than cut: a path that is cut cannot be copied.
    console.width = max(console.width, _WIDE)
    for table in (facts(report), *groupings(report), *listings(report)):
        console.print(Text(table.title, style="bold"))
        if table.rows:
            console.print(_grid(table))
        else:
            console.print("None.")
        console.print()
    style = "green" if report.is_clean else "red"
    console.print(Text(headline(report), style=style))


def _grid(table: Table) -> RichTable:
    grid = RichTable(box=None, pad_edge=False, header_style="dim")
    for index, head in enumerate(table.heads):
        right = table.counted and index == len(table.heads) - 1
        grid.add_column(head, justify="right" if right else "left", no_wrap=True)
    for row in table.rows:
        grid.add_row(*map(Text, row))
    return grid
