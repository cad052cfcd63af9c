"""Agents and the bot: who owns a conversation, and an agent's words on their way out."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.service import Service
from locales.alphabet import clean, to_policy
from locales.catalogue import say as text_of
from locales.segments import count_segments
from storage import Row, Tx, agents, contacts, conversations, messages, search
from storage.database import audit

MAX_TEXT = 1600
MAX_NOTE = 2000
BLANK = "___"  # where a ready answer lacked a value
SILENT_AT_ONCE = 50  # conversations that one transaction gives back
POLICY = "policy"  # who acts when nobody does


class CannotSay(Exception):
    """It cannot be sent or done; the sentence says why. `why` is a word for programs."""

    def __init__(self, sentence: str, why: str = "", **values: object) -> None:
        super().__init__(sentence)
        self.why, self.values = why, values


class Overtaken(CannotSay):
    """Another agent has answered meanwhile: `by` and `text` say who and what."""

    def __init__(self, by: str, text: str) -> None:
        super().__init__(f"agent {by} has answered meanwhile: {text!r}; nothing was sent.", "late")
        self.by, self.text = by, text


def say(
    made: Service, conversation_id: str, *, agent: str, text: str, now: datetime,
    seen: str | None = None,
) -> int:  # fmt: skip
    """Put an agent's answer into the outbox and make the conversation theirs; SMS parts it takes.

    Ownership and message are one transaction: the bot cannot answer in between.
    `seen`: the last message that the agent knows of ('' for none); None: do not ask.
    Raises Overtaken when another agent said something after it. Raises CannotSay when another
    agent has it, when the customer opted out of SMS, or when the text is empty or too long.
    """
    words = _checked(text)
    segments = count_segments(words)

    def work(tx: Tx) -> None:
        conversation = conversations.get(tx, conversation_id)
        _refuse_stopped(tx, conversation)
        other = conversation["agent"]
        late = (
            conversations.answered_since(tx, conversation, seen, agent)
            if seen is not None
            else None
        )
        if late is not None:
            raise Overtaken(late["made_by"], late["body"])
        if not conversations.take_over(tx, conversation, agent, now):
            raise CannotSay(
                f"agent {other} has this conversation; nothing was sent.", "owned", agent=other
            )
        conversations.agent_message(
            tx, conversation, agent=agent, text=words, segments=segments,
            provider=made.settings.sms_provider, now=now,
        )  # fmt: skip
        search.make_stale(tx, conversation_id)
        audit(tx, agent, "conversation.say", conversation_id, now=now)

    made.database.transaction(work)
    return segments


def _within(text: str, most: int, empty: CannotSay) -> str:
    """The words of an agent, neither none nor too many."""
    words = clean(text).strip()
    if not words:
        raise empty
    if len(words) > most:
        raise CannotSay(
            f"{len(words)} characters are too many; at most {most} are taken.",
            "long", length=len(words), most=most,
        )  # fmt: skip
    return words


def _checked(text: str) -> str:
    words = _within(text, MAX_TEXT, CannotSay("the text is empty; nothing was sent.", "empty"))
    if BLANK in words:
        raise CannotSay(f"the text has a blank ({BLANK}); fill it in.", "blank")
    return words


def _refuse_stopped(tx: Tx, conversation: Row) -> None:
    if messages.is_opted_out(tx, conversation["phone"]):
        raise CannotSay(
            "the customer has opted out of SMS (STOP); call or write a letter instead.", "stopped"
        )


def assign(made: Service, conversation_id: str, to: str, *, by: str, now: datetime) -> None:
    """Give a conversation to an agent, also to oneself and from another one.

    Raises CannotSay when there is no such agent, or they are shut out or have other work.
    """

    def work(tx: Tx) -> None:
        conversations.get(tx, conversation_id)
        row = agents.get(tx, to)
        if row is None or row["disabled_at"] or "agent" not in row["roles"].split():
            raise CannotSay(f"there is no agent {to!r} who could take it.", "nobody", agent=to)
        conversations.assign(tx, conversation_id, to, now)
        audit(tx, by, "conversation.assign", conversation_id, now=now, detail=to)

    made.database.transaction(work)


def give_back(made: Service, conversation_id: str, *, agent: str, now: datetime) -> bool:
    """The bot answers again; False when it had the conversation and nobody waited."""

    def work(tx: Tx) -> bool:
        changed = conversations.return_to_bot(tx, conversation_id)
        if changed:
            audit(tx, agent, "conversation.return", conversation_id, now=now)
        return changed

    return made.database.transaction(work)


def close(made: Service, conversation_id: str, *, agent: str, now: datetime) -> bool:
    """It is done with: nobody waits, the bot answers. False when it was closed already."""

    def work(tx: Tx) -> bool:
        row = conversations.get(tx, conversation_id)
        if conversations.is_closed(row):
            return False
        conversations.close(tx, conversation_id, agent, now)
        audit(tx, agent, "conversation.close", conversation_id, now=now)
        return True

    return made.database.transaction(work)


def note(made: Service, conversation_id: str, *, agent: str, text: str, now: datetime) -> None:
    """A note to colleagues. Raises CannotSay for an empty or a very long one."""
    words = _within(text, MAX_NOTE, CannotSay("the note is empty.", "empty_note"))

    def work(tx: Tx) -> None:
        conversations.get(tx, conversation_id)
        conversations.add_note(tx, conversation_id, agent, words, now)
        audit(tx, agent, "conversation.note", conversation_id, now=now)

    made.database.transaction(work)


# --- conversations left alone ----------------------------------------------------------------


def end_silent(made: Service, now: datetime) -> int:
    """Give conversations that nobody has spoken in for `[conversation] return_hours` back to the
    bot, with a goodbye; how many. By day only: the goodbye wakes nobody."""
    hours = made.policy.conversation_return_hours
    before = now - timedelta(hours=hours)
    if not hours or made.policy.after_quiet_hours(now) != now:
        return 0
    if not conversations.silent(made.database, before, 1):
        return 0

    def work(tx: Tx) -> int:
        rows = conversations.silent(tx, before, SILENT_AT_ONCE)
        for row in rows:
            _say_goodbye(tx, made, row, now)
            conversations.return_to_bot(tx, row["id"])
            audit(tx, POLICY, "conversation.return", row["id"], now=now, detail="silent")
        return len(rows)

    return made.database.transaction(work, bulk=True)


def _say_goodbye(tx: Tx, made: Service, row: Row, now: datetime) -> None:
    if messages.is_opted_out(tx, row["phone"]):
        return
    language = language_of(tx, row)
    text = to_policy(text_of(language, "handoff.goodbye"), made.policy.text_answers)
    goodbye = messages.NewMessage(
        "sms", "answer", "answer", row["phone"], body=text, segments=count_segments(text),
        language=language,
    )  # fmt: skip
    messages.enqueue(tx, [goodbye], now)


def language_of(tx: Tx, row: Row) -> str:
    """The language of a conversation: chosen, else of the contact, else of the latest text."""
    if row["language"]:
        return str(row["language"])
    known = contacts.with_phone(tx, row["phone"])
    if known:
        return str(known[0]["language"])
    return conversations.language_of_texts(tx, row["phone"]) or "lv"
