"""One letter laid out on A4 pages: for a window envelope, DL or C6/5, DIN 5008 form B.

Lengths are points; `down` is measured from the top edge. Nothing is ever drawn outside its room:
what is too long goes to the next line or page, and an address that would leave the window of the
envelope is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.letters.pdf import HEIGHT, MM, WIDTH, Bar, Mark, Page, Text
from bot.letters.postage import LetterError
from bot.letters.typeface import Style, clean, shorten, width, wrap
from bot.words.documents import Document, Section
from locales.catalogue import say

# The address field of DIN 5008 form B, and the room inside it.
WINDOW_LEFT, WINDOW_TOP, WINDOW_WIDTH, WINDOW_HEIGHT = 20 * MM, 45 * MM, 85 * MM, 45 * MM
LEFT, RIGHT = 25 * MM, WIDTH - 20 * MM
ADDRESS_ROOM = WINDOW_LEFT + WINDOW_WIDTH - LEFT - 3 * MM
ADDRESS_TOP, ADDRESS_HIGHEST = WINDOW_TOP + 17.7 * MM, WINDOW_TOP + 8 * MM
ADDRESS_BOTTOM = WINDOW_TOP + WINDOW_HEIGHT - 0.5 * MM
INFO_LEFT = 125 * MM
FOLDS, PUNCH = (105 * MM, 210 * MM), HEIGHT / 2
FIRST_TOP, NEXT_TOP, BOTTOM = 99 * MM, 34 * MM, 273 * MM
LABEL_ROOM = 42 * MM
MOST_LINES = 6
_TIGHT, _GAP_SHARE = 0.89, 5.0  # of the distance of lines; gaps shrink so many times as much
_POSTCODE = re.compile(r"[A-Z]{2}-\d{4,5}|\d{4,6}")

TEAL, SOFT, LINE = "0.043 0.361 0.388", "0.33 0.40 0.44", "0.80 0.85 0.87"
BODY = Style("regular", 10, 12.8)
STRONG = Style("bold", 10, 12.8)
SUBJECT = Style("bold", 13.5, 17.5)
HEADING = Style("bold", 10, 12.8, TEAL)
LABEL = Style("regular", 10, 12.8, SOFT)
BRAND = Style("bold", 19, 22, TEAL)
SMALL_BRAND = Style("bold", 10.5, 14, TEAL)
NOTE = Style("regular", 8.5, 11.5, SOFT)
COPY = Style("bold", 13.5, 17.5, SOFT)
SENDER_LINE = Style("regular", 6.8, 8, SOFT)
# From the size that is read best by people and sorting machines to the smallest that both can.
ADDRESS_STYLES = tuple(
    Style("regular", size, leading) for size, leading in ((10.5, 12.8), (9, 11), (8, 9.6), (7, 8.4))
)
SPOKEN = 12  # characters of a reference that are printed


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes: `address` in one line, `places` by language as they stand before a date."""

    name: str
    address: str
    places: Mapping[str, str] = field(default_factory=dict)
    fault_phone: str = ""
    service_phone: str = ""
    email: str = ""
    website: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter to one customer. `postal_address` are lines without the name.

    `copy`: printed once more, and marked so on each page.
    """

    reference: str
    name: str
    postal_address: tuple[str, ...]
    postcode: str
    document: Document
    date: date
    copy: bool = False


def compose(letter: Letter, sender: Sender) -> list[Page]:
    """The pages of a letter. Raises LetterError when its address cannot be shown."""
    flow = _laid_out(letter, sender)
    if len(flow.pages) > 1:
        # A second sheet with a signature costs money and looks like a slip.
        tight = _laid_out(letter, sender, _TIGHT)
        flow = tight if len(tight.pages) == 1 else flow
    for number, page in enumerate(flow.pages, 1):
        page += _foot(letter, sender, number, len(flow.pages))
    return flow.pages


def _laid_out(letter: Letter, sender: Sender, room: float = 1.0) -> _Flow:
    head = [*_letterhead(letter, sender), *_address(letter, sender), *_folds()]
    flow = _Flow(head, list(_running_head(letter, sender)), room)
    _write(flow, letter.document)
    return flow


def address_lines(letter: Letter) -> tuple[str, ...]:
    """Name and address as they stand in the window: the postcode after the town, once."""
    lines = [" ".join(line.split()) for line in letter.postal_address]
    lines = [line for line in lines if line]
    postcode = " ".join(letter.postcode.split())
    if lines and postcode and not any(postcode in line for line in lines):
        lines[-1] = f"{lines[-1]}, {postcode}"
    return (" ".join(letter.name.split()), *lines)


def split_address(address: str) -> tuple[str, ...]:
    """An address of one line, as registers keep it, in the lines of an envelope, at most six.

    'Kalna iela 1-2, Cēsis, LV-4101' gives 'Kalna iela 1-2' and 'Cēsis, LV-4101'.
    """
    lines: list[str] = []
    for part in (each.strip() for each in re.split(r"[\n;]|, ", address)):
        if lines and (_POSTCODE.fullmatch(part) or len(lines) == MOST_LINES):
            lines[-1] = f"{lines[-1]}, {part}"
        elif part:
            lines.append(part)
    return tuple(lines)


# --- what stands in its place ---------------------------------------------------------------


def _letterhead(letter: Letter, sender: Sender) -> Iterator[Mark]:
    room = INFO_LEFT - LEFT - 5 * MM
    yield Text(LEFT, 24 * MM, BRAND, [shorten(sender.name, BRAND, room)])
    yield Bar(LEFT, 30 * MM, RIGHT - LEFT, 0.9, TEAL)
    contacts = [shorten(line, NOTE, RIGHT - INFO_LEFT) for line in _contacts(letter, sender)]
    yield Text(INFO_LEFT, 27 * MM - NOTE.leading * (len(contacts) - 1), NOTE, contacts)
    room = RIGHT - INFO_LEFT
    if letter.copy:
        mark = say(letter.document.language, "paper.copy")
        yield Text(INFO_LEFT, 41 * MM, COPY, [shorten(mark, COPY, room)])
    info = wrap(_place_and_date(letter, sender), BODY, room)
    yield Text(INFO_LEFT, ADDRESS_TOP + BODY.size, BODY, info[:3])
    below = ADDRESS_TOP + BODY.size + len(info[:3]) * BODY.leading
    yield Text(INFO_LEFT, below, NOTE, wrap(_reference(letter), NOTE, room)[:3])


def _contacts(letter: Letter, sender: Sender) -> list[str]:
    language = letter.document.language
    lines = []
    if sender.fault_phone:
        lines.append(say(language, "paper.fault_phone", phone=sender.fault_phone))
    if sender.service_phone:
        lines.append(say(language, "paper.service_phone", phone=sender.service_phone))
    return [*lines, *filter(None, (sender.website, sender.email))]


def _place_and_date(letter: Letter, sender: Sender) -> str:
    language, when = letter.document.language, letter.date
    month = say(language, "date.months.on").split("|")[when.month - 1]
    told = say(language, "date.day_year", day=when.day, month=month, year=when.year)
    place = sender.places.get(language, "")
    return say(language, "paper.place_date", place=place, date=told) if place else told


def _reference(letter: Letter) -> str:
    language = letter.document.language
    told = say(language, "paper.reference", reference=spoken(letter.reference))
    return f"{told} · {say(language, 'paper.copy')}" if letter.copy else told


def spoken(reference: str) -> str:
    """A reference as a reader can say it on the phone: '4F3A 91C0 77DE', the end of a long id.

    So much of it is random that no two letters of a house share it; a short one stays as it is.
    """
    if len(reference) <= SPOKEN:
        return reference
    end = reference[-SPOKEN:].upper()
    return " ".join(end[at : at + 4] for at in range(0, SPOKEN, 4))


def _address(letter: Letter, sender: Sender) -> Iterator[Mark]:
    line = shorten(f"{sender.name} · {sender.address}", SENDER_LINE, ADDRESS_ROOM)
    yield Text(LEFT, WINDOW_TOP + 5 * MM, SENDER_LINE, [line])
    yield Bar(LEFT, WINDOW_TOP + 6 * MM, width(line, SENDER_LINE), 0.4, LINE)
    told = address_lines(letter)
    for style in ADDRESS_STYLES:
        lines = [part for line in told for part in wrap(line, style, ADDRESS_ROOM)]
        top = min(ADDRESS_TOP, ADDRESS_BOTTOM - len(lines) * style.leading)
        if top >= ADDRESS_HIGHEST:
            yield Text(LEFT, top + style.size, style, lines)
            return
    raise LetterError("The name and address are too long for the window of the envelope.")


def _folds() -> Iterator[Mark]:
    for down in FOLDS:
        yield Bar(4 * MM, down, 4 * MM, 0.4, SOFT)
    yield Bar(4 * MM, PUNCH, 6 * MM, 0.4, SOFT)


def _running_head(letter: Letter, sender: Sender) -> Iterator[Mark]:
    """At the top of every page but the first: whose letter this is, in case they part."""
    half = (RIGHT - LEFT) / 2 - 3 * MM
    yield Text(LEFT, 20 * MM, SMALL_BRAND, [shorten(sender.name, SMALL_BRAND, half)])
    yield Text(LEFT, 25 * MM, NOTE, [shorten(letter.document.subject, NOTE, half)])
    for down, told in ((20 * MM, _place_and_date(letter, sender)), (25 * MM, _reference(letter))):
        line = shorten(told, NOTE, half)
        yield Text(RIGHT - width(line, NOTE), down, NOTE, [line])
    yield Bar(LEFT, 28 * MM, RIGHT - LEFT, 0.6, TEAL)


def _foot(letter: Letter, sender: Sender, number: int, count: int) -> Iterator[Mark]:
    told = say(letter.document.language, "paper.page", page=number, pages=count)
    wide = width(told, NOTE)
    yield Bar(LEFT, 277 * MM, RIGHT - LEFT, 0.6, LINE)
    yield Text(RIGHT - wide, 282 * MM, NOTE, [told])
    who = shorten(f"{sender.name}, {sender.address}", NOTE, RIGHT - LEFT - wide - 5 * MM)
    whom = shorten(" · ".join(_contacts(letter, sender)), NOTE, RIGHT - LEFT)
    yield Text(LEFT, 282 * MM, NOTE, [who, whom])


# --- what flows -----------------------------------------------------------------------------


def _write(flow: _Flow, document: Document) -> None:
    flow.lines(wrap(document.subject, SUBJECT, RIGHT - LEFT), SUBJECT)
    flow.gap(9)
    flow.paragraphs((document.greeting, document.lead), BODY)
    if document.facts:
        _write_facts(flow, document.facts)
    for section in document.sections:
        _write_section(flow, section)
    closing = wrap(document.closing, BODY, RIGHT - LEFT)
    flow.gap(6)
    flow.keep(len(closing) * BODY.leading)
    flow.lines(closing, BODY)


def _write_section(flow: _Flow, section: Section) -> None:
    flow.gap(5)
    heading = wrap(section.heading, HEADING, RIGHT - LEFT)
    # A heading alone at the foot of a page would belong to nothing.
    flow.keep(len(heading) * HEADING.leading + 2 * BODY.leading)
    flow.lines(heading, HEADING)
    flow.gap(1)
    flow.paragraphs(section.paragraphs, BODY)


def _write_facts(flow: _Flow, facts: Sequence[tuple[str, str]]) -> None:
    """Two columns, a thin line above each row and a strong one around all."""
    flow.gap(2)
    for number, (label, value) in enumerate(facts):
        labels = wrap(label, LABEL, LABEL_ROOM - 4 * MM)
        values = wrap(value, STRONG, RIGHT - LEFT - LABEL_ROOM)
        flow.keep(min(8, max(len(labels), len(values))) * BODY.leading + 6)
        flow.rule(LINE if number else TEAL)
        flow.gap(2)
        flow.columns(labels, values)
        flow.gap(3)
    flow.rule(TEAL)
    flow.gap(9)


class _Flow:
    """Puts one thing below the other, and opens a page when there is no room left."""

    def __init__(self, first: list[Mark], later: list[Mark], room: float) -> None:
        """`room`: 1 for lines and gaps as they are, less for a tighter page."""
        self.pages: list[Page] = [first]
        self._later = later
        self._lines, self._gaps = room, max(0.0, 1 - _GAP_SHARE * (1 - room))
        self._down = FIRST_TOP
        self._fresh = True

    def gap(self, height: float) -> None:
        """Room between two things; none at the top of a page."""
        if not self._fresh:
            self._down += height * self._gaps

    def keep(self, height: float) -> None:
        """Open a page unless so much is left of this one, or the page is new already."""
        if not self._fresh and self._down + height > BOTTOM:
            self._open()

    def rule(self, colour: str) -> None:
        self.pages[-1].append(Bar(LEFT, self._down, RIGHT - LEFT, 0.6, colour))

    def paragraphs(self, texts: Sequence[str], style: Style) -> None:
        for text in texts:
            self.lines(wrap(text, style, RIGHT - LEFT), style)
            self.gap(4)

    def lines(self, lines: Sequence[str], style: Style) -> None:
        """Lines one below the other, over as many pages as they take."""
        style = self._tight(style)
        while lines:
            fit = self._fitting(len(lines), style.leading)
            if fit:
                self._put(LEFT, style, lines[:fit])
                self._advance(fit * style.leading)
                lines = lines[fit:]
            if lines:
                self._open()

    def columns(self, labels: Sequence[str], values: Sequence[str]) -> None:
        """A row of the facts, over as many pages as it takes."""
        label, strong = self._tight(LABEL), self._tight(STRONG)
        while labels or values:
            fit = self._fitting(max(len(labels), len(values)), label.leading)
            if fit:
                self._put(LEFT, label, labels[:fit])
                self._put(LEFT + LABEL_ROOM, strong, values[:fit])
                self._advance(max(len(labels[:fit]), len(values[:fit])) * label.leading)
                labels, values = labels[fit:], values[fit:]
            if labels or values:
                self._open()

    def _tight(self, style: Style) -> Style:
        return style._replace(leading=style.leading * self._lines)

    def _fitting(self, count: int, leading: float) -> int:
        """How many of `count` lines go on this page: all, or leaving two on either side."""
        fit = int((BOTTOM - self._down) / leading)
        if fit >= count:
            return count
        fit = min(fit, max(count - 2, 0)) if count > 2 else 0
        if self._fresh:
            return max(fit, 1)
        return fit if fit >= 2 else 0

    def _put(self, x: float, style: Style, lines: Sequence[str]) -> None:
        if lines:
            self.pages[-1].append(Text(x, self._down + style.size, style, lines))

    def _advance(self, height: float) -> None:
        self._down += height
        self._fresh = False

    def _open(self) -> None:
        self.pages.append(list(self._later))
        self._down, self._fresh = NEXT_TOP, True


def has_stand_ins(letter: Letter, stand_in: str) -> bool:
    """Whether the address holds a character that the typeface lacks."""
    told = "".join(address_lines(letter))
    return stand_in not in told and stand_in in clean(told)
