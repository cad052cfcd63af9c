"""A list of the inbox as markup: each row is drawn once for all who see it the same.

A console that asks again says what it has, and gets what has changed since: few rows of hundreds.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from flask import current_app, g
from markupsafe import Markup

from bot.desk.gathered import Entry
from bot.desk.inbox import NO_TOPIC, Listing
from bot.web.console import frame as frames
from bot.web.console.frame import known, t
from storage.database import moment
from storage.search import CLOSES, OPENS

_KEPT = 6000  # rows that are remembered
# Stands in a template where how long somebody waits goes; no text of a customer comes before it.
_WAITED = "\x01waited\x02"


@dataclass(frozen=True, slots=True)
class Drawn:
    """One row: what stands before and behind how long somebody has waited, and since when."""

    before: str
    since: datetime | None
    after: str
    mark: int

    def shown(self, now: datetime, promised: timedelta) -> str:
        """The row as it is at this moment."""
        if self.since is None:
            return self.before + self.after
        waited = now - self.since
        tone = "hot" if waited > promised else "warm" if waited >= promised / 2 else ""
        return f'{self.before}{tone}">{wait(waited)}{self.after}'


@dataclass(frozen=True, eq=False)
class Board:
    """A list in one language as somebody sees it who has read none of it and has none of it."""

    listing: Listing
    rows: Mapping[str, Drawn]
    entries: Mapping[str, Entry]
    of_agents: Mapping[str, tuple[str, ...]]  # the ids that each agent has
    names: Mapping[str, str]  # of agents
    mark: int


@dataclass(frozen=True, eq=False)
class Shown:
    """What one person sees: the board with their own rows in it, and what stands around it."""

    board: Board
    own: Mapping[str, Drawn]
    head: Markup
    tail: Markup

    @property
    def version(self) -> str:
        """Another when anything of it is; the same for the same in another process."""
        own = "".join(f"{key}{row.mark}" for key, row in sorted(self.own.items()))
        around = zlib.crc32(f"{own}|{self.head}|{self.tail}".encode())
        return f"{self.board.mark:08x}{around:08x}"

    def mark_of(self, key: str) -> int:
        """0 for a row that is not there."""
        drawn = self.own.get(key) or self.board.rows.get(key)
        return 0 if drawn is None else drawn.mark

    def changes(self, before: Shown, now: datetime, promised: timedelta) -> dict[str, object]:
        """What the script of the page needs to make this of `before`."""
        rows = {
            key: drawn.shown(now, promised)
            for key, plain in self.board.rows.items()
            if (drawn := self.own.get(key, plain)).mark != before.mark_of(key)
        }
        made: dict[str, object] = {"rows": rows}
        if self.board is not before.board and list(self.board.rows) != list(before.board.rows):
            made["order"] = list(self.board.rows)
        pairs = (("head", self.head, before.head), ("tail", self.tail, before.tail))
        made["parts"] = {name: is_so for name, is_so, was in pairs if is_so != was}
        return made


class Drawing:
    """Draws rows, and remembers them while they are the same."""

    def __init__(self, promised: timedelta) -> None:
        self.promised = promised
        self._drawn: dict[tuple[object, ...], Drawn] = {}

    def board(self, listing: Listing, names: Mapping[str, str], now: datetime) -> Board:
        if len(self._drawn) > _KEPT:
            self._drawn.clear()
        rows: dict[str, Drawn] = {}
        of_agents: dict[str, list[str]] = {}
        for entry in listing.entries:
            rows[entry.id] = self.row(entry, names, now, read="", me="")
            if entry.agent:
                of_agents.setdefault(entry.agent, []).append(entry.id)
        return Board(
            listing,
            rows,
            {entry.id: entry for entry in listing.entries},
            {agent: tuple(ids) for agent, ids in of_agents.items()},
            names,
            zlib.crc32(b"".join(row.mark.to_bytes(4, "big") for row in rows.values())),
        )

    def own(
        self, board: Board, me: str, reads: Mapping[str, str], now: datetime
    ) -> dict[str, Drawn]:
        """The rows that somebody sees otherwise: what they have, and what they have read."""
        keys = {key for key in reads if key in board.rows}.union(board.of_agents.get(me, ()))
        return {
            key: self.row(board.entries[key], board.names, now, read=reads.get(key, ""), me=me)
            for key in keys
        }

    def row(
        self, entry: Entry, names: Mapping[str, str], now: datetime, *, read: str, me: str
    ) -> Drawn:  # fmt: skip
        mine = bool(me) and entry.agent == me
        fresh = not entry.last_by and read < entry.last_id
        unread = fresh and (mine or bool(entry.waiting_since))
        who = names.get(entry.agent, entry.agent)
        # The hour of today's moments is told, the day of others.
        day = "" if entry.waiting_since else f"{now:%Y%m%d%H}"
        key = (g.language, entry, unread, mine, who, day)
        drawn = self._drawn.get(key)
        if drawn is None:
            words = {"entry": entry, "unread": unread, "mine": mine, "who": who}
            drawn = self._drawn[key] = _draw(entry, words)
        return drawn


def _draw(entry: Entry, words: dict[str, object]) -> Drawn:
    template = current_app.jinja_env.get_template("console/inbox_row.html")
    made = template.render(
        **words, waited=_WAITED, at=frames.when(entry.last_at), topic_name=topic_name,
        t=t, excerpt=marked(entry.excerpt),
    )  # fmt: skip
    before, _, after = made.partition(_WAITED)
    if not entry.waiting_since:
        return Drawn(before, None, after, zlib.crc32(made.encode()))
    # The script of the page counts on from data-since.
    before += f'<span data-since="{entry.waiting_since}" class="waited '
    mark = zlib.crc32(f"{before}{after}".encode())
    return Drawn(before, moment(entry.waiting_since), f"</span>{after}", mark)


def wait(waited: timedelta) -> str:
    """How long, as short as it can be."""
    return _wait(g.language, max(int(waited.total_seconds() // 60), 0))


@lru_cache(maxsize=10_000)
def _wait(_language: str, minutes: int) -> str:
    if minutes < 60:
        return t("inbox.wait.minutes", minutes=minutes)
    if minutes < 24 * 60:
        return t("inbox.wait.hours", hours=minutes // 60, minutes=minutes % 60)
    return t("inbox.wait.days", days=minutes // (24 * 60))


def topic_name(topic: str) -> str:
    """Why somebody waits, in words."""
    if topic in ("", NO_TOPIC):
        return t("inbox.no_topic")
    return known(f"inbox.intent.{topic}", topic)


def marked(excerpt: str) -> list[tuple[str, bool]]:
    """An excerpt in parts, each with whether it is what was looked for."""
    parts = []
    for piece in excerpt.split(OPENS):
        found, closes, rest = piece.partition(CLOSES)
        parts += [(found, True), (rest, False)] if closes else [(piece, False)]
    return [part for part in parts if part[0]]
