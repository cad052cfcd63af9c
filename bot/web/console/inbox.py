"""The inbox: who waits, what is mine, everything, what is done; urgent ones first."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, current_app, g, request, url_for
from markupsafe import Markup

from bot.desk.inbox import LISTS, NO_TOPIC, Entry, Filters, Inbox, Listing, Rows
from bot.web.console import frame as frames
from bot.web.console.frame import Frame, known, needs, t
from locales.catalogue import LANGUAGES
from storage import agents
from storage.database import moment
from storage.search import CLOSES, OPENS

READERS = ("agent", "dispatcher")
_LONGEST = 80  # characters of a search
_PIECES = 32  # whole lists, of 0.2 MB at most
_KEPT = 6000  # rows as markup that are remembered


def add(pages: Blueprint, frame: Frame) -> None:
    view = _View(frame)
    mine = needs(*READERS)
    pages.add_url_rule("/inbox", "inbox", mine(view.page))
    pages.add_url_rule("/inbox/list", "inbox_list", mine(view.list))


class _View:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._inbox = Inbox(frame.database, frame.policy)
        self._promised = timedelta(minutes=frame.policy.conversation_answer_minutes)
        self._drawn: dict[tuple[object, ...], Markup] = {}
        self._pieces: dict[str, bytes] = {}  # whole lists by version: many see the same one

    def page(self) -> Response:
        return self._frame.page("inbox.html", **self._words(polled=False))

    def list(self) -> Response:
        """The list as a piece; 204 while nothing in it has changed."""
        words = self._words(polled=True)
        version = str(words.pop("version"))
        if frames.unchanged(version):
            return Response(status=204)
        if version not in self._pieces:
            if len(self._pieces) >= _PIECES:
                self._pieces.clear()
            page = self._frame.page("inbox_list.html", version=version, **words)
            self._pieces[version] = page.get_data()
        return Response(self._pieces[version], headers={frames.VERSION: version})

    def _words(self, *, polled: bool) -> dict[str, object]:
        person, now, asked = frames.person(), frames.now(), _asked()
        which, search = asked["which"], asked["q"]
        excerpts: dict[str, str] | None = None
        if search:
            rows, excerpts = self._inbox.found(search, now)
        else:
            rows = self._inbox.rows(which, person.name, polled=polled)
        reads = self._inbox.reads(rows, person.name)
        counts = self._inbox.counts(person.name, now)
        own = person.name if any(row["agent"] == person.name for row in rows.rows) else ""
        version = _version(rows, reads, counts, f"{now:%H%M}{asked}{own}")
        words = {"version": version, "asked": asked, "counts": counts, "lists": LISTS}
        if polled and (frames.unchanged(version) or version in self._pieces):
            return words
        filters = Filters(*(asked[name] for name in ("town", "transformer", "language", "topic")))
        listing = self._inbox.listing(rows, which, filters, now, excerpts)
        return words | {
            "listing": listing,
            "drawn": self._draw(listing, reads, now),
            "promised": self._frame.policy.conversation_answer_minutes,
            "address": lambda **other: _address("console.inbox", {**asked, **other}),
            "live": _address("console.inbox_list", asked),
            "topic_name": topic_name,
            "narrowed": any(asked[name] for name in asked if name != "which"),
            "spoken": LANGUAGES,
        }

    def _draw(self, listing: Listing, reads: dict[str, str], now: datetime) -> Sequence[Markup]:
        """The rows as markup. Each is made when it changes, not for everybody who looks."""
        names, me = agents.names(self._frame.database), frames.person().name
        if len(self._drawn) > _KEPT:
            self._drawn.clear()
        today = f"{now:%Y%m%d%H}"  # the hour of today's moments is told, the day of others
        minute = now.replace(second=0, microsecond=0)
        rows = []
        for entry in listing.entries:
            mine = entry.agent == me
            fresh = not entry.last_by and reads.get(entry.id, "") < entry.last_id
            unread = fresh and (mine or bool(entry.waiting_since))
            who = names.get(entry.agent, entry.agent)
            key = (g.language, entry, unread, mine, who, minute if entry.waiting_since else today)
            drawn = self._drawn.get(key)
            if drawn is None:
                drawn = self._drawn[key] = self._row(entry, now, unread=unread, mine=mine, who=who)
            rows.append(drawn)
        return rows

    def _row(self, entry: Entry, now: datetime, *, unread: bool, mine: bool, who: str) -> Markup:
        waited = now - moment(entry.waiting_since) if entry.waiting_since else None
        tone = "" if waited is None or waited < self._promised / 2 else "warm"
        if waited is not None and waited > self._promised:
            tone = "hot"
        words = {"entry": entry, "unread": unread, "mine": mine, "who": who, "tone": tone}
        words |= {"waited": "" if waited is None else wait(waited), "t": t}
        words |= {"at": frames.when(entry.last_at), "topic_name": topic_name}
        template = current_app.jinja_env.get_template("console/inbox_row.html")
        made = template.render(**words, excerpt=marked(entry.excerpt))
        return Markup(made)  # noqa: S704 - a template, escaping all


def topic_name(topic: str) -> str:
    """Why somebody waits, in words."""
    if topic in ("", NO_TOPIC):
        return t("inbox.no_topic")
    return known(f"inbox.intent.{topic}", topic)


def wait(waited: timedelta) -> str:
    """How long, as short as it can be."""
    minutes = max(int(waited.total_seconds() // 60), 0)
    if minutes < 60:
        return t("inbox.wait.minutes", minutes=minutes)
    if minutes < 24 * 60:
        return t("inbox.wait.hours", hours=minutes // 60, minutes=minutes % 60)
    return t("inbox.wait.days", days=minutes // (24 * 60))


def marked(excerpt: str) -> list[tuple[str, bool]]:
    """An excerpt in parts, each with whether it is what was looked for."""
    parts = []
    for piece in excerpt.split(OPENS):
        found, closes, rest = piece.partition(CLOSES)
        parts += [(found, True), (rest, False)] if closes else [(piece, False)]
    return [part for part in parts if part[0]]


def _asked() -> dict[str, str]:
    asked = {
        name: request.args.get(name, "").strip()[:_LONGEST]
        for name in ("town", "transformer", "language", "topic", "q")
    }
    which = request.args.get("which", "")
    return {"which": which if which in LISTS else LISTS[0], **asked}


def _address(endpoint: str, asked: dict[str, str]) -> str:
    values: dict[str, Any] = {name: value for name, value in asked.items() if value}
    return url_for(endpoint, **values)


def _version(rows: Rows, reads: dict[str, str], counts: object, extra: str) -> str:
    told = f"{rows.mark}|{sorted(reads.items())}|{counts}|{extra}|{g.language}"
    return f"{zlib.crc32(told.encode()):08x}"
