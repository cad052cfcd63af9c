"""Shares by month as a drawing (SVG) that every browser and word processor shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from bot.reports.reach import CHANNELS, Month
from locales.catalogue import say

COLOURS = {"sms": "#0b5c63", "email": "#e08e0b", "letter": "#8a99a3", "voice": "#7b4ea3"}
WIDTH, LEFT, TOP, HIGH, BAR, STEP = 760, 60, 70, 260, 22, 120
FOOT = TOP + HIGH


def reach_svg(months: Sequence[Month], language: str) -> str:
    """Bars of each channel's share of the customers reached, a group a month."""
    shown = [channel for channel in CHANNELS if any(month.by(channel) for month in months)]
    width = max(WIDTH, LEFT + STEP * len(months) + 40)
    title = escape(say(language, "report.reach"))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {FOOT + 60}" role="img"'
        f' width="{width}" height="{FOOT + 60}" font-family="sans-serif" font-size="13">',
        f"<title>{title}</title>",
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="{LEFT}" y="28" font-size="17" font-weight="bold">{title}</text>',
        *_legend(shown, language),
        *_grid(width),
    ]
    for place, month in enumerate(months):
        parts += _group(month, LEFT + 20 + place * STEP, shown)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _legend(shown: Sequence[str], language: str) -> Iterator[str]:
    for place, channel in enumerate(shown):
        x = LEFT + place * 110
        yield f'<rect x="{x}" y="40" width="12" height="12" fill="{COLOURS[channel]}"/>'
        yield f'<text x="{x + 17}" y="51">{escape(say(language, f"report.{channel}"))}</text>'


def _grid(width: int) -> Iterator[str]:
    for percent in range(0, 101, 20):
        y = FOOT - HIGH * percent / 100
        yield f'<line x1="{LEFT}" x2="{width - 20}" y1="{y:g}" y2="{y:g}" stroke="#d5dde1"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:g}" text-anchor="end">{percent} %</text>'


def _group(month: Month, left: int, shown: Sequence[str]) -> Iterator[str]:
    for place, channel in enumerate(shown):
        share = month.share(channel)
        x, high = left + place * (BAR + 4), HIGH * share / 100
        colour = COLOURS[channel]
        yield (
            f'<rect x="{x}" y="{FOOT - high:.1f}" width="{BAR}" height="{high:.1f}"'
            f' fill="{colour}"/>'
        )
        middle = f'x="{x + BAR / 2:g}" y="{FOOT - high - 5:.1f}"'
        yield f'<text {middle} text-anchor="middle" font-size="11">{share:.0f}</text>'
    centre = left + len(shown) * (BAR + 4) / 2
    yield f'<text x="{centre:g}" y="{FOOT + 20}" text-anchor="middle">{month.first:%Y-%m}</text>'
    yield (
        f'<text x="{centre:g}" y="{FOOT + 37}" text-anchor="middle" fill="#546670">'
        f"{month.warned():,}</text>".replace(",", " ")
    )
