"""A report as Markdown with tables, for issues and pull requests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gateway.audit.report import Report
from gateway.audit.tables import Table, facts, groupings, headline, listings
from gateway.audit.text import visible

# CommonMark, section 2.4: a backslash takes any of these its meaning. The colon and the at sign
# would make links of addresses in GitHub's dialect, which also reads `www.` as one.
_MARKUP = re.compile(r"([\\`*_\[\]<>&|~!#$:@{}]|(?<=www)\.)", re.IGNORECASE)


def to_markdown(report: Report) -> bytes:
    """One document in UTF-8. No text of a record can become markup in it."""
    title = f"# Audit of {escape(report.corpus)}"
    parts = [title, escape(headline(report))]
    for table in (facts(report), *groupings(report), *listings(report)):
        parts += [f"## {table.title}", "\n".join(_lines(table)) if table.rows else "None."]
    return ("\n\n".join(parts) + "\n").encode("utf-8", "backslashreplace")


def escape(text: str) -> str:
    """Text that stays text, on one line."""
    return _MARKUP.sub(r"\\\1", visible(text))


def _lines(table: Table) -> Iterator[str]:
    yield _line(table.heads)
    rule = ["---"] * len(table.heads)
    if table.counted:
        rule[-1] = "---:"
    yield _line(rule)
    for row in table.rows:
        yield _line([escape(cell) for cell in row])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
