"""Lines over a number of records, both axes logarithmic, as SVG that any browser shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

_WIDTH, _HEIGHT = 420, 290
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 120, 34, 34
# Told apart by those who see no red or no green, too (Okabe and Ito).
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
_COLUMNS = 2


@dataclass(frozen=True)
class Panel:
    """lines: values above zero by name, one for each of the sizes."""

    title: str
    sizes: Sequence[int]
    lines: Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class _Axis:
    """Whole powers of ten from low to high, laid out from start to end."""

    low: int
    high: int
    start: float
    end: float

    @classmethod
    def around(cls, values: Sequence[float], start: float, end: float) -> _Axis:
        low, high = floor(log10(min(values))), ceil(log10(max(values)))
        return cls(low, max(high, low + 1), start, end)

    def place(self, value: float) -> float:
        share = (log10(value) - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    @property
    def ticks(self) -> list[float]:
        return [float(10**power) for power in range(self.low, self.high + 1)]


def draw(panels: Sequence[Panel]) -> str:
    """A picture of the panels, in two columns."""
    rows = ceil(len(panels) / _COLUMNS)
    drawn = [
        f'<g transform="translate({number % _COLUMNS * _WIDTH},{number // _COLUMNS * _HEIGHT})">'
        f"{_panel(panel)}</g>"
        for number, panel in enumerate(panels)
    ]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="11"'
        f' viewBox="0 0 {_COLUMNS * _WIDTH} {rows * _HEIGHT}">\n'
        '<rect width="100%" height="100%" fill="#fff"/>\n' + "\n".join(drawn) + "\n</svg>\n"
    )


def _panel(panel: Panel) -> str:
    across = _Axis.around(panel.sizes, _LEFT, _WIDTH - _RIGHT)
    values = [value for line in panel.lines.values() for value in line]
    up = _Axis.around(values, _HEIGHT - _BOTTOM, _TOP)
    parts = [_text(_LEFT, 18, panel.title, "start", "#000", "bold")]
    parts += [_rule(across.start, up.place(tick), across.end, up.place(tick)) for tick in up.ticks]
    parts += [_text(_LEFT - 6, up.place(tick) + 4, f"{tick:g}", "end") for tick in up.ticks]
    parts += [
        _text(across.place(tick), _HEIGHT - _BOTTOM + 16, f"{tick:,.0f}") for tick in across.ticks
    ]
    ends = _spread([up.place(line[-1]) for line in panel.lines.values()])
    for (name, line), colour, end in zip(panel.lines.items(), _COLOURS, ends, strict=False):
        points = [
            (across.place(size), up.place(value))
            for size, value in zip(panel.sizes, line, strict=True)
        ]
        parts.append(_line(points, colour))
        parts.append(_text(points[-1][0] + 8, end + 4, name, "start", colour))
    return "".join(parts)


def _spread(places: Sequence[float], apart: float = 13) -> list[float]:
    """The places, moved down as far as needed for one line of text each."""
    moved = list(places)
    free = float("-inf")
    for number in sorted(range(len(places)), key=places.__getitem__):
        moved[number] = max(places[number], free)
        free = moved[number] + apart
    return moved


def _line(points: Sequence[tuple[float, float]], colour: str) -> str:
    path = " ".join(f"{x},{y}" for x, y in points)
    dots = "".join(f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>' for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>{dots}'


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="#ddd"/>'


def _text(
    x: float,
    y: float,
    text: str,
    anchor: str = "middle",
    colour: str = "#444",
    weight: str = "normal",
) -> str:
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}" font-weight="{weight}">'
        f"{escape(text)}</text>"
    )
