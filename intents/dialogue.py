"""Steps a dialogue: the state, what was heard and what is known give a new state and events.

Pure: the clock is `facts.now`. The order of the rules is the order of `_RULES`: STOP, danger,
an answer that was asked for, a change of mind, and only then what the text starts.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from intents.address_more import adds, only_adds, others
from intents.debt_words import fears_cut
from intents.dialogues import (
    about,
    beside,
    complaint,
    fault,
    handoff,
    machine,
    owed,
    planned,
    register,
    remarks,
    safety,
    small,
    status,
    steps,
    still,
    subscription,
    unclear,
    withdrawal,
)
from intents.dialogues.bare import is_bare, street_on
from intents.dialogues.halves import completed, joined
from intents.dialogues.outcome import affordable, one_hand_off
from intents.dialogues.places import spots_from
from intents.dialogues.spoken import language_kept, language_of, wanted, with_language
from intents.dialogues.turn import MAX_FAILURES, Handler, Turn, fits, said
from intents.meant import settled
from intents.model import (
    Address,
    Facts,
    Meant,
    Needs,
    Reply,
    State,
    Step,
    Understanding,
)


def cancel(turn: Turn) -> Step:
    """With nothing under way it may mean the queue, and only then a report."""
    if turn.state.dialogue or not turn.facts.handed_off:
        return small.cancel(turn)
    if turn.facts.reports and (turn.facts.urgent or withdrawal.is_unplaced(turn)):
        return small.cancel(turn)
    return handoff.leave(turn)


STARTERS: dict[str, Handler] = {
    "report_fault": fault.start,
    "power_quality": fault.start,
    "danger": safety.warn,
    "outage_status": status.start,
    "planned_outages": planned.start,
    "still_out": still.start,
    "restored": withdrawal.restored,
    "register": register.start,
    "unregister": register.start_leaving,
    "opt_out": subscription.ask_stop,
    "opt_in": subscription.resume,
    "language": small.ask_language,
    "agent": handoff.start,
    "help": small.help_out,
    "cancel": cancel,
    "billing": owed.start,
    "meter_reading": small.meter_reading,
    "complaint": complaint.start,
    "compensation": small.compensation,
    "my_data": small.my_data,
    "greeting": small.greet,
    "thanks": small.thank,
    **dict.fromkeys(("yes", "no", "choice"), small.nothing_asked),
}

HANDLERS: dict[tuple[str, str], Handler] = {
    ("fault", "confirm"): fault.take_confirm,
    ("fault", "choose"): fault.take_choice,
    ("fault", "address"): fault.take_address,
    ("fault", "scope"): fault.take_scope,
    ("fault", "next"): fault.take_next,
    ("fault", "withdraw"): withdrawal.take_withdraw,
    ("still", "is_back"): still.take_back,
    ("status", "address"): status.take_address,
    ("status", "report"): status.take_report,
    ("status", "offer"): status.take_offer,
    ("status", "elsewhere"): status.take_elsewhere,
    ("planned", "street"): planned.take_street,
    ("register", "number"): register.take_number,
    ("register", "second"): register.take_second,
    ("register", "retry"): register.take_retry,
    ("register", "leave"): register.take_leave,
    ("subscription", "stop"): subscription.take_stop,
    ("danger", "doubt"): safety.take_doubt,
    ("danger", "where"): safety.take_where,
    ("small", "language"): small.take_language,
    ("small", "meaning"): unclear.take_answer,
    ("complaint", "text"): complaint.take_text,
    ("complaint", "confirm"): complaint.take_confirm,
    ("complaint", "more"): complaint.take_more,
}


_NOTHING = Needs()
_LIKELY = 0.8


def step(state: State, heard: Understanding, facts: Facts) -> Step:
    """Takes one text. Never raises for a state that `step` made; gives at least one Reply, but
    to a machine that answers again. A text after the time of `expired` is stepped from `forget`.
    """
    state, heard = taken(state, heard)
    heard = _on_street(completed(state, heard), facts)
    turn = Turn(state, heard, facts, language_of(state, heard, facts, steps.PLACE_STEPS))
    outcome = about.carried(state, heard, with_language(turn, _with_life_support(turn)))
    events = affordable(one_hand_off(outcome.events))
    if "meant" in state.data:
        events = (Meant(heard.intent, str(state.data["text"])), *events)
    return outcome if events is outcome.events else replace(outcome, events=events)


def taken(state: State, heard: Understanding) -> tuple[State, Understanding]:
    """The text with what it leaves out, since something was asked or told before."""
    return about.resumed(*settled(beside.to_register(state, heard), heard))


def leans(state: State) -> bool:
    """Whether a text may mean something else in this state than by itself."""
    return bool(state.dialogue) or "about" in state.data


def _on_street(heard: Understanding, facts: Facts) -> Understanding:
    """With the street of "net sveta na Miera", when there is such a street."""
    street = street_on(heard) if facts.streets else None
    return replace(heard, entities=replace(heard.entities, address=street)) if street else heard


def needs(state: State, heard: Understanding) -> Needs:
    """What must be loaded into `Facts` before `step`."""
    state, heard = taken(state, heard)
    if "part" in state.data and (made := joined(state, heard)):
        street = _street_of(made) if _asks_of_street(state, heard) else ""
        return Needs(address=made.raw, joined=made, street=street)
    town = heard.intent in steps.PLACED and heard.entities.address is None
    bare = not state.dialogue and is_bare(heard)
    fearing = heard.intent in steps.FEARING or not heard.sure
    owes = heard.intent == "billing" or (fearing and fears_cut(heard.text))
    waits = heard.intent == "agent" or state.dialogue == "handoff"
    loads = owes or waits or heard.intent in steps.LOADING
    if not (state.dialogue or town or bare or heard.entities.address or loads):
        return _NOTHING
    named = heard.entities.address if _may_place(state, heard) else None
    on = street_on(heard)
    at = (state.dialogue, state.step)
    whole = bare or (at in steps.ADDRESS_STEPS and not heard.entities.answer)
    kept = str(state.data.get("place", "")) if at in steps.KEPT_PLACE and not named else None
    asked = (heard.text.strip() if whole else "") if kept is None else kept
    registers = state.dialogue == "register" or heard.intent == "register"
    street = _street_of(named or on) or asked or heard.text
    return Needs(
        registration=registers,
        customer_number=register.wanted_number(state, heard) if registers else "",
        eics=tuple(dict.fromkeys(eic for spot in spots_from(state.data) for eic in spot.eics)),
        street=street if _asks_of_street(state, heard) else "",
        address=named.raw if named else asked,
        on=on,
        town=town,
        others=others(heard.text, named) if named and _is_of_fault(state, heard) else (),
        emails=heard.intent == "opt_out" or state.dialogue == "subscription",
        debts=owes,
        complaint="complaint" in (heard.intent, state.dialogue),
        waits=waits,
    )


def _street_of(named: Address | None) -> str:
    return (named.street or named.town or named.raw) if named else ""


def _is_of_fault(state: State, heard: Understanding) -> bool:
    """Whether each address in the text may be one to report."""
    return state.dialogue == "fault" or (not state.dialogue and heard.intent in steps.FAULTS)


def _asks_of_street(state: State, heard: Understanding) -> bool:
    """Who asks hears of a whole street; who reports a fault tells of one house."""
    asks = heard.intent in steps.ASKING or not heard.sure
    return asks or state.dialogue in ("status", "planned")


def _may_place(state: State, heard: Understanding) -> bool:
    """Whether an address in the text can matter: matching and loading it costs the most of all."""
    if state.dialogue or heard.danger or heard.entities.life_support:
        return True
    return heard.intent in steps.PLACED or not heard.sure


def expired(
    state: State, last_turn_at: datetime | None, now: datetime, forget_minutes: int
) -> bool:
    """Whether the conversation was left alone for so long that it is forgotten."""
    if not (leans(state) or "language" in state.data) or last_turn_at is None:
        return False
    return now - last_turn_at > timedelta(minutes=forget_minutes)


def forget(state: State) -> State:
    """The state after a dialogue was left alone: closed, and remembered to have been there."""
    kept: dict[str, object] = {"forgotten": state.dialogue} if state.dialogue else {}
    return State(data=kept | language_kept(state.data, under_way=leans(state)))


# --- the rules, first to last ---------------------------------------------------------------


def _with_life_support(turn: Turn) -> Step:
    """The urgent part first; then the fault goes on, anything else waits for the agent's call."""
    if not turn.heard.entities.life_support or turn.heard.reserved:
        return _take(turn)
    danger = safety.is_sure(turn) or safety.is_doubtful(turn)
    if danger or turn.state.dialogue == "fault":
        outcome = _take(turn)
    elif turn.heard.intent in steps.FAULTS:
        outcome = _start(turn, turn.heard.intent)
    elif turn.heard.entities.address and turn.heard.intent == "other":
        outcome = fault.start(turn)
    else:
        return turn.end(*safety.life_support(turn, "danger.life_support"))
    # The warning of a danger says whom to call already, and so does what was passed on before.
    warned = safety.is_sure(turn) or safety.is_passed_on(turn)
    key = "" if warned else "danger.life_support_short"
    return replace(outcome, events=(*safety.life_support(turn, key), *outcome.events))


