"""Agents and the bot: who owns a conversation, and an agent's words on their way out."""

from __future__ import annotations

from datetime import datetime

from bot.service import Service
from locales.alphabet import clean
from locales.segments import count_segments
from storage import Tx, conversations, messages
from storage.database import audit

MAX_TEXT = 1600


class CannotSay(Exception):
    """Another agent owns the conversation, or the text cannot be sent; the sentence says which."""


def say(made: Service, conversation_id: str, *, agent: str, text: str, now: datetime) -> int:
    """Put an agent's answer into the outbox and make the conversation theirs; SMS parts it takes.

    Ownership and message are one transaction: the bot cannot answer in between.
    Raises CannotSay when another agent has it, when the customer opted out of SMS, or when the
    text is empty or too long.
    """
    words = clean(text).strip()
    if not words:
        raise CannotSay("the text is empty; nothing was sent.")
    if len(words) > MAX_TEXT:
        raise CannotSay(f"the text has {len(words)} characters; at most {MAX_TEXT} can be sent.")
    segments = count_segments(words)

    def work(tx: Tx) -> None:
        conversation = conversations.get(tx, conversation_id)
        if messages.is_opted_out(tx, conversation["phone"]):
            raise CannotSay(
                "the customer has opted out of SMS (STOP); call or write a letter instead."
            )
        if not conversations.take_over(tx, conversation_id, agent):
            raise CannotSay(
                f"agent {conversation['agent']} has this conversation; nothing was sent."
            )
        conversations.agent_message(
            tx, conversation, agent=agent, text=words, segments=segments,
            provider=made.settings.sms_provider, now=now,
        )  # fmt: skip
        audit(tx, agent, "conversation.say", conversation_id, now=now)

    made.database.transaction(work)
    return segments


def give_back(made: Service, conversation_id: str, *, agent: str, now: datetime) -> bool:
    """The bot answers again; False when it had the conversation and nobody waited."""

    def work(tx: Tx) -> bool:
        changed = conversations.return_to_bot(tx, conversation_id)
        if changed:
            audit(tx, agent, "conversation.return", conversation_id, now=now)
        return changed

    return made.database.transaction(work)
