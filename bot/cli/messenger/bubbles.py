"""How texts look in a terminal: bubbles left and right, days between them, a header above."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from rich.align import Align
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text as Words

from bot.cli.messenger.talk import Text
from locales import dates

WIDEST = 100  # columns; a line across a wide screen is hard to read
BORDER = 4  # columns of a bubble that hold no text
COLOURS = {"me": "cyan", "answer": "white", "agent": "green", "alert": "yellow"}


class Painter:
    """Makes strings with escape codes, for a terminal of so many columns."""

    def __init__(self, columns: int) -> None:
        self.width = max(min(columns, WIDEST), 24)
        self._day: date | None = None

    def paint(self, *what: RenderableType) -> str:
        """As it is to be printed; without colours where NO_COLOR says so."""
        console = Console(
            file=io.StringIO(), force_terminal=True, width=self.width, highlight=False, markup=False
        )
        with console.capture() as drawn:
            console.print(Group(*what))
        return drawn.get()

    def talk(
        self, texts: Iterable[Text], language: str, now: datetime, titles: dict[str, str]
    ) -> str:
        """Bubbles of these texts, with the day before the first text of each day."""
        drawn: list[RenderableType] = []
        for text in texts:
            day = dates.local(text.at).date()
            if day != self._day:
                drawn.append(self._rule(dates.day(text.at, language, now, relative=True)))
                self._day = day
            drawn.append(self._bubble(text, titles.get(text.sender, "")))
        return self.paint(*drawn) if drawn else ""

    def forget_day(self) -> None:
        """The next text has its day above it again."""
        self._day = None

    def note(self, words: str) -> str:
        return self.paint(Align(Words(clean(words), style="dim"), "center"))

    def header(self, name: str, about: Sequence[str]) -> str:
        line = Words(clean(name), style="bold")
        line.append("".join(f" · {clean(each)}" for each in about if each), style="not bold")
        return self.paint(Rule(style="cyan"), Align(line, "center"), Rule(style="cyan"))

    def hints(self, title: str, texts: Sequence[str], after: str) -> str:
        line = Words(f"{title} ", style="dim")
        line.append(" · ".join(clean(text) for text in texts), style="not dim italic")
        return self.paint(line, Words(after, style="dim"))

    def table(self, rows: Iterable[tuple[str, str]]) -> str:
        drawn = Table(box=None, show_header=False, pad_edge=False)
        drawn.add_column(style="bold", no_wrap=True)
        drawn.add_column()
        for left, right in rows:
            drawn.add_row(left, clean(right))
        return self.paint(drawn)

    def _rule(self, day: str) -> RenderableType:
        return Rule(day[:1].upper() + day[1:], style="dim", characters="·")

    def _bubble(self, text: Text, title: str) -> RenderableType:
        body = clean(text.body)
        below = f"{dates.clock(text.at)} {text.ticks}"
        room = self.width * 4 // 5 - BORDER
        longest = max(cell_len(line) for line in [*body.split("\n"), below + "  ", title + "  "])
        failed = text.status == "failed"
        panel = Panel(
            Words(body),
            title=title or None,
            title_align="left",
            subtitle=Words(below, style="red" if failed else "dim"),
            subtitle_align="right",
            border_style="red" if failed else COLOURS.get(text.sender, "white"),
            width=min(longest, room) + BORDER,
        )
        return Align(panel, "right" if text.sender == "me" else "left")


def clean(text: str) -> str:
    """A text without what would steer the terminal: anybody may have written it."""
    return "".join(
        sign if sign == "\n" or sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text
    )
