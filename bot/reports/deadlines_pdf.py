"""The deadlines as a document to be printed: proof for a dispute or the regulator.

A4 pages, written as the lines are read; the totals come last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from bot.letters.pdf import HEIGHT, MM, WIDTH, Bar, Mark, PdfWriter, Text
from bot.letters.typeface import Style, clean, shorten, width, wrap
from bot.policy import RIGA, Policy
from bot.reports.called_off import CALLED_OFF
from bot.reports.deadlines import VERDICTS, Line, Totals
from locales.catalogue import say

LEFT, RIGHT, TOP, BOTTOM = 15 * MM, WIDTH - 12 * MM, 18 * MM, HEIGHT - 16 * MM
TITLE = Style("bold", 14, 18, "0.043 0.361 0.388")
PLAIN = Style("regular", 9, 12)
SMALL = Style("regular", 7.6, 9.6)
STRONG = Style("bold", 7.6, 9.6)
RULE = "0.80 0.85 0.87"
GAP = 1.5 * MM
COLUMNS = ("customer", "eic", "address", "channel", "sent", "state", "days", "verdict")
# The widest that stands in a column, where it is no text of the catalogue; addresses have the rest.
_WIDEST = {
    "customer": "0000000000",
    "eic": "43X000000000000W",
    "sent": "00.00.0000 00:00",
    "days": "-00.0",
}
_MOST = 36 * MM  # of a text; a longer one is wrapped
_STATES = {
    "delivered": "delivered", "accepted": "accepted", "sent": "accepted", "draft": "waits",
    "approved": "waits", "queued": "waits", "sending": "waits", "unknown": "waits",
    "no_notice": "none", "unreachable": "none",
}  # fmt: skip

_CHANNELS = ("sms", "email", "letter", "voice")
STRIKING = ("late", "not_told", "cancelled_not_told")


@dataclass(frozen=True)
class Paper:
    """What stands at the head: in which language, about which works, when it was made."""

    language: str
    about: str
    made_at: datetime
    policy: Policy
    called_off: str = ""  # where the works are cancelled: when and why

    def say(self, key: str, **values: Any) -> str:
        """A text of the report."""
        return say(self.language, f"report.{key}", **values)


def write_pdf(file: BinaryIO, lines: Iterable[Line], totals: Totals, paper: Paper) -> int:
    """Write the whole document; how many pages. `totals` must have counted the lines by the end."""
    writer = PdfWriter(file, title=paper.say("deadlines"), made_at=paper.made_at)
    page = _Page(writer, paper)
    page.open(first=True)
    outage = ""
    for line in lines:
        if line.outage != outage:
            outage = line.outage
            page.heading(line)
        page.line(line)
    page.totals(totals)
    page.end()
    writer.close()
    return writer.page_count


def widths(paper: Paper) -> dict[str, float]:
    """How wide each column is in points: as its words in this language, and the address what is
    left of the page."""
    verdicts = (*VERDICTS, *CALLED_OFF) if paper.called_off else VERDICTS
    texts = {
        "channel": _CHANNELS, "state": (*_STATES.values(), "not_delivered"), "verdict": verdicts,
    }  # fmt: skip
    found: dict[str, float] = {}
    for column in COLUMNS:
        shown = [paper.say(column), _WIDEST.get(column, "")]
        shown += [paper.say(key) for key in texts.get(column, ())]
        found[column] = min(_MOST, max(width(clean(text), STRONG) for text in shown)) + GAP + 1
    others = sum(wide for column, wide in found.items() if column != "address")
    return found | {"address": RIGHT - LEFT - others}


class _Page:
    """Puts rows under each other and turns the page when it is full."""

    def __init__(self, writer: PdfWriter, paper: Paper) -> None:
        self._writer, self._paper = writer, paper
        self._marks: list[Mark] = []
        self._down = TOP
        self._under = ""
        self._widths = widths(paper)

    def open(self, *, first: bool = False) -> None:
        self._marks, self._down = [], TOP
        if first:
            self._text(self._paper.say("deadlines"), TITLE, 7 * MM)
            off = self._paper.called_off
            for text in (self._paper.about, off or self._law(), self._made()):
                for part in wrap(text, PLAIN, RIGHT - LEFT):
                    self._text(part, PLAIN, PLAIN.leading)
            self._down += 2 * MM
        self._header()

    def heading(self, line: Line) -> None:
        self._room(4 * SMALL.leading)
        self._down += 1.5 * MM
        starts = f"{self._paper.say('starts')}: {_local(line.starts_at)}"
        self._under = f"{self._paper.say('outage')} {line.outage}. {starts}"
        self._text(shorten(self._under, STRONG, RIGHT - LEFT), STRONG, STRONG.leading)

    def line(self, line: Line) -> None:
        why = self._why(line)
        if line.verdict in CALLED_OFF:
            line = line._replace(days=None)  # the law sets no time for it
        cells, style = self._cells(line), STRONG if line.verdict in STRIKING else SMALL
        self._room((self._height(cells, style) + len(why)) * SMALL.leading)
        self._row(cells, style)
        for part in why:
            self._text(part, SMALL, SMALL.leading, x=LEFT + self._widths["customer"])

    def totals(self, totals: Totals) -> None:
        rows = list(self._total_rows(totals))
        self._room((len(rows) + 2) * PLAIN.leading)
        self._down += 4 * MM
        for label, many in rows:
            self._marks.append(Text(LEFT, self._down, PLAIN, [shorten(label, PLAIN, 60 * MM)]))
            self._text(many, PLAIN, PLAIN.leading, x=LEFT + 62 * MM)

    def end(self) -> None:
        number = self._paper.say("page", number=self._writer.page_count + 1)
        foot = f"{self._paper.policy.brand_in_answers}   {number}"
        self._marks.append(Text(LEFT, HEIGHT - 9 * MM, SMALL, [shorten(foot, SMALL, RIGHT - LEFT)]))
        self._writer.add_page(self._marks)

    def _room(self, height: float) -> None:
        if self._down + height <= BOTTOM:
            return
        self.end()
        self.open()
        if self._under:
            self._text(shorten(self._under, STRONG, RIGHT - LEFT), STRONG, STRONG.leading)

    def _header(self) -> None:
        self._row([self._paper.say(key) for key in COLUMNS], STRONG)
        self._marks.append(Bar(LEFT, self._down - SMALL.leading + 2, RIGHT - LEFT, 0.5, RULE))
        self._down += 1 * MM

    def _wrapped(self, cells: list[str], style: Style) -> Iterator[tuple[float, tuple[str, ...]]]:
        """Each cell in lines, and how far from the left it stands."""
        x = LEFT
        for text, column in zip(cells, COLUMNS, strict=True):
            wide = self._widths[column]
            yield x, wrap(text, style, wide - GAP)
            x += wide

    def _height(self, cells: list[str], style: Style) -> int:
        return max(len(lines) for _, lines in self._wrapped(cells, style))

    def _row(self, cells: list[str], style: Style) -> None:
        for x, lines in self._wrapped(cells, style):
            if lines:
                self._marks.append(Text(x, self._down, style, list(lines)))
        self._down += self._height(cells, style) * style.leading

    def _text(self, text: str, style: Style, height: float, *, x: float = LEFT) -> None:
        self._marks.append(Text(x, self._down, style, [text]))
        self._down += height

    def _cells(self, line: Line) -> list[str]:
        say_ = self._paper.say
        state = say_(_STATES.get(line.state, "not_delivered"))
        days = "" if line.days is None else f"{line.days:.1f}"
        return [
            line.customer_number, line.eic, line.address,
            say_(line.channel) if line.channel else "",
            _local(line.sent_at), state, days, say_(line.verdict),
        ]  # fmt: skip

    def _why(self, line: Line) -> tuple[str, ...]:
        say_, texts = self._paper.say, []
        if line.added_from is not None:
            texts.append(say_("added", at=_local(line.added_from)))
        if line.verdict == "late" and line.reason:
            texts.append(say_("why_late", reason=line.reason))
        room = RIGHT - LEFT - self._widths["customer"]
        return tuple(part for text in texts for part in wrap(text, SMALL, room))

    def _total_rows(self, totals: Totals) -> Iterator[tuple[str, str]]:
        say_ = self._paper.say
        yield say_("total"), ""
        yield say_("outage"), str(len(totals.outages))
        yield say_("lines"), str(totals.premises)
        if totals.added:
            yield say_("added_lines"), str(totals.added)
        for verdict, many in totals.shown():
            share = f"  {100 * many / totals.lines:.1f} %" if totals.lines else ""
            yield say_(verdict), f"{many}{share}"
        for channel, many in totals.channels.most_common():
            yield say_(channel), str(many)

    def _law(self) -> str:
        policy = self._paper.policy
        return self._paper.say(
            "law", days=policy.planned_notice_days, post=policy.planned_post_days
        )

    def _made(self) -> str:
        return self._paper.say("made", at=_local(self._paper.made_at))


def _local(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(RIGA):%d.%m.%Y %H:%M}"
