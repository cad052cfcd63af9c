"""For dispatchers: all outages, now, to come and past, found by id, street, transformer."""

from __future__ import annotations

from flask import Blueprint, Response, request

from bot.network import overview as network
from bot.web.console import frame as frames
from bot.web.console.frame import Frame, needs
from intents.address_parse import parse_whole
from storage import outage_facts

SHOWS = ("now", "planned", "past")
_ROWS = 300
_LONGEST = 80  # characters of a search


def add(pages: Blueprint, frame: Frame) -> None:
    view = _Outages(frame)
    pages.add_url_rule("/network/outages", "network_outages", needs("dispatcher")(view.page))


class _Outages:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._database = frame, frame.database

    def page(self) -> Response:
        asked = " ".join(request.args.get("q", "")[:_LONGEST].split())
        show = request.args.get("show", "now")
        show = show if show in SHOWS else "now"
        ids = self._found(asked) if asked else None
        now = frames.now()
        found = {
            each: network.listed(self._database, each, now, ids=ids, limit=_ROWS + 1)
            for each in (SHOWS if asked else (show,))
        }
        if asked and not found[show]:
            show = next((each for each in SHOWS if found[each]), show)
        return self._frame.page(
            "network_outages.html", show=show, shows=SHOWS, asked=asked,
            outages=found[show][:_ROWS], more=len(found[show]) > _ROWS,
            counts={each: len(rows) for each, rows in found.items()} if asked else {},
        )  # fmt: skip

    def _found(self, asked: str) -> list[str]:
        """Ids of the outages that the words may mean: a name, a transformer or feeder, a place."""
        tx = self._database
        found = outage_facts.named(tx, asked) + outage_facts.on_network(tx, asked)
        if found:
            return found
        match = self._frame.turns.places.match(parse_whole(asked))
        eics = [eic for place in match.places if place.exact for eic in place.eics]
        if eics:
            return outage_facts.at_premises(tx, eics)
        if match.streets:
            return outage_facts.on_streets(tx, match.streets)
        return outage_facts.in_town(tx, match.town) if match.town else []
