"""One text and what it causes: understood, then stored and answered in one transaction.

The answer goes back in the provider's own request: no call to a provider, no queue.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime

from bot.effects import Cause, apply_event, describe
from bot.facts import load_facts
from bot.places import Match, Places
from bot.service import Service
from intents import dialogue, model
from intents.address_parse import parse_whole
from intents.understanding import Recogniser, load_recogniser
from locales.alphabet import clean, to_policy
from locales.segments import count_segments
from storage import Row, Tx, conversations
from storage.database import maybe_moment

MAX_TEXT = 1600  # characters; providers join no more than ten parts


_ENCODER = json.JSONEncoder(ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Inbound:
    """One text as a provider handed it over. `phone` is E.164 (or a short sender's name)."""

    provider: str
    provider_id: str
    phone: str
    text: str
    provider_answered: str = ""  # STOP, START, HELP: the provider has answered it itself


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: `text` is '' when nobody answers now (an agent will, or nobody need)."""

    reply_id: str = ""
    text: str = ""
    repeated: bool = False


class Turns:
    """Takes texts. One of them serves all threads of a process."""

    def __init__(self, service: Service, recogniser: Recogniser | None = None) -> None:
        self._database = service.database
        self.policy = service.policy
        self._recogniser = recogniser or load_recogniser()
        self.places = Places(service.database)

    def take(self, inbound: Inbound, now: datetime) -> Answer:
        """Store the text, do what it asks, and say what to answer.

        A text that came before (same provider and id) changes nothing and gets the same answer.
        Raises DatabaseBusy when nothing could be stored: the provider must try again.
        """
        # Understanding needs no database: it is done before the one writer is kept waiting.
        text = clean(inbound.text)[:MAX_TEXT]
        heard = self._recogniser.understand(text)
        likely = heard.entities.address if dialogue.needs(model.State(), heard).address else None
        match = self.places.match(likely)
        taking = _Taking(self, inbound, text, heard, match, now)
        return self._database.transaction(taking.run)


class _Taking:
    """The transaction of one turn. May run twice: it keeps nothing of a run that failed."""

    def __init__(
        self, turns: Turns, inbound: Inbound, text: str, heard: model.Understanding,
        match: Match, now: datetime,
    ) -> None:  # fmt: skip
        self.turns, self.inbound, self.text, self.heard = turns, inbound, text, heard
        self.match, self.now = match, now

    def run(self, tx: Tx) -> Answer:
        inbound = self.inbound
        message_id = conversations.take_inbound(
            tx, inbound.provider, inbound.provider_id,
            phone=inbound.phone, body=self.text, now=self.now,
        )  # fmt: skip
        if message_id is None:
            stored = conversations.stored_reply(tx, inbound.provider, inbound.provider_id)
            return Answer(*stored, repeated=True) if stored else Answer(repeated=True)
        conversation = conversations.open_conversation(tx, inbound.phone, self.now)
        if inbound.provider_answered:
            step = _provider_step(inbound.provider_answered, conversation)
        else:
            step = self._step(tx, conversation)
        return self._keep(tx, conversation, message_id, step)

    def _step(self, tx: Tx, conversation: Row) -> model.Step:
        policy = self.turns.policy
        before = read_state(conversation["state"])
        if dialogue.expired(
            before, maybe_moment(conversation["last_in_at"]), self.now,
            policy.conversation_forget_minutes,
        ):  # fmt: skip
            before = dialogue.forget(before)
        needs = dialogue.needs(before, self.heard)
        match = self.match
        if needs.address and match == Match():
            # We asked for an address, so the whole text is one, however little it looks like it.
            match = self.turns.places.match(
                self.heard.entities.address or parse_whole(needs.address)
            )
        facts = load_facts(
            tx, policy, phone=self.inbound.phone, conversation=conversation, needs=needs,
            match=match, now=self.now,
        )  # fmt: skip
        if conversation["owner"] == "agent":
            return _under_agent(before, self.heard, facts)
        return dialogue.step(before, self.heard, facts)

    def _keep(self, tx: Tx, conversation: Row, message_id: str, step: model.Step) -> Answer:
        cause = Cause(conversation, self.inbound.phone, self.text, message_id, step.language)
        for event in step.events:
            apply_event(tx, event, cause, self.now)
        text = to_policy(
            "\n".join(event.text for event in step.events if isinstance(event, model.Reply)),
            self.turns.policy.text_answers,
        )
        reply_id = None
        if text:
            reply_id = conversations.store_reply(
                tx, message_id, provider=self.inbound.provider, phone=self.inbound.phone,
                text=text, language=step.language, segments=count_segments(text), now=self.now,
            )  # fmt: skip
        if conversation["owner"] == "agent":
            conversations.wait_for_agent(tx, conversation["id"], self.now)
        conversations.keep_state(tx, conversation["id"], write_state(step.state), self.now)
        turn = self._turn(conversation, message_id, reply_id, step)
        conversations.add_turn(tx, turn, self.now)
        return Answer(reply_id or "", text)

    def _turn(
        self, conversation: Row, message_id: str, reply_id: str | None, step: model.Step
    ) -> conversations.Turn:
        return conversations.Turn(
            conversation_id=conversation["id"],
            message_id=message_id,
            reply_id=reply_id,
            language=step.language,
            intent=self.heard.intent,
            score=self.heard.score,
            sure=self.heard.sure,
            because=self.heard.because,
            events=[describe(event) for event in step.events],
        )


def _under_agent(state: model.State, heard: model.Understanding, facts: model.Facts) -> model.Step:
    """An agent talks: the bot is silent but for STOP, START and danger, which cannot wait."""
    language = heard.language if heard.language_sure else facts.language or "lv"
    if not heard.reserved and heard.danger != "sure":
        return model.Step(state, (), language)
    return replace(dialogue.step(model.State(), heard, facts), state=state)


def _provider_step(command: str, conversation: Row) -> model.Step:
    """The provider answered STOP or START itself: we record it and stay silent."""
    events: dict[str, tuple[model.Event, ...]] = {
        "STOP": (model.OptOut(),),
        "START": (model.OptIn(),),
    }
    return model.Step(
        model.State(), events.get(command.upper(), ()), conversation["language"] or "lv"
    )


def read_state(text: str) -> model.State:
    """The state of a dialogue as it was kept; an empty one for ''."""
    if not text:
        return model.State()
    dialogue_name, step, data, failures = json.loads(text)
    return model.State(dialogue_name, step, data, failures)


def write_state(state: model.State) -> str:
    if state == model.State():
        return ""
    return json.dumps([state.dialogue, state.step, state.data, state.failures], ensure_ascii=False)
