"""Bills and debts: what is owed, that it was paid, payment in parts, when somebody is cut off.

Sums are told only to phones that are registered with the customer.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from intents import debt_words
from intents.dialogues import handoff
from intents.dialogues.turn import Turn, fits
from intents.model import Debt, Reply, Step
from locales import dates

_DAY_MINUTES = 24 * 60
_HALF_A_DAY = timedelta(hours=12)
_OFFER = "debt.offer"
# Before the letter, which names the day.
_NO_DAY = ("", "first", "second")


def start(turn: Turn) -> Step:
    """A text about money."""
    said = debt_words.about(turn.heard.text)
    if said == "paid":
        return _offer(turn, _thanks(turn))
    if said == "parts" and not _plans(turn):
        return _offer(turn, [turn.reply("debt.parts")])
    if said and turn.facts.customers:
        asks_day = said == "off"
        return _offer(turn, _told(turn, asks_day) if turn.facts.debts else _nothing(turn))
    if said == "off" and turn.facts.moratorium:
        return _offer(turn, [_held(turn, [])])
    if said and said != "sum":
        phone = turn.facts.service_phone
        return turn.end(turn.reply("debt.unregistered", phone=phone))
    return _general(turn)


def fears_cut(turn: Turn) -> bool:
    """Whether a question about an outage is one about a debt that is known."""
    return bool(turn.facts.debts) and debt_words.fears_cut(turn.heard.text)


def tell(turn: Turn) -> Step:
    """What is owed, and what follows from it, to who asks when they are cut off."""
    return _offer(turn, _told(turn, asks_day=True))


def _offer(turn: Turn, told: list[Reply]) -> Step:
    return handoff.offer(turn, _OFFER, "billing", *told)


def _general(turn: Turn) -> Step:
    """Of bills in general."""
    key = "info.billing_moratorium" if turn.facts.moratorium else "info.billing"
    return handoff.offer(turn, key, "billing")


def _thanks(turn: Turn) -> list[Reply]:
    within = dates.within(turn.facts.payment_days * _DAY_MINUTES, turn.language)
    told = [turn.reply("debt.paid", within=within)]
    if _are_off(turn):
        told.append(turn.reply("debt.back"))
    return told


def _nothing(turn: Turn) -> list[Reply]:
    told = [turn.reply("debt.none")]
    return [*told, _held(turn, told)] if turn.facts.moratorium else told


def _told(turn: Turn, asks_day: bool) -> list[Reply]:
    """The sum, and the sentence on what follows from it."""
    debts = turn.facts.debts
    total = dates.money(sum(debt.sum_cents for debt in debts), turn.language)
    if len(debts) > 1:
        told = [turn.reply("debt.several", bills=len(debts), sum=total)]
    else:
        told = [turn.reply("debt.owes", sum=total, reference=debts[0].reference)]
    for follows in _follows(turn, told, asks_day):
        told = [*told, follows] if _fit(turn, [*told, follows]) else told
    return told


def _plans(turn: Turn) -> tuple[Debt, ...]:
    """Those paid in parts, with a payment to come."""
    return tuple(debt for debt in turn.facts.debts if debt.part_at)


def _follows(turn: Turn, told: list[Reply], asks_day: bool) -> list[Reply]:
    """What follows, the most wanted first; a plan that was agreed on holds in a moratorium too."""
    if turn.facts.moratorium and (plans := _plans(turn)) and not _are_off(turn):
        part = _pay_by(turn, plans)
        if asks_day:
            return [_held(turn, told), part]
        return [part, _held(turn, [*told, part])]
    return [_what_follows(turn, told, asks_day)]


def _are_off(turn: Turn) -> bool:
    return any(debt.stage == "disconnected" for debt in turn.facts.debts)


def _what_follows(turn: Turn, told: list[Reply], asks_day: bool) -> Reply:
    debts = turn.facts.debts
    cut = [debt.off_at for debt in debts if debt.off_at and debt.stage == "disconnection"]
    cut = [off for off in cut if not _is_over(turn, off)]
    if _are_off(turn):
        return turn.reply("debt.is_off")
    if turn.facts.moratorium:
        return _held(turn, told)
    if cut:
        return turn.reply("debt.off_on", off=_day(turn, min(cut)))
    if asks_day and all(debt.stage in _NO_DAY for debt in debts):
        ahead = turn.text("letter.ahead.days", count=turn.facts.written_days)
        return turn.reply("debt.no_day", ahead=ahead)
    return _pay_by(turn, debts)


def _pay_by(turn: Turn, debts: tuple[Debt, ...]) -> Reply:
    """By when the first of them must be paid: what a plan or a notice named holds."""
    first = min(debts, key=lambda debt: debt.due_at)
    if _is_over(turn, first.due_at):
        return turn.reply("debt.overdue")
    due = _by(turn, first.due_at)
    if first.part_at is None:
        return turn.reply("debt.due", due=due)
    part = dates.money(first.part_cents, turn.language)
    return turn.reply("debt.next_part", part=part, due=due)


def _is_over(turn: Turn, day: datetime) -> bool:
    """Whether a day is over; its moment is noon, and it lasts until midnight."""
    return turn.facts.now - day > _HALF_A_DAY


def _held(turn: Turn, told: list[Reply]) -> Reply:
    """That nobody is disconnected now, with the reason where there is one and room for it."""
    why = dict(turn.facts.moratorium_why).get(turn.language, "")
    if why:
        reason = turn.reply("debt.held_why", why=why.rstrip("."))
        if _fit(turn, [*told, reason]):
            return reason
    return turn.reply("debt.held")


def _fit(turn: Turn, told: list[Reply]) -> bool:
    return fits("\n".join([*(reply.text for reply in told), turn.text(_OFFER)]))


def _day(turn: Turn, at: datetime) -> str:
    return dates.on_day(at, turn.language, turn.facts.now, relative=True)


def _by(turn: Turn, at: datetime) -> str:
    return dates.by_day(at, turn.language, turn.facts.now, relative=True)