def _take(turn: Turn) -> Step:
    if turn.heard.reserved == "opt_out":
        return subscription.stop(turn)
    if turn.heard.reserved == "opt_in":
        return subscription.resume(turn)
    if machine.is_machine(turn):
        return machine.take(turn)
    if safety.is_passed_on(turn):
        return safety.pass_on_again(turn)
    if safety.is_sure(turn) and turn.at != ("danger", "where"):
        return safety.warn(turn)
    if safety.is_doubtful(turn):
        return safety.ask_doubt(turn)
    if wanted(turn.heard) and (not turn.heard.sure or turn.heard.intent == "language"):
        return small.switch(turn)
    if still.answers_check(turn):
        return still.take_check(turn)
    if remarks.is_emergency_number(turn) and turn.at not in steps.NUMBER_STEPS:
        return remarks.call_emergency(turn)
    return _follow(turn) if turn.at in HANDLERS else _begin(turn)


def _is(turn: Turn, intent: str) -> bool:
    return turn.heard.sure and turn.heard.intent == intent


def _follow(turn: Turn) -> Step:
    """A dialogue is under way: a side remark, a change of mind, or the answer."""
    if _is(turn, "cancel") or _likely_cancels(turn):
        return small.cancel(turn)
    if turn.heard.sure and turn.heard.intent in small.ASIDE and not _answers(turn):
        return _aside(turn)
    if remarks.asks_who(turn):
        return remarks.tell_who(turn)
    if _changes_mind(turn):
        outcome = _start(turn, turn.heard.intent)
        return beside.keep_open(turn, outcome) if turn.heard.intent in beside.ASIDE else outcome
    outcome = HANDLERS[turn.at](turn)
    if outcome.state.failures >= MAX_FAILURES:
        return beside.keep_open(turn, unclear.give_up(turn))
    return outcome


