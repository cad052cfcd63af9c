"""Shares by month as a drawing (SVG) that every browser and word processor shows.

Colours are attributes, which word processors read; browsers in the dark take those of the style.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from bot.reports.reach import CHANNELS, Month
from locales.catalogue import say

COLOURS = {"sms": "#0b5c63", "email": "#b86e00", "letter": "#76858f", "voice": "#7b4ea3"}
STYLE = """<style>@media (prefers-color-scheme: dark) {
svg { background: #16222b } .paper { fill: #16222b } text { fill: #e6edf1 }
.soft { fill: #a9b8c1 } line { stroke: #33444f }
.sms { fill: #3fb5bf } .email { fill: #f0a93a } .letter { fill: #9fb0ba } .voice { fill: #b48ad6 }
}</style>"""
WIDTH, LEFT, TOP, HIGH = 640, 60, 78, 260
FOOT = TOP + HIGH
GRID = 20  # percent between two lines


@dataclass(frozen=True)
class Scale:
    """How wide a bar and the space between months are, and how many percent the highest line is."""

    bar: int
    gap: int
    top: int
    step: int
    each: int  # one month in so many is named

    @property
    def labelled(self) -> bool:
        """Whether there is room for a figure on each bar."""
        return self.bar >= 14


def reach_svg(months: Sequence[Month], language: str) -> str:
    """Bars of each channel's share of the customers reached, a group a month."""
    shown = [channel for channel in CHANNELS if any(month.by(channel) for month in months)]
    scale = _scale(months, shown)
    width = max(WIDTH, LEFT + scale.step * len(months) + 40)
    title = escape(say(language, "report.reach"))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {FOOT + 75}" role="img"'
        f' width="{width}" height="{FOOT + 75}" font-family="sans-serif" font-size="13">',
        f"<title>{title}</title>",
        STYLE,
        '<rect class="paper" width="100%" height="100%" fill="#fff"/>',
        f'<text x="{LEFT}" y="28" font-size="17" font-weight="bold">{title}</text>',
        *_legend(shown, language),
        *_grid(width, scale.top),
    ]
    for place, month in enumerate(months):
        left = LEFT + scale.gap // 2 + place * scale.step
        parts += _bars(month, left, shown, scale)
        if place % scale.each == 0:
            parts += _foot(month, left + (scale.step - scale.gap) / 2)
    counted = escape(say(language, "report.below"))
    parts.append(f'<text class="soft" x="{LEFT}" y="{FOOT + 62}" fill="#546670">{counted}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _scale(months: Sequence[Month], shown: Sequence[str]) -> Scale:
    highest = max((month.share(each) for month in months for each in shown), default=0.0)
    bar, gap = (22, 28) if len(months) <= 6 else (15, 20) if len(months) <= 18 else (5, 6)
    step = max(1, len(shown)) * (bar + 2) + gap
    top = max(GRID, -int(-highest // GRID) * GRID)
    # A name is 60 wide.
    return Scale(bar, gap, top, step, each=-(-60 // step))


def _legend(shown: Sequence[str], language: str) -> Iterator[str]:
    x = LEFT
    for channel in shown:
        name = say(language, f"report.{channel}")
        colour = f'class="{channel}" fill="{COLOURS[channel]}"'
        yield f'<rect x="{x}" y="44" width="12" height="12" rx="2" {colour}/>'
        yield f'<text x="{x + 17}" y="55">{escape(name)}</text>'
        x += 17 + 8 * len(name) + 18


def _grid(width: int, top: int) -> Iterator[str]:
    for percent in range(0, top + 1, GRID):
        y = FOOT - HIGH * percent / top
        yield f'<line x1="{LEFT}" x2="{width - 20}" y1="{y:g}" y2="{y:g}" stroke="#d5dde1"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:g}" text-anchor="end">{percent} %</text>'


def _bars(month: Month, left: int, shown: Sequence[str], scale: Scale) -> Iterator[str]:
    for place, channel in enumerate(shown):
        if not month.by(channel):
            continue
        share = month.share(channel)
        x, high = left + place * (scale.bar + 2), HIGH * share / scale.top
        yield (
            f'<rect class="{channel}" x="{x}" y="{FOOT - high:.1f}" width="{scale.bar}"'
            f' height="{high:.1f}" fill="{COLOURS[channel]}">'
            f"<title>{month.first:%Y-%m}: {share:.1f} % ({month.by(channel)})</title></rect>"
        )
        if scale.labelled:
            middle = f'x="{x + scale.bar / 2:g}" y="{FOOT - high - 5:.1f}"'
            yield f'<text {middle} text-anchor="middle" font-size="11">{share:.0f}</text>'


def _foot(month: Month, centre: float) -> Iterator[str]:
    yield f'<text x="{centre:g}" y="{FOOT + 20}" text-anchor="middle">{month.first:%Y-%m}</text>'
    warned = f"{month.warned():,}".replace(",", " ")
    yield (
        f'<text class="soft" x="{centre:g}" y="{FOOT + 37}" text-anchor="middle" font-size="11"'
        f' fill="#546670">{warned}</text>'
    )
