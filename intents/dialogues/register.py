"""Linking this phone to a contract, and unlinking it.

Two facts are asked: the customer number, and one of the last four digits of the meter number or
the postcode. Whether a number exists is never told: the questions and the refusal are the same.
A text can carry one guess at the second fact and costs one try. While somebody guesses, from
however many phones, only a whole meter number will do: nobody guesses it, its owner can read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from intents.answer_words import asks, is_remark
from intents.dialogues import handoff
from intents.dialogues.outages import moment
from intents.dialogues.places import LABEL_IN_LIST
from intents.dialogues.turn import Turn, said
from intents.model import (
    Candidate,
    CountTry,
    Premises,
    RegisterPhone,
    State,
    Step,
    Understanding,
    UnregisterPhone,
)
from locales.short import short_address

MIN_NUMBER = 5  # digits; fewer cannot be a customer number
_FOUR_DIGITS = re.compile(r"(?<!\d)\d{4}(?!\d)")
_DIGITS = re.compile(r"\d+")
_NOT_DIGITS = re.compile(r"\D")
_SHOWN_ADDRESSES = 2


def start(turn: Turn) -> Step:
    if _is_locked(turn):
        return _tell_locked(turn)
    number = typed_number(turn.state, turn.heard)
    if number:
        return _with_number(turn, number)
    if turn.heard.entities.eic:
        return _not_a_number(turn)
    if turn.facts.customers:
        have = addresses(turn, turn.facts.premises)
        return turn.ask("register.number", "register.have_one", addresses=have)
    return turn.ask("register.number", "register.ask_number")


def take_number(turn: Turn) -> Step:
    """The answer to the question for the customer number."""
    number = typed_number(turn.state, turn.heard)
    if _is_locked(turn):
        return _tell_locked(turn)
    if number:
        return _with_number(turn, number)
    return _not_a_number(turn) if turn.heard.entities.eic else _declined_or_again(turn)


def take_second(turn: Turn) -> Step:
    """The answer to the question for the second fact."""
    if _is_locked(turn):
        return _tell_locked(turn)
    number = wanted_number(turn.state, turn.heard)
    fact = second_fact(turn.heard, number) or _of_whole_meter_number(turn.heard, number)
    return _checked(turn, number, fact) if number and fact else _declined_or_again(turn)


def take_retry(turn: Turn) -> Step:
    """After a wrong try: the second fact again, another number, or both."""
    if _is_locked(turn):
        return _tell_locked(turn)
    number, typed = wanted_number(turn.state, turn.heard), typed_number(turn.state, turn.heard)
    if typed and typed != number:
        return _with_meter_or_number(turn, number, typed)
    if typed:
        return _with_number(turn, number)
    fact = second_fact(turn.heard, number)
    return _checked(turn, number, fact) if number and fact else _declined_or_again(turn)


def _declined_or_again(turn: Turn) -> Step:
    """Who does not know the number, or asks where it is, is told where once more."""
    unable = is_remark(turn.heard.text) or asks(turn.heard.text)
    if unable and not turn.heard.entities.answer:
        return turn.told_again()
    return turn.end(turn.reply("small.cancelled")) if said(turn) == "no" else turn.again()


# --- what was typed -------------------------------------------------------------------------


def typed_number(state: State, heard: Understanding) -> str:
    """The customer number in the text; in answer to our question any long run of digits is one."""
    if heard.entities.customer_number:
        return heard.entities.customer_number
    if heard.entities.eic:
        return ""
    if (state.dialogue, state.step) not in (("register", "number"), ("register", "retry")):
        return ""
    runs: list[str] = [*_DIGITS.findall(heard.text), heard.entities.digits]
    return next((run for run in runs if len(run) >= MIN_NUMBER), "")


def wanted_number(state: State, heard: Understanding) -> str:
    """The customer number that this text is about: typed now, or before."""
    typed = typed_number(state, heard)
    before = str(state.data.get("number", "")) if state.dialogue == "register" else ""
    if state.step == "second" and before and not second_fact(heard, typed):
        return before  # one long run of digits here is a whole meter number
    if _may_be_meter(state, before, typed) and not second_fact(heard, typed):
        return before
    return typed or before


def _may_be_meter(state: State, before: str, typed: str) -> bool:
    """After a wrong try: customer numbers are of one length, and this one is not of it."""
    return state.step == "retry" and bool(before and typed) and len(typed) != len(before)


def second_fact(heard: Understanding, number: str) -> str:
    """Four digits: of the postcode when one is named, else the first run of four. '' for none."""
    if heard.entities.postcode:
        return _NOT_DIGITS.sub("", heard.entities.postcode)
    if heard.entities.eic or heard.entities.digits == number:
        return ""  # "1000 001" is the number itself, in two parts
    groups = _DIGITS.findall(heard.text)
    if len(groups) > 1 and heard.entities.digits and max(map(len, groups)) < MIN_NUMBER:
        return heard.entities.digits[-4:]  # "1020 4321" is a whole meter number
    runs: Iterable[str] = _FOUR_DIGITS.findall(heard.text)
    return next((run for run in runs if run != number), "")


def _of_whole_meter_number(heard: Understanding, number: str) -> str:
    """The last four digits of a long number that is not `number`."""
    return _whole_number(heard, number)[-4:]


def _whole_number(heard: Understanding, number: str) -> str:
    """A long number that is not `number`, also written in groups."""
    together = heard.entities.digits
    if heard.entities.eic or together == number:
        return ""
    runs = [run for run in (*_DIGITS.findall(heard.text), together) if len(run) >= MIN_NUMBER]
    return next((run for run in runs if run != number), "")


# --- the two facts --------------------------------------------------------------------------


def _with_number(turn: Turn, number: str) -> Step:
    if number in turn.facts.customers:
        own = [p for p in turn.facts.premises if p.customer_number == number]
        return turn.end(turn.reply("register.already", addresses=addresses(turn, own)))
    fact = second_fact(turn.heard, number)
    if not fact and not turn.heard.entities.phone:  # the other long number may be a phone's
        fact = _of_whole_meter_number(turn.heard, number)
    return _checked(turn, number, fact) if fact else _ask_second(turn, number)


def _with_meter_or_number(turn: Turn, number: str, typed: str) -> Step:
    """A whole meter number of the contract tried before, else another customer number.

    Either way it was a guess at the meter: it costs a try, or guesses would be free.
    """
    candidate, fact = turn.facts.candidate, typed if turn.facts.hunted else typed[-4:]
    if candidate is not None and _proves(turn, candidate, fact):
        return _check(turn, number, fact)
    if turn.facts.tries_left <= 1:
        return _wrong(turn, number)
    return _ask_second(turn, typed, CountTry(number))


def _ask_second(turn: Turn, number: str, *events: CountTry) -> Step:
    key = "register.ask_whole" if turn.facts.hunted else "register.ask_second"
    return turn.ask("register.second", key, *events, data={"number": number})


def _not_a_number(turn: Turn) -> Step:
    """An EIC code came instead; a mistyped one is named as such."""
    eic = turn.heard.entities.eic
    key = "register.eic_mistyped" if turn.heard.entities.eic_valid is False else "register.eic"
    return turn.ask("register.number", key, eic=eic)


def _checked(turn: Turn, number: str, fact: str) -> Step:
    """As `_check`; while somebody guesses, what is no whole number is not even compared."""
    if not turn.facts.hunted:
        return _check(turn, number, fact)
    whole = _whole_number(turn.heard, number)
    return _check(turn, number, whole) if whole else _ask_second(turn, number)


def _check(turn: Turn, number: str, fact: str) -> Step:
    candidate = turn.facts.candidate
    if candidate is None or candidate.customer_number != number:
        return _wrong(turn, number)
    if not _proves(turn, candidate, fact):
        return _wrong(turn, number)
    told = addresses(turn, candidate.premises)
    if candidate.has_this_phone:
        return turn.end(turn.reply("register.already", addresses=told))
    if candidate.phones >= turn.facts.max_phones:
        phones = turn.facts.max_phones
        return handoff.offer(turn, "register.too_many", "register", phones=phones)
    key = "register.done_stopped" if turn.facts.opted_out else "register.done"
    return turn.end(RegisterPhone(number), turn.reply(key, addresses=told))


def _proves(turn: Turn, candidate: Candidate, fact: str) -> bool:
    if turn.facts.hunted:
        return candidate.exists and fact in candidate.meters
    return candidate.exists and fact in (*candidate.meter_last4, *candidate.postcodes)


def _wrong(turn: Turn, number: str) -> Step:
    left = turn.facts.tries_left - 1
    if left < 1:
        until = turn.facts.now + timedelta(minutes=turn.facts.lock_minutes)
        locked = replace(turn, facts=replace(turn.facts, locked_until=until))
        return _tell_locked(locked, CountTry(number))
    data: dict[str, object] = {"number": number}
    key = "register.wrong_whole" if turn.facts.hunted else "register.wrong"
    return turn.ask("register.retry", key, CountTry(number), data=data, count=left)


def _is_locked(turn: Turn) -> bool:
    until = turn.facts.locked_until
    return until is not None and until > turn.facts.now


def _tell_locked(turn: Turn, *events: CountTry) -> Step:
    until = turn.facts.locked_until or turn.facts.now
    when = moment(turn, until)
    return handoff.offer(turn, "register.locked", "register", *events, when=when)


def addresses(turn: Turn, premises: Sequence[Premises]) -> str:
    """'Brīvības iela 105-12, Krasta iela 5 un vēl 3'; the contract itself when it has none."""
    if not premises:
        return turn.text("register.no_address")
    short = [short_address(each.address, limit=LABEL_IN_LIST) for each in premises]
    told = ", ".join(short[:_SHOWN_ADDRESSES])
    more = len(short) - _SHOWN_ADDRESSES
    return turn.text("list.and_more", addresses=told, more=more) if more > 0 else told


# --- leaving --------------------------------------------------------------------------------


def start_leaving(turn: Turn) -> Step:
    if not turn.facts.customers:
        return turn.end(turn.reply("register.not_registered"))
    told = addresses(turn, turn.facts.premises)
    return turn.ask("register.leave", "register.confirm_leave", addresses=told)


def take_leave(turn: Turn) -> Step:
    answer = said(turn)
    if answer == "yes":
        return turn.end(UnregisterPhone(), turn.reply("register.left"))
    return turn.end(turn.reply("register.kept")) if answer == "no" else turn.again()
