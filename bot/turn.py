"""One text and what it causes: understood, then stored and answered in one transaction.

The answer goes back in the provider's own request: no call to a provider, no queue.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

from bot.channels.provider import Answer as Answer
from bot.channels.provider import Inbound as Inbound
from bot.channels.provider import Waited
from bot.conversation.effects import Cause, apply_event, describe
from bot.conversation.facts import load_facts, load_sender
from bot.conversation.learning import Learning
from bot.conversation.places import Match, Places
from bot.conversation.restraint import Restraint, Said, Weighed, is_urgent
from bot.policy import Policy
from bot.running.counted import HEARD, WITHHELD
from bot.running.logs import MESSAGE
from bot.service import Service
from intents import dialogue, model
from intents.address_parse import parse_whole
from intents.danger import find_danger
from intents.fold import fold
from intents.understanding import Recogniser
from locales.alphabet import clean, to_policy
from locales.catalogue import FALLBACK, say
from locales.segments import count_segments
from storage import Row, Tx, conversations, erased, late_texts, locks
from storage.database import maybe_moment, new_id

MAX_TEXT = 1600  # characters; providers join no more than ten parts
_SLACK = timedelta(minutes=1)  # clocks of hosts that keep texts may be so far apart


class SenderErased(Exception):
    """The text waited in a file, and its sender's data were erased since it came."""


_ENCODER = json.JSONEncoder(ensure_ascii=False)


class Turns:
    """Takes texts. One of them serves all threads of a process."""

    def __init__(self, service: Service, recogniser: Recogniser | None = None) -> None:
        self._database = service.database
        self.policy = service.policy
        self.learning = Learning(service.database, recogniser)
        self.places = Places(service.database)
        self.restraint = Restraint(service.database, service.policy, service.settings)

    def take(self, inbound: Inbound, now: datetime) -> Answer:
        """Store the text, do what it asks, and say what to answer.

        A text that came before (same provider and id) changes nothing and gets the same answer.
        Raises DatabaseBusy when nothing could be stored: the provider must try again; SenderErased.
        """
        # Understanding needs no database: it is done before the one writer is kept waiting.
        text = clean(inbound.text)[:MAX_TEXT]
        heard = self.learning.recogniser.understand(text)
        needs = dialogue.needs(model.State(), heard)
        taking = _Taking(self, inbound, text, heard, needs, self.match(heard, needs), now)
        self.restraint.strangers.prepare(now)
        answer = self._transact(taking)
        if not answer.repeated:
            HEARD.append((heard.intent, heard.language, heard.sure))
            if taking.weighed.stranger and answer.text:
                self.restraint.strangers.count(inbound.phone)
            if taking.weighed.why:
                WITHHELD.labels(taking.weighed.why).inc()
        return answer

    def take_plainly(self, inbound: Inbound, now: datetime) -> Answer:
        """Store a text that `take` failed on, and put its sender among those who wait for a person.

        Only the rules of danger look at it. Raises what storage raises.
        """
        text = clean(inbound.text)[:MAX_TEXT]
        heard = _unheard(text)
        plain = _Plainly(self, inbound, text, heard, model.Needs(), Match(), now)
        return self._transact(plain)

    def _transact(self, taking: _Taking) -> Answer:
        """One text of a phone at a time, and none while outages change: else a fault would be
        filed beside an outage that explains it. Others go on meanwhile."""
        phone = locks.of_phone(taking.inbound.phone)
        return self._database.transaction(taking.run, loose=True, alone=phone, beside=locks.NETWORK)

    def match(self, heard: model.Understanding, needs: model.Needs) -> Match:
        """The places that a text outside of any dialogue may mean."""
        address = heard.entities.address if needs.address else None
        match = self.places.match(address)
        if address is not None and not address.town and match.is_in_several_towns:
            match = self.places.match_beside(address, heard.text) or match
        if needs.on is not None and match == Match():
            match = self.places.match_on(needs.on, heard.text)
        if needs.town and match == Match():
            match = self.places.match_town(heard.text)
        return match


