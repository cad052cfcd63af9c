"""A fault at every place of a list: "both", where the list was the sender's own premises."""

from __future__ import annotations

from intents import answer_words
from intents.dialogues.outages import brief, with_promise
from intents.dialogues.places import LABEL_IN_LIST, Spot, numbered_spots, outages_at, report_at
from intents.dialogues.turn import Data, Turn, fits, said
from intents.model import Event, FileReport, FlagLifeSupport, Outage, Reply, Step, Subscribe
from locales.short import short_address


def take(turn: Turn, spots: tuple[Spot, ...], data: Data) -> Step | None:
    """The answer "both" or "everywhere" to the list of the sender's own `spots`; None for others.

    "Everywhere" may be all of one flat, or the village: it is asked before so much is filed.
    """
    all_of_them = answer_words.means_all(turn.heard.text)
    asked = turn.data.get("all")
    if asked and (all_of_them or said(turn) == "yes"):
        return report_all(turn, spots, data)
    if not all_of_them:
        return None
    if not answer_words.says_everywhere(turn.heard.text):
        return report_all(turn, spots, data)
    return _ask_all(turn, spots, data)


def _ask_all(turn: Turn, spots: tuple[Spot, ...], data: Data) -> Step:
    key = "fault.ask_all"
    # How much is dark is still to be asked, should one of them be meant.
    kept: Data = {name: value for name, value in data.items() if name != "scope"}
    kept |= {"all": True, "options": [spot.kept() for spot in spots]}
    return turn.ask("fault.choose", key, data=kept, options=numbered_spots(turn, spots, key))


def report_all(turn: Turn, spots: tuple[Spot, ...], data: Data) -> Step:
    """One report a place; known outages are told instead, and what is reported stays so.

    `data` is what is known besides the places, as `fault.noted` gives it.
    """
    dark = {o.id: o for spot in spots for o in outages_at(turn, spot)[:1]}
    left = tuple(spot for spot in spots if not outages_at(turn, spot))
    new = tuple(spot for spot in left if report_at(turn, spot) is None)
    scope = str(data.get("scope") or "whole")
    acts: list[Event] = [FileReport(spot.address, spot.town, spot.eics, scope) for spot in new]
    acts += [Subscribe(outage) for outage in dark]
    eics = tuple(eic for spot in spots for eic in spot.eics)
    if data.get("life") and eics:
        acts.insert(0, FlagLifeSupport(eics))
    full = not data.get("life") and not data.get("more")  # else another sentence needs the room
    told = _told(turn, tuple(dark.values()), (new, left), promise=full)
    return turn.end(*acts, *(told[:1] if data.get("life") else told))


def _told(
    turn: Turn,
    dark: tuple[Outage, ...],
    spots: tuple[tuple[Spot, ...], tuple[Spot, ...]],
    *,
    promise: bool,
) -> tuple[Reply, ...]:
    """`spots`: those reported now, and all those without a known outage."""
    new, left = spots
    known: tuple[Reply, ...] = ()
    if dark:
        lines = "; ".join(brief(turn, outage) for outage in dark)
        known = (turn.reply("status.several", outages=lines),)
    if not left:
        return known
    key = "fault.filed_all" if len(new) > 1 else "fault.filed"
    key = key if new else "fault.already_reported"
    filed = turn.reply(key, address=_addresses(turn, key, new or left))
    promised = with_promise(turn, filed, "fault.will_write") if promise else filed
    best = promised if fits("\n".join(r.text for r in (promised, *known))) else filed
    return (best, *known) if fits("\n".join(r.text for r in (best, *known))) else (best,)


def _addresses(turn: Turn, key: str, spots: tuple[Spot, ...]) -> str:
    """As many as fit into the text `key`; the rest are counted."""
    short = [short_address(spot.address, limit=LABEL_IN_LIST) for spot in spots]
    told = ", ".join(short)
    for count in range(len(short) - 1, 0, -1):
        if fits(turn.text(key, address=told)):
            break
        some = ", ".join(short[:count])
        told = turn.text("list.and_more", addresses=some, more=len(short) - count)
    return told
