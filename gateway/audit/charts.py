"""Charts as inline SVG: no scripts, no style attributes, and the same numbers as text for whoever
does not see them (WAI-ARIA 1.2, role img)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

# User units; the pictures grow and shrink with the page.
_WIDTH = 480
_STRIP_WIDTH = 960
_ROW = 40
_BAR = 10
_STRIP = 36
_GAP = 2
# One record among a million is still to be seen.
_LEAST = 4.0
_SHOWN = 12
_LABEL = 52

Bars = Sequence[tuple[str, int]]


def bar_chart(title: str, bars: Bars, ident: str) -> str:
    """A bar for each name, in the order given; what comes after the first dozen is added up.

    ident: a name that is unique in the page.
    """
    shown = _shown(bars)
    most = max((count for _, count in shown), default=0)
    rows = "".join(_bar(index, name, count, most) for index, (name, count) in enumerate(shown))
    return _picture(title, bars, ident, (_WIDTH, _ROW * len(shown)), rows)


def strip_chart(title: str, bars: Bars, ident: str) -> str:
    """One strip whose pieces are in proportion; each has the class `s-NAME`."""
    outline = f'<rect width="{_STRIP_WIDTH}" height="{_STRIP}" rx="8"/>'
    inside = (
        f'<clipPath id="{ident}-c">{outline}</clipPath>'
        f'<g clip-path="url(#{ident}-c)">{"".join(_pieces(bars))}</g>'
    )
    return _picture(title, bars, ident, (_STRIP_WIDTH, _STRIP), inside)


def colour(name: str) -> str:
    """The classes of what stands for a name; a status has a colour of its own."""
    return f"bar s-{name}" if name.isascii() and name.isidentifier() else "bar"


def _shown(bars: Bars) -> Bars:
    if len(bars) <= _SHOWN:
        return bars
    rest = bars[_SHOWN - 1 :]
    others = f"{len(rest)} others"
    return [*bars[: _SHOWN - 1], (others, sum(count for _, count in rest))]


def _picture(title: str, bars: Bars, ident: str, size: tuple[int, int], inside: str) -> str:
    told = ", ".join(f"{name}: {count}" for name, count in _shown(bars)) or "nothing"
    return (
        f'<svg role="img" aria-labelledby="{ident}-t {ident}-d" viewBox="0 0 {size[0]} {size[1]}">'
        f'<title id="{ident}-t">{escape(title)}</title>'
        f'<desc id="{ident}-d">{escape(told)}</desc>{inside}</svg>'
    )


def _bar(index: int, name: str, count: int, most: int) -> str:
    top = index * _ROW
    length = max(_LEAST, _WIDTH * count / most) if count else 0.0
    return (
        f'<text x="0" y="{top + 15}">{escape(_cut(name))}</text>'
        f'<text class="count" x="{_WIDTH}" y="{top + 15}" text-anchor="end">{count}</text>'
        f'<rect class="track" y="{top + 22}" width="{_WIDTH}" height="{_BAR}" rx="5"/>'
        f'<rect class="{colour(name)}" y="{top + 22}" width="{length:.1f}"'
        f' height="{_BAR}" rx="5"/>'
    )


def _cut(name: str) -> str:
    return name if len(name) <= _LABEL else f"{name[: _LABEL - 1]}…"


def _pieces(bars: Bars) -> Iterator[str]:
    total = sum(count for _, count in bars)
    room = _STRIP_WIDTH - _GAP * (len(bars) - 1)
    widths = [max(_LEAST, room * count / total) for _, count in bars]
    scale = room / sum(widths) if widths else 1.0
    left = 0.0
    for (name, _), width in zip(bars, widths, strict=True):
        yield (
            f'<rect class="{colour(name)}" x="{left:.1f}" width="{width * scale:.1f}"'
            f' height="{_STRIP}"/>'
        )
        left += width * scale + _GAP
