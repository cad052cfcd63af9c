"""Calendars to subscribe to: all outages, or those of one street or town (RFC 5545, RFC 7986)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain

from bot.service import Service
from bot.web.public.answers import Answer, make
from bot.web.public.breath import gently
from bot.web.public.feeds import HEADERS, SECONDS
from bot.web.public.site import Outage, Site
from bot.web.public.words import Writer

MOST_EVENTS = 500
REFRESH = timedelta(minutes=15)
_MOST_KEPT = 20_000
_END = b"END:VCALENDAR\r\n"
_CRLF = "\r\n"


@dataclass(frozen=True)
class Wish:
    """Of which place: a street in a town, a whole town, or (both '') the whole country."""

    street: str = ""
    town: str = ""

    @property
    def place(self) -> str:
        return ", ".join(filter(None, (self.street, self.town)))

    def fits(self, outage: Outage) -> bool:
        if not self.town:
            return True
        return any(
            each.town == self.town and (not self.street or self.street in each.streets)
            for each in outage.where
        )


class Calendars:
    """Makes calendars; an event is written once for each revision and language."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._base = service.settings.public_url.rstrip("/")
        self._events: dict[tuple[str, str], tuple[Outage, bytes]] = {}

    def make(self, site: Site, wish: Wish, language: str, old: Answer | None) -> Answer:
        """The outages there: those that last, those to come, and those lately over or cancelled."""
        policy, settings = self._service.policy, self._service.settings
        w = Writer(language, policy, settings.short_number, datetime.now(UTC), relative=False)
        found = (each for each in chain(site.open, site.over) if wish.fits(each))
        head = self._head(w, wish)
        events = b"".join(self._event(each, w) for each in gently(_first(found, MOST_EVENTS)))
        return make(
            head.removesuffix(_END) + events + _END, "text/calendar; charset=utf-8",
            changed=datetime.now(UTC), headers=HEADERS, seconds=SECONDS, number=site.number,
            old=old,
        )  # fmt: skip

    def _head(self, w: Writer, wish: Wish) -> bytes:
        from icalendar import Calendar, vDuration

        brand = self._service.policy.brand_in_answers
        name = (
            w.t("feed.place", brand=brand, place=wish.place)
            if wish.town
            else w.t("feed.title", brand=brand)
        )
        made = Calendar()
        made.add("prodid", f"-//Gaisma//Outages//{w.language.upper()}")
        made.add("version", "2.0")
        made.add("calscale", "GREGORIAN")
        made.add("method", "PUBLISH")
        made.add("name", name)
        made.add("x-wr-calname", name)
        made.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
        made.add("x-published-ttl", vDuration(REFRESH))
        return bytes(made.to_ical())

    def _event(self, outage: Outage, w: Writer) -> bytes:
        key = outage.id, w.language
        kept = self._events.get(key)
        if kept is not None and kept[0] == outage:
            return kept[1]
        if len(self._events) > _MOST_KEPT:
            self._events.clear()
        text = self._written(outage, w)
        self._events[key] = outage, text
        return text

    def _written(self, outage: Outage, w: Writer) -> bytes:
        from icalendar import Event

        place = w.place(outage)
        made = Event()
        made.add("uid", f"outage-{outage.id}@gaisma")
        made.add("sequence", outage.revision)
        made.add("dtstamp", outage.updated_at)
        made.add("last-modified", outage.updated_at)
        made.add("dtstart", outage.starts_at)
        ends = outage.ends_at or (outage.updated_at if outage.is_over else None)
        if ends is not None and ends > outage.starts_at:
            made.add("dtend", ends)
        made.add("summary", w.t(f"event.{_title(outage)}", place=place))
        made.add("location", place)
        made.add("description", "\n".join((*w.times(outage), *w.facts(outage))))
        made.add("status", "CANCELLED" if outage.standing == "cancelled" else "CONFIRMED")
        made.add("transp", "TRANSPARENT")
        if self._base:
            made.add("url", f"{self._base}{w.link(f'/outages/{outage.id}')}")
        return bytes(made.to_ical())


def _title(outage: Outage) -> str:
    if outage.standing == "cancelled":
        return "cancelled"
    if outage.is_over:
        return "over"
    return "fault" if outage.kind == "unplanned" else "off"


def _first(outages: Iterable[Outage], most: int) -> Iterable[Outage]:
    return (each for _, each in zip(range(most), outages, strict=False))
