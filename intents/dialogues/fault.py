"""Reporting a fault: where, then how much of it is dark, then a report.

A known outage at the place is told instead of reported twice. What was said early (the scope,
somebody on a life-support device, "still" dark) is carried along in the state.
"""

from __future__ import annotations

from dataclasses import replace

from intents import answer_words
from intents.address_more import adds, numbers
from intents.address_parse import parse_whole
from intents.dialogues import everywhere, filing, missing, safety, several, town
from intents.dialogues.places import (
    SURE_SCORE,
    Found,
    Spot,
    is_known,
    may_be_place,
    named,
    named_spots,
    numbered_spots,
    outages_at,
    own_spots,
    picked_spots,
    report_at,
    spot_from,
    spot_of,
    spots_from,
)
from intents.dialogues.turn import Data, Turn, picked, said
from intents.model import (
    Report,
    Step,
)

MAX_REMINDERS = 2  # remarks in place of an address, before they count as not understood
_CARRIED = ("scope", "life", "still", "misses", "more")
_FAULTS = ("report_fault", "power_quality", "still_out")
_ANSWERING = frozenset({*_FAULTS, "other", "choice", "yes", "outage_status"})
_LIKELY = 0.5  # an unsure meaning from this score on is a fault said once more


def start(turn: Turn) -> Step:
    found = named(turn)
    if found is not None and (found.spots or not turn.facts.premises):
        return take_found(turn, found, noted(turn))
    if found is None and turn.facts.town:
        return _ask_in_town(turn, noted(turn))
    return ask_where(turn, noted(turn))


def _ask_in_town(turn: Turn, data: Data) -> Step:
    """A town and nothing nearer: the sender's own premises there, else the street is asked."""
    there = tuple(spot for spot in own_spots(turn) if spot.town == turn.facts.town)
    if there:
        return ask_where(turn, data, there)
    return take_found(turn, Found(missing="street", raw=turn.facts.town), data)


def start_at(turn: Turn, spot: Spot) -> Step:
    """A report for a place that is known already."""
    return filing.at(turn, spot, noted(turn))


def noted(turn: Turn) -> Data:
    """What is known besides the place: said now, or carried from before."""
    data: Data = {}
    if turn.state.dialogue == "fault":
        data = {key: turn.data[key] for key in _CARRIED if key in turn.data}
    if turn.heard.entities.scope in filing.SCOPES:
        data["scope"] = turn.heard.entities.scope
    elif _is(turn, "power_quality") and any(map(str.isalpha, turn.heard.text)):
        data.setdefault("scope", "flicker")
    if turn.heard.entities.life_support:
        data["life"] = True
    return data


# --- where ----------------------------------------------------------------------------------


def ask_where(turn: Turn, data: Data, among: tuple[Spot, ...] = ()) -> Step:
    """From the sender's own premises (or those `among` them) when there are any."""
    own = among or own_spots(turn)
    if not own:
        return turn.ask("fault.address", "fault.ask_address", data=data)
    if len(own) > 1:
        return _ask_which(turn, own, data)
    spot = own[0]
    if data.get("still") or outages_at(turn, spot) or report_at(turn, spot):
        return filing.at(turn, spot, data)
    return _ask_confirm(turn, spot, data)


def _ask_which(turn: Turn, spots: tuple[Spot, ...], data: Data) -> Step:
    before = _said_before(turn)
    key = "fault.choose_short" if before else "fault.choose"
    options = numbered_spots(turn, spots, key, before)
    kept: Data = {**data, "options": [spot.kept() for spot in spots]}
    return turn.ask("fault.choose", key, data=kept, options=options)


def _said_before(turn: Turn) -> str:
    """The sentence that this question will follow in one message: the list must leave room."""
    if turn.heard.entities.life_support:
        return safety.life_reply(turn, "danger.life_support_short").text
    return turn.text("small.anew") if "forgotten" in turn.data else ""


def _ask_confirm(turn: Turn, spot: Spot, data: Data) -> Step:
    kept: Data = {**data, "spot": spot.kept()}
    return turn.ask("fault.confirm", "fault.confirm", data=kept, address=spot.label)


def take_found(turn: Turn, found: Found, data: Data) -> Step:
    """Goes on with what the text named; asks once more, then lets a person look."""
    if turn.facts.others and "more" not in data:
        return _take_several(turn, found, data)
    if len(found.spots) > 1:
        return _ask_town_or_which(turn, found, data)
    if found.spots and not missing.is_unknown_place(turn, found):
        spot = found.spots[0]
        return filing.at(turn, spot, data) if found.sure else _ask_confirm(turn, spot, data)
    return missing.ask(turn, found, data)


