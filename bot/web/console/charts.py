"""Charts as inline SVG: bars that stand, bars that lie, lines. Colours are classes (reports.css).

Each is a picture with a title; the same figures stand in a table beside it. What is measured in
points of the drawing (960 wide) scales with the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from markupsafe import Markup, escape

from locales.dates import decimal

WIDTH, HIGH, TOP, LEFT, FOOT = 960, 230, 20, 72, 32
LETTER = 8.0  # how wide one is, about
_ROW, _NAME = 27, 250  # of bars that lie: the height of one, the room for its name
_LINES = 4  # of the grid, about
COLOURS = 5


@dataclass(frozen=True)
class Series:
    """One colour: its name for the legend, and a value for each label (None: there is none)."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class Chart:
    """What is drawn. `shown`: the values as they are written; `whole`: the highest line, if set."""

    title: str
    labels: Sequence[str]
    series: Sequence[Series]
    unit: str = ""
    stacked: bool = False
    language: str = "lv"
    whole: float = 0.0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see."""
        return not any(value for each in self.series for value in each.values)

    def shown(self, value: float | None) -> str:
        """A value in words of the chart: '1 234', '12,5 %'; '–' for none."""
        return number(value, self.language) + (f"\u00a0{self.unit}" if self.unit else "")

    def highest(self) -> float:
        """The value that the drawing must have room for."""
        if self.whole:
            return self.whole
        columns = zip(*(each.values for each in self.series), strict=True)
        best = sum if self.stacked else max
        return max((best(v or 0.0 for v in column) for column in columns), default=0.0)


def number(value: float | None, language: str) -> str:
    """A number with at most one decimal, as the language writes it; '–' for none."""
    return "–" if value is None else decimal(round(value, 1), language)


def columns(chart: Chart) -> Markup:
    """Bars that stand: beside each other in a group, or on each other."""
    return _picture(chart, _columns(chart))


def lines(chart: Chart) -> Markup:
    """A line for each of the series; it breaks where there is no value."""
    return _picture(chart, _lines(chart))


def _picture(chart: Chart, marks: Iterator[str]) -> Markup:
    inside = "".join([*_grid(chart), *_feet(chart), *marks])
    return _svg(chart.title, TOP + HIGH + FOOT, inside)


def _svg(title: str, high: int, inside: str) -> Markup:
    return Markup(  # noqa: S704 - every text in it was escaped
        f'<svg class="chart" viewBox="0 0 {WIDTH} {high}" role="img"'
        f' aria-label="{escape(title)}">{inside}</svg>'
    )


def _step(highest: float) -> float:
    """Between two lines of the grid: 1, 2 or 5 with zeros."""
    if highest <= 0:
        return 1.0
    rough = highest / _LINES
    power = 10.0 ** floor(log10(rough))
    return max(next(power * each for each in (1, 2, 5, 10) if power * each >= rough), 0.1)


def _top(chart: Chart) -> float:
    highest = chart.highest()
    step = _step(highest)
    return max(step, ceil(highest / step - 1e-9) * step)


def _y(value: float, top: float) -> float:
    return TOP + HIGH * (1 - value / top)


def _grid(chart: Chart) -> Iterator[str]:
    top = _top(chart)
    step = _step(chart.highest())
    for place in range(round(top / step) + 1):
        y = _y(place * step, top)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
        told = escape(chart.shown(place * step))
        yield f'<text class="soft" x="{LEFT - 7}" y="{y + 4:.1f}" text-anchor="end">{told}</text>'


def _wide(chart: Chart) -> float:
    return (WIDTH - LEFT) / max(1, len(chart.labels))


def _feet(chart: Chart) -> Iterator[str]:
    wide = _wide(chart)
    longest = max(map(len, chart.labels), default=1) * LETTER + 8
    each = max(1, ceil(longest / wide))
    for place in range(0, len(chart.labels), each):
        x = LEFT + (place + 0.5) * wide
        text = escape(chart.labels[place])
        y = TOP + HIGH + 20
        yield f'<text class="soft" x="{x:.1f}" y="{y}" text-anchor="middle">{text}</text>'


def _columns(chart: Chart) -> Iterator[str]:
    wide, top = _wide(chart), _top(chart)
    beside = 1 if chart.stacked else max(1, len(chart.series))
    gap = min(wide * 0.3, 34)
    bar = min((wide - gap) / beside, 54)
    for place, label in enumerate(chart.labels):
        x = LEFT + (place + 0.5) * wide - bar * beside / 2
        under = 0.0
        for colour, each in enumerate(chart.series):
            value = each.values[place]
            if value:
                y, foot = _y(under + value, top), _y(under, top)
                said = f"{label}, {each.name}: {chart.shown(value)}"
                yield _bar((x, y, bar - 1, foot - y), colour, said)
                if not chart.stacked and bar >= 26:
                    yield _above(x + bar / 2, y, number(value, chart.language))
            if chart.stacked:
                under += value or 0.0
            else:
                x += bar


def _bar(box: tuple[float, float, float, float], colour: int, said: str) -> str:
    x, y, wide, high = box
    return (
        f'<rect class="s{colour % COLOURS}" x="{x:.1f}" y="{y:.1f}" width="{max(wide, 1):.1f}"'
        f' height="{max(high, 1):.1f}" rx="1.5"><title>{escape(said)}</title></rect>'
    )


def _above(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y - 4:.1f}" text-anchor="middle">{escape(text)}</text>'


def _lines(chart: Chart) -> Iterator[str]:
    wide, top = _wide(chart), _top(chart)
    for colour, each in enumerate(chart.series):
        points = [
            None if value is None else (LEFT + (place + 0.5) * wide, _y(value, top))
            for place, value in enumerate(each.values)
        ]
        for run in _runs(points):
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
            yield f'<polyline class="l{colour % COLOURS}" points="{path}"/>'
        for place, point in enumerate(points):
            if point is not None:
                said = f"{chart.labels[place]}, {each.name}: {chart.shown(each.values[place])}"
                yield (
                    f'<circle class="s{colour % COLOURS}" cx="{point[0]:.1f}" cy="{point[1]:.1f}"'
                    f' r="3.2"><title>{escape(said)}</title></circle>'
                )


def _runs(
    points: Sequence[tuple[float, float] | None],
) -> Iterator[list[tuple[float, float]]]:
    run: list[tuple[float, float]] = []
    for point in (*points, None):
        if point is not None:
            run.append(point)
        elif run:
            yield run
            run = []


def rows(chart: Chart) -> Markup:
    """Bars that lie under each other, of the first series, each with its name and value."""
    values = chart.series[0].values
    most = max((value or 0.0 for value in values), default=0.0) or 1.0
    room = WIDTH - _NAME - 90
    parts = []
    for place, (label, value) in enumerate(zip(chart.labels, values, strict=True)):
        y, wide = place * _ROW + 4, room * (value or 0.0) / most
        middle = y + 14
        parts += [
            f'<text x="{_NAME - 8}" y="{middle}" text-anchor="end">{escape(label)}</text>',
            _bar((_NAME, y, wide, _ROW - 8), 0, f"{label}: {chart.shown(value)}"),
            f'<text class="soft" x="{_NAME + wide + 7:.1f}" y="{middle}">'
            f"{escape(chart.shown(value))}</text>",
        ]
    return _svg(chart.title, len(values) * _ROW + 8, "".join(parts))
