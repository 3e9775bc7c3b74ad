"""A report as one HTML page that needs nothing else: no script, no font, no picture from anywhere.

Everything that is not ours is escaped, and the policy in the page's head (Content Security Policy
Level 3, section 3.3) forbids what should slip through all the same: only the style with our digest
applies, and nothing is ever loaded.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from html import escape
from typing import Final

from gateway.audit.charts import bar_chart, colour, strip_chart
from gateway.audit.report import Report
from gateway.audit.style import STYLE
from gateway.audit.tables import Table, facts, groupings, headline, listings
from gateway.audit.text import visible
from gateway.records.instant import show_instant
from gateway.trust.policy import Mode

_DIGEST: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
CONTENT_SECURITY_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'"
)
_CHECK: Final = '<circle cx="12" cy="12" r="10"/><path d="m7.5 12.5 3 3 6-6.5"/>'
_CROSS: Final = '<circle cx="12" cy="12" r="10"/><path d="m8.5 8.5 7 7m0-7-7 7"/>'
# Set in a fixed pitch, so that what looks alike can be told apart; the second are never broken.
_CODE: Final = frozenset({"Path", "Key"})
_WORD: Final = frozenset({"Status", "Reason", "Disagreement"})


def to_html(report: Report) -> bytes:
    """One document in UTF-8."""
    return "\n".join([*_head(report), *_body(report), "</html>", ""]).encode("utf-8", "replace")


def _head(report: Report) -> Iterator[str]:
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield (
        '<meta http-equiv="Content-Security-Policy"'
        f' content="{escape(CONTENT_SECURITY_POLICY, quote=False)}">'
    )
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>Audit of {escape(visible(report.corpus))}</title>"
    yield f"<style>{STYLE}</style>\n</head>"


def _body(report: Report) -> Iterator[str]:
    yield '<body>\n<header>\n<p class="eyebrow">Sealgate audit</p>'
    yield f"<h1>{escape(visible(report.corpus))}</h1>"
    instant = show_instant(report.instant)
    yield f'<p class="when"><time datetime="{instant}">{instant}</time></p>'
    yield from (_outcome(report), "</header>\n<main>", _tiles(report))
    statuses, *others = groupings(report)
    yield _statuses(statuses)
    yield '<div class="cards">'
    yield from (_grouping(table, f"g{index}") for index, table in enumerate(others))
    yield "</div>"
    for table in (*listings(report), facts(report)):
        yield f"<section>\n<h2>{table.title}</h2>\n{_table(table)}\n</section>"
    yield "</main>\n<footer>\n<p>Judged from the files, by the keys listed above. Repeat it:"
    yield "<code>sealgate audit</code>. This page loads nothing and runs nothing.</p>"
    yield "</footer>\n</body>"


def _outcome(report: Report) -> str:
    name, mark, word = (
        ("clean", _CHECK, "Clean") if report.is_clean else ("unclean", _CROSS, "Not clean")
    )
    icon = f'<svg viewBox="0 0 24 24" aria-hidden="true">{mark}</svg>'
    sentence = escape(headline(report))
    return f'<p class="outcome {name}">{icon}<span><b>{word}.</b> {sentence}</span></p>'


def _tiles(report: Report) -> str:
    share = 100 * report.verified / report.records if report.records else 0.0
    differences = "n/a" if report.store is None else str(len(report.store.differences))
    enforced = report.policy.mode is Mode.ENFORCE
    tiles = [
        (str(report.records), "records"),
        (_percent(share), "verified"),
        (str(len(report.withheld)), "withheld" if enforced else "would be withheld"),
        (differences, "store differences"),
        (f"{report.pace.records_per_second:.0f}", "records per second"),
    ]
    items = "".join(f"<li><b>{number}</b>{label}</li>" for number, label in tiles)
    return f'<ul class="tiles">{items}</ul>'


def _percent(share: float) -> str:
    """Never 100 % as long as something is missing, nor 0 % as long as something is there."""
    if 0 < share < 0.1:
        return "&lt; 0.1 %"
    return f"{share:.0f} %" if share in {0, 100} else f"{min(share, 99.9):.1f} %"


def _statuses(table: Table) -> str:
    total = sum(count for _, count in table.bars)
    items = "".join(
        f'<li><svg viewBox="0 0 8 8" aria-hidden="true"><rect class="{colour(name)}"'
        f' width="8" height="8" rx="2"/></svg>{escape(name)} <b>{count}</b>'
        f" <small>{_percent(100 * count / total)}</small></li>"
        for name, count in table.bars
    )
    chart = strip_chart(table.title, table.bars, "statuses")
    legend = f'<ul class="legend">{items}</ul>'
    inside = f"{chart}\n{legend}" if table.rows else '<p class="none">No records.</p>'
    return f"<section>\n<h2>{table.title}</h2>\n{inside}\n</section>"


def _grouping(table: Table, ident: str) -> str:
    if not table.rows:
        return f'<section>\n<h2>{table.title}</h2>\n<p class="none">None.</p>\n</section>'
    chart = bar_chart(table.title, table.bars, ident)
    details = f"<details><summary>As a table</summary>{_table(table)}</details>"
    return f"<section>\n<h2>{table.title}</h2>\n{chart}\n{details}\n</section>"


def _table(table: Table) -> str:
    if not table.rows:
        return '<p class="none">None.</p>'
    classes = [_class(table, index) for index in range(len(table.heads))]
    heads = "".join(
        f'<th scope="col"{name}>{head}</th>'
        for name, head in zip(classes, table.heads, strict=True)
    )
    rows = "\n".join(
        "<tr>"
        + "".join(f"<td{name}>{escape(cell)}</td>" for name, cell in zip(classes, row, strict=True))
        + "</tr>"
        for row in table.rows
    )
    # A region that scrolls must be reachable with the keyboard (WCAG 2.2, 2.1.1).
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{table.title}"><table>\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table></div>"
    )


def _class(table: Table, index: int) -> str:
    if table.counted and index == len(table.heads) - 1:
        return ' class="count"'
    if table.heads[index] in _WORD:
        return ' class="code word"'
    return ' class="code"' if table.heads[index] in _CODE else ""
