"""An outage in the words of its readers: where, when, why, and when the light is back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from bot.policy import Policy
from bot.web.public.breath import gently
from bot.web.public.places import Where, about
from bot.web.public.site import Outage, Said
from locales import dates
from locales.catalogue import LANGUAGES, say

STREETS = 3  # named in a list; the page of an outage names more
MOST_STREETS = 60
_TOWNS = 2
_BADGES = {"under way": "under_way"}


@dataclass(frozen=True)
class Line:
    """One outage in a list."""

    id: str
    href: str
    place: str
    badge: str
    tone: str  # now, works, coming, over
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Writer:
    """Writes in one language, at one moment."""

    language: str
    policy: Policy
    short_number: str
    now: datetime
    relative: bool = True  # "today": not in what others keep
    languages: tuple[str, ...] = LANGUAGES

    def t(self, key: str, /, **values: object) -> str:
        return say(self.language, f"public.{key}", **values)  # type: ignore[arg-type]

    def link(self, path: str, **values: object) -> str:
        """An address of ours that stays in this language."""
        named = {name: value for name, value in values.items() if value}
        return f"{path}?{urlencode({**named, 'lang': self.language})}"

    # --- where ------------------------------------------------------------------------------

    def place(self, outage: Outage) -> str:
        """'Dzelzavas iela, Ieriķu iela un vēl 3 ielās, Rīga'; of several towns the first ones."""
        told = [self.in_town(each) for each in outage.where[:_TOWNS]]
        more = len(outage.where) - _TOWNS
        if more > 0:
            told.append(self.t("more_towns", count=more))
        return "; ".join(told) or self.t("somewhere")

    def in_town(self, where: Where, most: int = STREETS) -> str:
        if not where.streets:
            return where.town
        named = ", ".join(where.streets[:most])
        more = len(where.streets) - most
        if more > 0:
            named = self.t("more_streets", streets=named, count=more)
        return f"{named}, {where.town}"

    def homes(self, premises: int) -> str:
        """'aptuveni 40 adreses'."""
        count = about(premises)
        if count is None:
            return self.t("homes_few")
        number = str(count) if count < 1000 else dates.decimal(count, self.language)
        return self.t("homes", count=count, number=number)

    # --- when -------------------------------------------------------------------------------

    def at(self, moment: datetime) -> str:
        day = dates.on_day(moment, self.language, self.now, relative=self.relative)
        return self.t("at", day=day, hour=dates.hour(moment, self.language))

    def by(self, moment: datetime) -> str:
        day = dates.on_day(moment, self.language, self.now, relative=self.relative)
        return say(self.language, "notice.by", day=day, hour=dates.hour(moment, self.language))

    def span(self, starts: datetime, ends: datetime | None) -> str:
        return dates.span(starts, ends, self.language, self.now, relative=self.relative)

    def back(self, outage: Outage) -> str:
        """When the light is back, or what is known of that."""
        if outage.is_late:
            return self.t("back_passed")
        if outage.ends_at is not None:
            return self.t("back", by=self.by(outage.ends_at))
        if outage.next_word_at is not None:
            return self.t("back_next", by=self.by(outage.next_word_at))
        return self.t("back_open")

    # --- one outage -------------------------------------------------------------------------

    def line(self, outage: Outage) -> Line:
        """For a list: the fewest words that help."""
        where = self.place(outage)
        told = (*self.times(outage), " · ".join(self._facts(outage)))
        return Line(
            outage.id, self.link(f"/outages/{outage.id}"), where, self.badge(outage),
            _tone(outage), told,
        )  # fmt: skip

    def badge(self, outage: Outage) -> str:
        return self.t(f"badge.{_BADGES.get(outage.standing, outage.standing)}")

    def times(self, outage: Outage) -> Iterator[str]:
        """Sentences on when it began, ends or was over."""
        if outage.is_coming:
            yield self.t("will_be_off", span=self.span(outage.starts_at, outage.ends_at))
        elif outage.is_now and outage.kind == "planned":
            yield self.back(outage)
        elif outage.is_now:
            yield self.back(outage)
            yield self.t("since", when=self.at(outage.starts_at))
        elif outage.standing == "cancelled":
            if outage.kind == "planned":
                yield self.t("off_cancelled", span=self.span(outage.starts_at, outage.ends_at))
            else:
                yield self.t("withdrawn")
        else:
            over = outage.ends_at or outage.updated_at
            yield self.t("was_off", span=self.span(outage.starts_at, min(over, self.now)))

    def cause(self, outage: Outage | Said) -> str:
        return say(self.language, f"reason.{outage.cause}") if outage.cause else ""

    def crew(self, outage: Outage | Said) -> str:
        return say(self.language, f"outage.crew_{outage.crew}") if outage.crew else ""

    def _facts(self, outage: Outage) -> Iterator[str]:
        if outage.is_now and outage.crew:
            yield self.crew(outage).rstrip(".")
        if outage.cause:
            yield self.cause(outage)
        yield self.homes(outage.premises)

    def facts(self, outage: Outage) -> Iterator[str]:
        """Whole sentences, for the page of one outage."""
        if outage.is_now and outage.crew:
            yield self.crew(outage)
        if outage.cause:
            yield say(self.language, "outage.why", reason=self.cause(outage))

    # --- what was said ----------------------------------------------------------------------

    def history(self, outage: Outage) -> list[tuple[str, str]]:
        """(when, what) of each revision that said something new; the latest first."""
        told: list[tuple[str, str]] = []
        before: Said | None = None
        for said in outage.history:
            text = " ".join(self._news(outage.kind, before, said))
            if text:
                told.append((self.at(said.at), text))
            before = said
        return told[::-1]

    def _news(self, kind: str, before: Said | None, said: Said) -> Iterator[str]:
        if said.state in ("restored", "cancelled"):
            if before is None or before.state != said.state:
                yield self.t(f"said.{said.state}_{kind}")
            return
        if before is None:
            yield self._first(kind, said)
        elif (before.starts_at, before.ends_at) != (said.starts_at, said.ends_at):
            yield self._moved(kind, said)
        if said.crew and (before is None or before.crew != said.crew):
            yield self.crew(said)
        if said.cause and (before is None or before.cause != said.cause):
            yield say(self.language, "outage.why", reason=self.cause(said))

    def _first(self, kind: str, said: Said) -> str:
        if kind == "planned":
            return self.t("said.planned", span=self.span(said.starts_at, said.ends_at))
        told = self.t("said.fault", when=self.at(said.starts_at))
        return f"{told} {self.t('back', by=self.by(said.ends_at))}" if said.ends_at else told

    def _moved(self, kind: str, said: Said) -> str:
        if kind == "planned":
            return self.t("said.moved", span=self.span(said.starts_at, said.ends_at))
        return self.t("back", by=self.by(said.ends_at)) if said.ends_at else self.t("back_open")


def _tone(outage: Outage) -> str:
    if outage.is_now:
        return "now" if outage.kind == "unplanned" else "works"
    return "coming" if outage.is_coming else "over"


def lines(writer: Writer, outages: Sequence[Outage]) -> list[Line]:
    return [writer.line(each) for each in gently(outages)]
