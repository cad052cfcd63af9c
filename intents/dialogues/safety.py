"""Danger before anything else, and people whose life depends on a device.

After the warning nothing is demanded: whatever address is known goes into the report, a missing
one is asked, and an address that no data knows is taken as it was written.
"""

from __future__ import annotations

from intents.answer_words import asks
from intents.dialogues import town
from intents.dialogues.places import Found, Spot, cut, may_be_place, named, own_spots, spot_from
from intents.dialogues.turn import Data, Turn, said
from intents.model import Event, FileReport, FlagLifeSupport, HandOff, Reply, Step
from intents.remark_words import asks_danger, hurries

DOUBTFUL = 0.5  # an unsure meaning "danger" from this score on is asked about

_LONGEST_PLACE = 160  # characters of a place in the sender's words


def is_sure(turn: Turn) -> bool:
    heard = turn.heard
    return heard.danger == "sure" or (heard.intent == "danger" and heard.sure)


def is_doubtful(turn: Turn) -> bool:
    """Not within the dialogue about danger itself, and not for an answer such as '2'."""
    heard = turn.heard
    if turn.state.dialogue == "danger" or heard.entities.choice or heard.entities.answer:
        return False
    return heard.danger == "doubtful" or (heard.intent == "danger" and heard.score >= DOUBTFUL)


def warn(turn: Turn) -> Step:
    """Keep away and call; then where it is, unless that is known."""
    warning: tuple[Event, ...] = (
        _reply(turn, "danger.warning"),
        HandOff("danger", urgent=True),
    )
    found = named(turn)
    if found and town.is_open(turn, found):
        return town.ask(turn, found, "danger.where", *warning, _report(Spot(found.raw)))
    spot = _known_spot(turn)
    if spot:
        place = turn.reply("danger.place", address=cut(spot.label))
        return turn.end(*warning, _report(spot), place)
    own = own_spots(turn)
    if len(own) == 1:
        data: Data = {"spot": own[0].kept()}
        key, where = "danger.ask_home", own[0].label
        return turn.ask("danger.where", key, *warning, _report(own[0]), data=data, address=where)
    return turn.ask("danger.where", "danger.ask_where", *warning, _report(Spot("")))


def is_passed_on(turn: Turn) -> bool:
    """Whether the text only says "hurry!" or "is it dangerous?" of what was passed on before."""
    if not (turn.facts.urgent or _told_of_danger(turn)):
        return False
    text = turn.heard.text
    return hurries(text) or (_told_of_danger(turn) and asks_danger(text))


def pass_on_again(turn: Turn) -> Step:
    """Nothing is asked once more but the place, if that is still open."""
    told = _reply(turn, "danger.passed_on" if _told_of_danger(turn) else "danger.life_support")
    return turn.stay_if_fits(told) if turn.state.dialogue else turn.end(told)


def _told_of_danger(turn: Turn) -> bool:
    return turn.at == ("danger", "where") or any(report.danger for report in turn.facts.reports)


def take_where(turn: Turn) -> Step:
    """The answer to 'where is it?'. A second warning of danger with no address warns again."""
    home = spot_from(turn.data.get("spot"))
    if said(turn) == "yes" and home:
        return turn.end(turn.reply("danger.noted"))
    if turn.heard.text.strip().isdecimal() and not turn.facts.places:
        return turn.again()  # "1" is no place
    if turn.heard.entities.address is None and _only_asks(turn):
        return turn.stay(_reply(turn, "danger.warning"))
    place = not said(turn) and not is_sure(turn) and may_be_place(turn)
    found = named(turn, asked=place)
    if found is not None:
        return turn.end(_report(_told(turn, found)), turn.reply("danger.noted"))
    if is_sure(turn):
        return turn.stay(_reply(turn, "danger.warning"))
    if said(turn) == "no" and home:
        return turn.ask("danger.where", "danger.ask_where")
    return turn.ask("danger.where", "danger.noted_no_place")


def add_place(turn: Turn, found: Found) -> Step:
    """One more place of a danger that was reported."""
    return turn.end(_report(_told(turn, found)), turn.reply("danger.noted"))


def _only_asks(turn: Turn) -> bool:
    """Whether the answer to "where?" asks back: "what?", but not "near the school?"."""
    text = turn.heard.text
    wonders = turn.heard.sure and turn.heard.intent == "outage_status"
    return wonders or asks(text) or (text.rstrip().endswith("?") and not may_be_place(turn))


def ask_doubt(turn: Turn) -> Step:
    """'Deg' with no electrical thing near it: is it one?"""
    return turn.ask(
        "danger.doubt",
        "danger.ask_doubt",
        data=turn.interrupted(),
        emergency=turn.facts.safety_phone,
    )


def take_doubt(turn: Turn) -> Step:
    """No means fire or smoke elsewhere. Not understood twice, it is taken for dangerous."""
    answer = said(turn)
    if answer == "yes" or turn.heard.danger or turn.heard.entities.choice == 1:
        return warn(turn)
    if answer == "no":
        return turn.resume(_reply(turn, "danger.not_electrical"))
    return warn(turn) if turn.state.failures else turn.again()


def life_support(turn: Turn, key: str) -> tuple[Event, ...]:
    """What goes first when somebody's life depends on a device; says `key`.

    The premises: those named, else the sender's own. Of several, the answers of the dialogue under
    way tell which it is; with none under way all are flagged, and a call sorts it out.
    """
    found, own = named(turn), own_spots(turn)
    certain = len(own) == 1 or key == "danger.life_support"
    spots = own if certain else own[:0]
    if found and len(found.spots) == 1:
        spots = found.spots
    eics = tuple(eic for spot in spots for eic in spot.eics)
    flag: tuple[Event, ...] = (FlagLifeSupport(eics),) if eics else ()
    hand_off = HandOff("life_support", urgent=True)
    return (*flag, hand_off, life_reply(turn, key)) if key else (*flag, hand_off)


def life_reply(turn: Turn, key: str) -> Reply:
    return _reply(turn, key)


def _reply(turn: Turn, key: str) -> Reply:
    return turn.reply(key, emergency=turn.facts.safety_phone, phone=turn.facts.fault_phone)


def _known_spot(turn: Turn) -> Spot | None:
    """Named in this text, or the place of the dialogue that was under way."""
    found = named(turn)
    if found is not None:
        return _written(found)
    return spot_from(turn.data.get("spot"))


def _written(found: Found) -> Spot:
    return found.spots[0] if len(found.spots) == 1 else Spot(found.raw)


def _told(turn: Turn, found: Found) -> Spot:
    """The place in the sender's own words when no data knows it: "near the school in Miera"."""
    if len(found.spots) == 1:
        return found.spots[0]
    return Spot(" ".join(turn.heard.text.split()).strip(" .,!?")[:_LONGEST_PLACE])


def _report(spot: Spot) -> FileReport:
    return FileReport(spot.address, spot.town, spot.eics, "whole", danger=True)