class _Taking:
    """The transaction of one turn. May run twice: it keeps nothing of a run that failed."""

    def __init__(
        self, turns: Turns, inbound: Inbound, text: str, heard: model.Understanding,
        needs: model.Needs, match: Match, now: datetime,
    ) -> None:  # fmt: skip
        self.turns, self.inbound, self.text, self.heard = turns, inbound, text, heard
        self.needs, self.match, self.now = needs, match, now
        self.weighed = Weighed("")

    def run(self, tx: Tx) -> Answer:
        inbound = self.inbound
        # Here, where the phone is held: an erasure is over, or takes what this turn stores.
        if inbound.waited is not None and erased.any_since(
            tx, inbound.waited.marks, inbound.waited.since - _SLACK
        ):
            raise SenderErased
        held = load_sender(tx, inbound.phone, self.now, inbound.provider, inbound.provider_id)
        if held["stored"]:
            stored = conversations.stored_reply(tx, inbound.provider, inbound.provider_id)
            return Answer(*stored, repeated=True) if stored else Answer(repeated=True)
        if inbound.provider_answered:
            step = _provider_step(inbound.provider_answered, held)
        else:
            step = self._step(tx, held)
        return self._keep(tx, held, step)

    def _step(self, tx: Tx, held: Row) -> model.Step:
        policy = self.turns.policy
        before = read_state(held["state"])
        if dialogue.expired(
            before, maybe_moment(held["last_in_at"]), self.now, policy.conversation_forget_minutes
        ):
            before = dialogue.forget(before)
        heard, needs, match = self.heard, self.needs, self.match
        # A text outside of any dialogue was looked through already, before the lock.
        if dialogue.leans(before):
            before, heard = dialogue.taken(before, heard)
            needs = dialogue.needs(before, heard)
            if heard is not self.heard:
                match = self.turns.match(heard, needs)
        if needs.joined is not None:
            match = self.turns.places.match(needs.joined)
        elif needs.address and match == Match():
            # We asked for an address, so the whole text is one, however little it looks like it.
            asked = heard.entities.address or parse_whole(needs.address)
            match = self.turns.places.match(asked)
        facts = load_facts(
            tx, policy, phone=self.inbound.phone, held=held, needs=needs, match=match, now=self.now,
            others=tuple((each, self.turns.places.match(each).places) for each in needs.others),
        )  # fmt: skip
        if held["owner"] == "agent":
            return _under_agent(before, heard, facts)
        return dialogue.step(before, heard, facts)

    def _keep(self, tx: Tx, held: Row, step: model.Step) -> Answer:
        inbound, now = self.inbound, self.now
        message_id = new_id()
        MESSAGE.set(message_id)
        step = self._restrained(held, step)
        conversation_id = conversations.keep_state(
            tx,
            held["id"],
            inbound.phone,
            write_state(step.state),
            now,
            pace=self.weighed.pace,
            owner=held["owner"] or "bot",
        )
        replies = [event for event in step.events if isinstance(event, model.Reply)]
        others = [event for event in step.events if not isinstance(event, model.Reply)]
        cause = Cause(
            conversation_id, inbound.phone, self.text, message_id, step.language,
            self.turns.learning.recogniser,
        )  # fmt: skip
        for event in others:
            if isinstance(event, model.Meant):
                cause = replace(cause, text=event.text)  # what it does, it does for that text
            apply_event(tx, event, cause, now)
        if held["owner"] == "agent":
            conversations.wait_for_agent(tx, conversation_id, now)
        text, segments = _finish("\n".join(e.text for e in replies), self.turns.policy.text_answers)
        received = conversations.Received(
            message_id, inbound.provider, inbound.provider_id, inbound.phone, self.text
        )
        answered = conversations.Answered(text, step.language, segments) if text else None
        if inbound.waited is None:
            reply_id = conversations.store_texts(tx, received, answered, now)
        else:
            reply_id = late_texts.store(tx, received, answered, told_at_once(inbound.waited), now)
        turn = conversations.Turn(
            conversation_id=conversation_id,
            message_id=message_id,
            reply_id=reply_id,
            language=step.language,
            intent=self.heard.intent,
            score=self.heard.score,
            sure=self.heard.sure,
            because=self.heard.because,
            answers=tuple(reply.key for reply in replies),
            events=[describe(event) for event in others] + self.weighed.events,
        )
        conversations.add_turn(tx, turn, now)
        return Answer(reply_id or "", text)

    def _restrained(self, held: Row, step: model.Step) -> model.Step:
        """The step, or one without its answer when this phone was answered enough."""
        said = [event.text for event in step.events if isinstance(event, model.Reply)]
        if not said:
            self.weighed = Weighed(held["pace"] or "")
            return step
        urgent = is_urgent(self.heard, step.events)
        known, phone, reserved = held["contacts"] > 0, self.inbound.phone, self.heard.reserved
        said_now = Said(phone, self.text, "\n".join(said), urgent, bool(reserved), known)
        self.weighed = self.turns.restraint.weigh(said_now, held["pace"] or "", self.now)
        if not self.weighed.why:
            return step
        events: list[model.Event] = [
            event for event in step.events if not isinstance(event, model.Reply)
        ]
        if self.weighed.last:
            events.append(_last_word(self.turns.policy, step.language))
        # What was not asked aloud cannot be answered: nothing is under way any more.
        return model.Step(dialogue.forget(step.state), tuple(events), step.language)