def _likely_cancels(turn: Turn) -> bool:
    """To leave a dialogue undoes nothing, so a likely wish will do: "never mind, it's back"."""
    heard = turn.heard
    return heard.intent == "cancel" and heard.score >= _LIKELY and not _answers(turn)


def _take_offer(turn: Turn) -> Step:
    """The answer to the offer of a person, or to the question that the offer interrupted."""
    if handoff.is_beside(turn):
        return _begin(replace(turn, state=State(data={"language": turn.language})))
    back = beside.way_back(turn, steps.PLACE_STEPS)
    return _follow(replace(turn, state=back)) if back else handoff.offered(turn)


def _aside(turn: Turn) -> Step:
    if turn.heard.intent == "thanks" and turn.at in steps.OFFERS:
        return small.thank(turn)
    return small.aside(turn)


def _changes_mind(turn: Turn) -> bool:
    intent = turn.heard.intent
    if not turn.heard.sure or intent not in STARTERS or intent in ("yes", "no", "choice"):
        return False
    if turn.at == ("danger", "where") and safety.is_sure(turn):
        return False
    return intent not in steps.KEEPS.get(turn.at, frozenset()) and not _answers(turn)


def _answers(turn: Turn) -> bool:
    """Whether the text holds what the step asked for, whatever it looks like besides."""
    entities, intent = turn.heard.entities, turn.heard.intent
    if entities.choice is not None or entities.answer:
        return True
    if turn.at in steps.REGISTER_STEPS:
        typed = entities.customer_number or entities.postcode or entities.digits or entities.eic
        return bool(typed) and intent in steps.NUMBERED
    return turn.at in steps.PLACE_STEPS and entities.address is not None and intent in steps.PLACED


def _begin(turn: Turn) -> Step:
    """Nothing is under way."""
    heard = turn.heard
    bare = heard.intent in ("yes", "no", "choice") or bool(heard.entities.answer)
    if "forgotten" in turn.data and (bare or heard.text.strip().isdecimal()):
        return _anew(turn)
    if heard.entities.answer:
        return small.nothing_asked(turn)
    if _adds_a_place(turn):
        return fault.start_another(turn)
    if is_bare(heard):
        return status.at_place(turn)
    if owed.fears_cut(turn):
        return owed.tell(turn)
    if planned.asks_to_move(turn):
        return planned.cannot_move(turn)
    remark = remarks.take(turn)
    if remark:
        return remark
    if heard.sure and heard.intent in STARTERS:
        return _start(turn, heard.intent)
    return _unsure(turn)


def _unsure(turn: Turn) -> Step:
    """One likely meaning is followed where that does no harm; else which one is asked."""
    known = tuple(STARTERS)
    if meaning := "" if turn.heard.sure else unclear.one_meaning(turn, known):
        outcome = _start(turn, meaning)
        if unclear.only_asks(meaning, outcome):
            return outcome
    return unclear.start(turn, known)


def _adds_a_place(turn: Turn) -> bool:
    """ "And Dzirnavu 40 too", after a report."""
    heard = turn.heard
    if not turn.facts.reports or heard.entities.address is None:
        return False
    if heard.sure and heard.intent != "other":
        return heard.intent in steps.FAULTS and adds(heard.text)
    return only_adds(heard.text, heard.entities.address)


def _start(turn: Turn, intent: str) -> Step:
    return STARTERS[intent](turn)


_ANEW: dict[str, str] = {
    "fault": "report_fault",
    "status": "outage_status",
    "planned": "planned_outages",
    "register": "register",
}


def _anew(turn: Turn) -> Step:
    """The answer to a question that was forgotten: says so, and asks from the beginning."""
    intent = _ANEW.get(str(turn.data["forgotten"]), "")
    if not intent or said(turn) == "no":
        return turn.end(turn.reply("small.forgotten"))
    outcome = _start(turn, intent)
    events = (turn.reply("small.anew"), *outcome.events)
    told = "\n".join(event.text for event in events if isinstance(event, Reply))
    return replace(outcome, events=events) if fits(told) else outcome


# Here because it leads to any of the starters.
HANDLERS["handoff", "offer"] = _take_offer
