"""Events of a dialogue become rows: the one place that says what each of them does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.conversation import candidates
from intents import model
from intents.understanding import Recogniser
from storage import Tx, complaints, contacts, conversations, guesses, news, reports, still_dark
from storage.candidates import CUSTOMER


@dataclass(frozen=True, slots=True)
class Cause:
    """The text that caused the events, and who sent it."""

    conversation_id: str
    phone: str
    text: str
    message_id: str
    language: str
    recogniser: Recogniser


def apply_event(tx: Tx, event: model.Event, cause: Cause, now: datetime) -> None:
    """Do what the event says, inside the transaction of its turn. A reply is stored by the turn."""
    effect = _EFFECTS.get(type(event))
    if effect is not None:
        effect(tx, event, cause, now)


def describe(event: model.Event) -> dict[str, Any]:
    """The event for the record of the turn."""
    return {"event": type(event).__name__, **asdict(event)}


def _register(tx: Tx, event: model.RegisterPhone, cause: Cause, now: datetime) -> None:
    contacts.register(
        tx, cause.phone, event.customer_number, language=cause.language, text=cause.text,
        message_id=cause.message_id, now=now,
    )  # fmt: skip


def _unregister(tx: Tx, event: model.UnregisterPhone, cause: Cause, now: datetime) -> None:
    contacts.unregister(tx, cause.phone, text=cause.text, message_id=cause.message_id, now=now)


def _count_try(tx: Tx, event: model.CountTry, cause: Cause, now: datetime) -> None:
    guesses.count_try(tx, cause.phone, event.customer_number, now)


def _file_report(tx: Tx, event: model.FileReport, cause: Cause, now: datetime) -> None:
    reports.file_report(
        tx, cause.phone, address=event.address, town=event.town, eics=event.eics,
        scope=event.scope, danger=event.danger, message_id=cause.message_id, now=now,
    )  # fmt: skip


def _still_out(tx: Tx, event: model.StillOut, cause: Cause, now: datetime) -> None:
    still_dark.note(
        tx, cause.phone, event.outage_id, eics=event.eics, message_id=cause.message_id, now=now
    )


def _cancel_report(tx: Tx, event: model.CancelReport, cause: Cause, now: datetime) -> None:
    reports.cancel_report(tx, event.report_id, cause.phone, now)


def _subscribe(tx: Tx, event: model.Subscribe, cause: Cause, now: datetime) -> None:
    news.subscribe(tx, event.outage_id, cause.phone, cause.language, now)


def _opt_out(tx: Tx, event: model.OptOut, cause: Cause, now: datetime) -> None:
    contacts.opt_out(tx, cause.phone, text=cause.text, message_id=cause.message_id, now=now)


def _opt_in(tx: Tx, event: model.OptIn, cause: Cause, now: datetime) -> None:
    contacts.opt_in(tx, cause.phone, text=cause.text, message_id=cause.message_id, now=now)


def _set_language(tx: Tx, event: model.SetLanguage, cause: Cause, now: datetime) -> None:
    contacts.set_language(tx, cause.phone, event.language)
    conversations.choose_language(tx, cause.conversation_id, event.language)


def _hand_off(tx: Tx, event: model.HandOff, cause: Cause, now: datetime) -> None:
    conversations.ask_agent(
        tx, cause.conversation_id, event.topic, now, urgent=event.urgent
    )  # fmt: skip


def _leave_queue(tx: Tx, event: model.LeaveQueue, cause: Cause, now: datetime) -> None:
    conversations.leave_queue(tx, cause.conversation_id)


def _life_support(tx: Tx, event: model.FlagLifeSupport, cause: Cause, now: datetime) -> None:
    contacts.flag_life_support(tx, event.eics)


def _meant(tx: Tx, event: model.Meant, cause: Cause, now: datetime) -> None:
    said = candidates.Said("", cause.phone, event.text, cause.language, event.intent, CUSTOMER)
    candidates.note_answer(tx, said, cause.recogniser, now)


def _file_complaint(tx: Tx, event: model.FileComplaint, cause: Cause, now: datetime) -> None:
    owners = contacts.with_phone(tx, cause.phone)
    made = complaints.NewComplaint(
        event.number,
        cause.phone,
        cause.language,
        event.earlier or cause.text,
        now + timedelta(days=event.days),
        customer_number=str(owners[0]["customer_number"]) if owners else "",
        message_id=cause.message_id,
    )  # fmt: skip
    complaints.file(tx, made, now)


def _add_to_complaint(tx: Tx, event: model.AddToComplaint, cause: Cause, now: datetime) -> None:
    complaints.add_words(tx, event.number, cause.phone, event.earlier or cause.text)


_EFFECTS: dict[type, Callable[[Tx, Any, Cause, datetime], None]] = {
    model.RegisterPhone: _register,
    model.UnregisterPhone: _unregister,
    model.CountTry: _count_try,
    model.FileReport: _file_report,
    model.StillOut: _still_out,
    model.CancelReport: _cancel_report,
    model.Subscribe: _subscribe,
    model.OptOut: _opt_out,
    model.OptIn: _opt_in,
    model.SetLanguage: _set_language,
    model.HandOff: _hand_off,
    model.LeaveQueue: _leave_queue,
    model.FlagLifeSupport: _life_support,
    model.FileComplaint: _file_complaint,
    model.AddToComplaint: _add_to_complaint,
    model.Meant: _meant,
}
