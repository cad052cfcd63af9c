"""How an outage is told: where, and when the power is expected back, or that nobody knows yet."""

from __future__ import annotations

import re
from datetime import datetime

from intents.dialogues.places import LABEL, cut
from intents.dialogues.turn import Turn, fits
from intents.model import Outage, Reply
from intents.remark_words import asks_why
from locales import dates
from locales.reasons import reason_in
from locales.short import short_address

_FLAT = re.compile(r"(\d\w*)-\d+[^\W\d_]?(?=,|$)")


def told(turn: Turn, outage: Outage, where: str = "") -> Reply:
    """The sentence about an active outage at one place, and where its crew is."""
    reply = _told(turn, outage, where or label(turn, outage))
    if not outage.crew:
        return reply
    text = f"{reply.text} {turn.text(f'outage.crew_{outage.crew}')}"
    return Reply(reply.key, text) if fits(text) else reply


def told_with_promise(turn: Turn, outage: Outage, where: str = "") -> Reply:
    """The same to somebody who gets the outage's news: promised, unless SMS are stopped."""
    return with_promise(turn, told(turn, outage, where), "outage.will_write")


def with_promise(turn: Turn, reply: Reply, promise: str) -> Reply:
    """The reply and the sentence `promise` after it, unless SMS to this phone are stopped."""
    if turn.facts.opted_out:
        return reply
    return Reply(reply.key, f"{reply.text} {turn.text(promise)}")


def _told(turn: Turn, outage: Outage, where: str) -> Reply:
    if outage.ends_at is None:
        if outage.next_word_at is not None and outage.next_word_at > turn.facts.now:
            news = until(turn, outage.next_word_at)
            return turn.reply("outage.next_word", address=where, when=news)
        return turn.reply("outage.no_time", address=where)
    if outage.ends_at <= turn.facts.now:
        return turn.reply("outage.overdue", address=where)
    key = "outage.planned_now" if outage.kind == "planned" else "outage.known_time"
    return turn.reply(key, address=where, when=until(turn, outage.ends_at))


def brief(turn: Turn, outage: Outage) -> str:
    """The same for a list: 'Brīvības iela 105-12 - līdz plkst. 16.30'."""
    if outage.ends_at is None or outage.ends_at <= turn.facts.now:
        return turn.text("outage.brief_no_time", address=label(turn, outage))
    when = until(turn, outage.ends_at)
    return turn.text("outage.brief", address=label(turn, outage), when=when)


def label(turn: Turn, outage: Outage) -> str:
    """Where it is: the short address, else the town, else what the sender wrote.

    The flat is told at the sender's own premises only: of others, the house is enough.
    """
    if outage.address:
        short = short_address(outage.address, outage.town, LABEL)
        own = outage.eic in {premises.eic for premises in turn.facts.premises}
        return short if own else _FLAT.sub(r"\1", short)
    address = turn.heard.entities.address
    return cut(outage.town or (address.raw if address else turn.heard.text))


def moment(turn: Turn, at: datetime) -> str:
    """'plkst. 16.30' today, else 'rīt plkst. 9.00' or with the date."""
    return _when(turn, at, "when.today", "when.day")


def until(turn: Turn, at: datetime) -> str:
    """'līdz plkst. 16.30' today, else 'rīt līdz plkst. 9.00' or with the date."""
    return _when(turn, at, "when.by_today", "when.by_day")


def _when(turn: Turn, at: datetime, today: str, other: str) -> str:
    hour = dates.hour(at, turn.language)
    if is_today(turn, at):
        return turn.text(today, hour=hour)
    day = dates.on_day(at, turn.language, turn.facts.now, relative=True)
    return turn.text(other, day=day, hour=hour)


def is_today(turn: Turn, at: datetime) -> bool:
    return dates.local(at).date() == dates.local(turn.facts.now).date()


def overdue(turn: Turn, outage: Outage) -> bool:
    """The time that was told has passed."""
    return outage.ends_at is not None and outage.ends_at <= turn.facts.now


def reasoned(turn: Turn, outage: Outage, reply: Reply) -> Reply | None:
    """With the reason, for who asks why, where it is known in their language; else None."""
    if not outage.reason or not asks_why(turn.heard.text):
        return None
    reason = reason_in(outage.reason, turn.language)
    if not reason:
        return None
    text = f"{reply.text} {turn.text('outage.why', reason=reason)}"
    return Reply(reply.key, text) if fits(text) else None