def _ask_town_or_which(turn: Turn, found: Found, data: Data) -> Step:
    if not town.is_open(turn, found):
        return _ask_which(turn, found.spots, data)
    outcome = town.ask(turn, found, "fault.address", data=data)
    # Two answers that are no town: the report is kept as written, and a person finds the place.
    return missing.unplaced(turn, found, data) if outcome.state.failures > 1 else outcome


def _take_several(turn: Turn, found: Found, data: Data) -> Step:
    """All that are beyond doubt are filed at once; without two such, one after the other."""
    spots, left = several.split(turn, found)
    if len(spots) < 2:
        return take_found(turn, found, {**data, "more": several.as_written(turn)})
    return _file_all(turn, spots, {**data, "more": list(left)})


def _file_all(turn: Turn, spots: tuple[Spot, ...], data: Data) -> Step:
    return several.then(turn, data, *everywhere.report_all(turn, spots, data).events)


def _file_both(turn: Turn, spot: Spot | None, data: Data) -> Step | None:
    """`spot` and the other place that the text names; None when it names no other."""
    found = named(turn)
    if spot is None or found is None:
        return None
    if len(found.spots) != 1 or not found.sure:
        return filing.at(turn, spot, {**data, "more": [found.raw, *several.as_written(turn)]})
    spots, left = several.split(turn, found)
    every = tuple(dict.fromkeys((spot, *spots)))
    if len(every) < 2:
        return None
    return _file_all(turn, every, {**data, "more": list(left)})


def start_another(turn: Turn) -> Step:
    """ "And Dzirnavu 40 too", after a report: the same there."""
    newest = max(turn.facts.reports, key=lambda report: report.made_at)
    found = named(turn)
    if newest.danger and found is not None:
        return safety.add_place(turn, found)
    return start(turn) if found is None else take_found(turn, found, _same(turn, newest))


def _same(turn: Turn, report: Report) -> Data:
    return {"scope": report.scope, **noted(turn)}


def take_next(turn: Turn) -> Step:
    """The answer to 'this one too?'."""
    place, data = str(turn.data.get("place", "")), noted(turn)
    found = named(turn)
    if found is None and (said(turn) == "yes" or turn.heard.intent in _FAULTS):
        entities = replace(turn.heard.entities, address=parse_whole(place))
        turn = replace(turn, heard=replace(turn.heard, text=place, entities=entities))
        found = named(turn)
    if found is not None:
        return take_found(turn, found, data)
    if said(turn) == "no":
        return several.then(turn, data, turn.reply("handoff.back"))
    return _not_answered(turn)


def take_confirm(turn: Turn) -> Step:
    """The answer to 'is it at this address?'. To name the fault again means yes."""
    found, spot = named(turn), spot_from(turn.data.get("spot"))
    if found is not None:
        both = _file_both(turn, spot, noted(turn)) if adds(turn.heard.text) else None
        return both or take_found(turn, found, noted(turn))
    if said(turn) == "no":
        return turn.ask("fault.address", "fault.ask_address", data=noted(turn))
    repeated = turn.heard.intent in _FAULTS and turn.heard.sure
    agreed = said(turn) == "yes" or turn.heard.entities.choice == 1
    if spot and (agreed or repeated or turn.heard.entities.scope):
        return filing.at(turn, spot, noted(turn))
    return _not_answered(turn)


def take_choice(turn: Turn) -> Step:
    """The answer to the numbered list of places: the list first, then another address."""
    spots = spots_from(turn.data)
    if own_spots(turn) == spots:
        outcome = everywhere.take(turn, spots, noted(turn))
        if outcome is not None:
            return outcome
    # A shorter list was asked after the first one: what was left out of it can still be named.
    chosen = picked_spots(turn, spots) or named_spots(turn, own_spots(turn))
    if len(chosen) == 1:
        return filing.at(turn, chosen[0], noted(turn))
    if some := _take_some(turn, spots):
        return some
    found = named(turn)
    if found is not None and found.spots:
        return take_found(turn, found, noted(turn))
    if chosen and chosen != spots:
        return _ask_which(turn, chosen, noted(turn))
    if found is not None and not chosen:
        return take_found(turn, found, noted(turn))
    if said(turn) == "no":
        if turn.data.get("all"):
            return _ask_which(turn, spots, noted(turn))
        return turn.ask("fault.address", "fault.ask_address", data=noted(turn))
    understood = chosen or _is_beside(turn)
    return _remind(turn, "fault.choose_again") if understood else _not_answered(turn)