class _Plainly(_Taking):
    """The turn of a text that the dialogue failed on: kept, and handed to a person."""

    def _step(self, tx: Tx, held: Row) -> model.Step:
        policy, language = self.turns.policy, held["language"] or self.heard.language
        key, text = "handoff.passed_on", say(language, "handoff.passed_on")
        if is_danger := self.heard.danger == "sure":
            key, text = "danger.keep_away", keep_away(language, policy)
        events: tuple[model.Event, ...] = (model.HandOff("other", urgent=is_danger),)
        if held["owner"] != "agent":
            events = (model.Reply(key, text), *events)
        return model.Step(model.State(), events, language)


def _unheard(text: str) -> model.Understanding:
    """A text of which nothing is known but whether it tells of a danger."""
    try:
        danger = find_danger(fold(text))
    except Exception:  # noqa: BLE001 - what failed before may be this
        danger = ""
    return model.Understanding(text, FALLBACK, False, "other", 0.0, False, danger=danger)


def keep_away(language: str, policy: Policy) -> str:
    """What whoever is near a danger is told while nobody here can be told of it yet."""
    text = say(
        language, "danger.keep_away", emergency=policy.contact_safety_phone,
        phone=policy.contact_fault_phone,
    )  # fmt: skip
    return _finish(text, policy.text_answers)[0]


def told_at_once(waited: Waited) -> late_texts.Told:
    """What was said to a text that had to wait, as it is stored."""
    segments = count_segments(waited.told) if waited.told else 0
    return late_texts.Told(
        waited.since, waited.told_id, waited.told, waited.language, segments
    )  # fmt: skip


@lru_cache(maxsize=2048)  # most answers are among a few hundred
def _finish(text: str, mode: str) -> tuple[str, int]:
    """(the answer as it is sent, the SMS segments it takes)."""
    told = clean(to_policy(text, mode))
    return told, count_segments(told)


def _last_word(policy: Policy, language: str) -> model.Reply:
    """Before we fall silent: where help is to be had all the same."""
    fault, safety = policy.contact_fault_phone, policy.contact_safety_phone
    text = say(language, "small.enough", fault_phone=fault, safety_phone=safety)
    return model.Reply("small.enough", text)


def _under_agent(state: model.State, heard: model.Understanding, facts: model.Facts) -> model.Step:
    """An agent talks: the bot is silent but for STOP, START and danger, which cannot wait."""
    language = heard.language if heard.language_sure else facts.language or "lv"
    if not heard.reserved and heard.danger != "sure":
        return model.Step(state, (), language)
    # Nobody stands in a queue here: the agent is there.
    talking = replace(facts, handed_off=False)
    return replace(dialogue.step(model.State(), heard, talking), state=state)


def _provider_step(command: str, held: Row) -> model.Step:
    """The provider answered STOP or START itself: we record it and stay silent."""
    events: dict[str, tuple[model.Event, ...]] = {
        "STOP": (model.OptOut(), model.LeaveQueue()),
        "START": (model.OptIn(),),
    }
    return model.Step(model.State(), events.get(command.upper(), ()), held["language"] or "lv")


def read_state(text: str | None) -> model.State:
    """The state of a dialogue as it was kept; an empty one for '' and for who never wrote."""
    if not text:
        return model.State()
    dialogue_name, step, data, failures = json.loads(text)
    return model.State(dialogue_name, step, data, failures)


def write_state(state: model.State) -> str:
    """The state as it is kept; '' for an empty one."""
    if state == model.State():
        return ""
    if not state.dialogue and not state.failures and state.data.keys() == {"language"}:
        return _at_rest(str(state.data["language"]))
    return _ENCODER.encode([state.dialogue, state.step, state.data, state.failures])


@lru_cache(maxsize=8)
def _at_rest(language: str) -> str:
    """Nothing under way: how most turns end."""
    return _ENCODER.encode(["", "", {"language": language}, 0])