def _take_some(turn: Turn, spots: tuple[Spot, ...]) -> Step | None:
    """ "1 un 3", "1 un Dzirnavu 40": several of the list, or one of it and another."""
    picks = tuple(spots[number - 1] for number in numbers(turn.heard.text, len(spots)))
    if picks:
        return _file_all(turn, picks, noted(turn))
    return _file_both(turn, several.picked_beside(turn, spots), noted(turn))


def take_address(turn: Turn) -> Step:
    """The answer to the question for the address; a yes or a number alone is none."""
    if kept := missing.insisted(turn, noted(turn)):
        return kept
    if turn.heard.entities.answer == "no":
        return turn.end(turn.reply("small.cancelled"))
    if _is_beside(turn):
        return _remind(turn, "fault.address_again")
    answered = said(turn) or turn.heard.entities.choice is not None
    found = named(turn, asked=not answered)
    if found is None or not may_be_place(turn):
        return _not_answered(turn)
    return take_found(turn, found, noted(turn))


def _not_answered(turn: Turn) -> Step:
    """Another question than ours is told so, and ours is asked again."""
    if turn.heard.intent == "other" and turn.heard.text.rstrip().endswith("?"):
        return turn.stay(turn.reply("small.other_here"))
    return turn.again()


def _is(turn: Turn, intent: str) -> bool:
    return turn.heard.sure and turn.heard.intent == intent


def _is_beside(turn: Turn) -> bool:
    """Whether the text says the fault once more, or since when, instead of where."""
    heard = turn.heard
    if heard.entities.address is not None or said(turn) or heard.entities.choice is not None:
        return False
    if is_known(turn):
        return False
    worded = any(map(str.isalpha, heard.text))
    repeated = worded and heard.intent in _FAULTS and (heard.sure or heard.score >= _LIKELY)
    return repeated or answer_words.is_remark(heard.text)


def _remind(turn: Turn, key: str) -> Step:
    """The question in other words: the customer was understood, only the place is missing."""
    reminded = _count(turn.data, "reminded") + 1
    if reminded > MAX_REMINDERS:
        return turn.again()
    asked = turn.data.get("asked")
    values = dict(asked["values"]) if isinstance(asked, dict) else {}
    data: Data = {**turn.data, **noted(turn), "reminded": reminded, "language": turn.language}
    state = replace(turn.state, data=data, failures=0)
    return Step(state, (turn.reply(key, **values),), turn.language)


# --- how much is dark -----------------------------------------------------------------------


def take_scope(turn: Turn) -> Step:
    """The answer to 'how much is dark?'. Not understood twice, the report goes in as 'whole'."""
    spot, data = spot_from(turn.data.get("spot")), noted(turn)
    index = picked(turn, len(filing.SCOPES))
    if index is not None:
        data["scope"] = filing.SCOPES[index]
    moved = named(turn)
    if adds(turn.heard.text) and (both := _file_both(turn, spot, data)):
        return both
    if moved is not None and answer_words.town(turn.heard.text):
        return _correct_town(turn, moved, data)
    if moved is not None and moved.spots:
        return take_found(turn, moved, data)
    asks_back = turn.heard.sure and turn.heard.intent == "outage_status"
    twice = turn.state.failures and not _means_else(turn)
    if spot and (data.get("scope") or asks_back or twice):
        return filing.file(turn, spot, data)
    return turn.again()


def _means_else(turn: Turn) -> bool:
    """Whether the text is likely about something else: "it is back", "stop these messages"."""
    heard = turn.heard
    return heard.intent not in _ANSWERING and heard.score >= _LIKELY


def _correct_town(turn: Turn, found: Found, data: Data) -> Step:
    """The town of the address that was told before; it may be another one than we took."""
    exact = [place for place in turn.facts.places if place.exact]
    if exact and exact[0].score < SURE_SCORE:
        return _ask_confirm(turn, spot_of(exact[0]), data)
    return take_found(turn, found, data)


def _count(data: Data, name: str) -> int:
    value = data.get(name, 0)
    return value if isinstance(value, int) else 0
