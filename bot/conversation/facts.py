"""What a dialogue may know about a sender, loaded in the turn's own transaction."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

from bot.conversation import guessing, money
from bot.conversation.places import Match
from bot.conversation.waits import about_minutes
from bot.policy import Policy
from intents import model
from storage import Row, Tx, contacts, conversations, guesses, locks, news, reports
from storage.database import maybe_moment, moment

Others = tuple[tuple[model.Address, tuple[model.Place, ...]], ...]

CHECK_BACK_HOURS = 12
_TRIES_OF_A_HUNTED_NUMBER = 2  # a phone, within the lock's time


def load_sender(tx: Tx, phone: str, now: datetime, provider: str, provider_id: str) -> Row:
    """Who writes, and whether this text came before, as `storage.conversations.sender` gives it."""
    since = now - timedelta(hours=CHECK_BACK_HOURS)
    return conversations.sender(tx, phone, since, provider=provider, provider_id=provider_id)


def load_facts(
    tx: Tx, policy: Policy, *, phone: str, held: Row, needs: model.Needs, match: Match,
    now: datetime, others: Others = (),
) -> model.Facts:  # fmt: skip
    """Everything about the sender (`held`), and what `needs` asks for beyond that.

    `match` and `others`: what the address in the text may mean, and those behind it.
    """
    places = (*match.places, *(place for _, found in others for place in found))
    rows = contacts.with_phone(tx, phone) if held["contacts"] else []
    customers = tuple(dict.fromkeys(str(row["customer_number"]) for row in rows))
    own = premises_of(tx, list(customers))
    waits = held["waiting_since"] is not None
    until, back = _agents(policy, now.replace(second=0, microsecond=0))
    if number := needs.customer_number:
        # Two phones must not both be the last that a customer may have, nor have the last try.
        locks.wait_for(tx, f"customer {number}")
    locked_until, tries_left = _tries(tx, policy, phone, needs, now)
    return model.Facts(
        now=now,
        phone=phone,
        language=held["language"] or (str(rows[0]["language"]) if rows else ""),
        customers=customers,
        premises=own,
        outages=outages_at(tx, policy, [premises.eic for premises in own], now),
        places=match.places,
        streets=match.streets,
        town=match.town,
        elsewhere=match.elsewhere,
        others=others,
        place_outages=_outages_near(tx, policy, replace(match, places=places), needs, now),
        candidate=_candidate(tx, number, phone),
        locked_until=locked_until,
        tries_left=tries_left,
        lock_minutes=policy.registration_lock_minutes,
        hunted=bool(number) and guessing.is_hunted(tx, policy, number, now),
        reports=_reports(tx, policy, phone, now) if held["reports"] else (),
        opted_out=held["opted_out"] is not None,
        waiting=held["waiting"],
        handed_off=waits,
        urgent=waits and bool(held["urgent"]),
        has_email=needs.emails and contacts.has_email(tx, list(customers)),
        agents_until=until,
        agents_from=back,
        awaits_restored_check=held["restored"] or "",
        moratorium=held["moratorium"] == "on",
        wait_minutes=_wait(tx, policy, held["waiting"], until, now) if needs.waits else None,
        **(money.owed(tx, policy, customers, now) if needs.debts else {}),
        **(money.complaints_of(tx, policy, phone) if needs.complaint else {}),
        max_phones=policy.registration_max_phones,
        brand=policy.brand_in_answers,
        safety_phone=policy.contact_safety_phone,
        fault_phone=policy.contact_fault_phone,
        service_phone=policy.contact_service_phone,
    )


@lru_cache(maxsize=16)
def _agents(policy: Policy, minute: datetime) -> tuple[datetime | None, datetime | None]:
    """(when agents go home, when they are back): the same for all texts of a minute."""
    return policy.agents_until(minute), policy.agents_from(minute)


def _wait(tx: Tx, policy: Policy, before: int, until: datetime | None, now: datetime) -> int | None:
    """In about how many minutes a person answers; None when it is not known, or after work."""
    most = policy.conversation_told_wait_minutes
    minutes = about_minutes(tx, now, before=before, at_most=most)
    late = minutes is not None and until is not None and now + timedelta(minutes=minutes) > until
    return None if late else minutes


def premises_of(tx: Tx, customer_numbers: list[str]) -> tuple[model.Premises, ...]:
    return tuple(_premises(row) for row in contacts.premises_of(tx, customer_numbers))


def outages_at(tx: Tx, policy: Policy, eics: list[str], now: datetime) -> tuple[model.Outage, ...]:
    """Open outages at these premises, soonest first. Planned works under way count as active."""
    return tuple(_outage(row, policy, now) for row in news.open_at(tx, eics, now)) if eics else ()


def _outages_near(
    tx: Tx, policy: Policy, match: Match, needs: model.Needs, now: datetime
) -> tuple[model.Outage, ...]:
    """Open outages at the houses that the text means; else on its streets; else in its town."""
    eics = {eic for place in match.places if place.exact for eic in place.eics} | set(needs.eics)
    rows = news.open_at(tx, sorted(eics), now) if eics else []
    if match.streets and needs.street:
        rows += news.open_on_streets(tx, match.streets, now)
    if match.town and needs.street:
        rows += news.open_in_town(tx, match.town, now)
    return tuple(_outage(row, policy, now) for row in rows)


def _outage(row: Row, policy: Policy, now: datetime) -> model.Outage:
    starts = moment(row["starts_at"])
    state = "active" if row["state"] == "scheduled" and starts <= now else str(row["state"])
    return model.Outage(
        id=str(row["id"]),
        kind=str(row["kind"]),
        state=state,
        starts_at=starts,
        ends_at=maybe_moment(row["ends_at"]),
        reason=str(row["reason"]),
        address=str(row["address"]),
        town=str(row["town"]),
        eic=str(row["eic"]),
        next_word_at=_next_word(row, policy),
        crew=str(row["crew"]),
    )


def _next_word(row: Row, policy: Policy) -> datetime | None:
    """With no restoration time: how long after the last word the next one is promised."""
    if row["kind"] != "unplanned" or row["ends_at"] is not None:
        return None
    return moment(row["updated_at"]) + timedelta(minutes=policy.unplanned_next_word_minutes)


def _premises(row: Row) -> model.Premises:
    return model.Premises(
        eic=str(row["eic"]),
        customer_number=str(row["customer_number"]),
        address=str(row["address"]),
        town=str(row["town"]),
        transformer=str(row["transformer"]),
        feeder=str(row["feeder"]),
        life_support=bool(row["life_support"]),
    )


def _reports(tx: Tx, policy: Policy, phone: str, now: datetime) -> tuple[model.Report, ...]:
    return tuple(_report(row, policy, now) for row in reports.open_reports(tx, phone))


def _report(row: Row, policy: Policy, now: datetime) -> model.Report:
    return model.Report(
        id=str(row["id"]),
        address=str(row["address"]),
        town=str(row["town"]),
        made_at=moment(row["made_at"]),
        eic=str(row["eic"]),
        outage=_explaining(row, policy, now) if row["outage_kind"] else None,
        danger=bool(row["danger"]),
        scope=str(row["scope"]),
    )


def _explaining(row: Row, policy: Policy, now: datetime) -> model.Outage:
    """The outage that a report belongs to, at the place of the report."""
    names = ("kind", "state", "reason", "crew", "starts_at", "ends_at", "updated_at")
    outage = {name: row[f"outage_{name}"] for name in names} | {"id": row["outage_id"]}
    place = {name: row[name] for name in ("address", "town", "eic")}
    return _outage(outage | place, policy, now)


def _candidate(tx: Tx, customer_number: str, phone: str) -> model.Candidate | None:
    if not customer_number:
        return None
    rows, phones = contacts.candidate(tx, customer_number)
    meters = [_digits(row["meter_number"]) for row in rows]
    return model.Candidate(
        customer_number=customer_number,
        exists=bool(rows),
        meter_last4=tuple(each[-4:] for each in meters),
        meters=tuple(each for each in meters if len(each) >= guessing.MIN_WHOLE),
        postcodes=tuple(_digits(row["postcode"]) for row in rows),
        phones=len(phones),
        has_this_phone=phone in phones,
        premises=tuple(_premises(row) for row in rows),
    )


def _tries(
    tx: Tx, policy: Policy, phone: str, needs: model.Needs, now: datetime
) -> tuple[datetime | None, int]:
    """(locked until, tries left). The lock runs from the try that used up the last one.

    Only the phone that tried is locked. A number that other phones tried too often has fewer
    tries for everybody, whether it exists or not: its owner still gets in, guessing slows down.
    """
    most = policy.registration_max_tries
    if not needs.registration:
        return None, most
    window = timedelta(minutes=policy.registration_lock_minutes)
    tried, others = guesses.tries_since(tx, phone, needs.customer_number, now - window)
    left = (min(most, _TRIES_OF_A_HUNTED_NUMBER) if others >= most else most) - len(tried)
    return (moment(tried[-1]) + window if tried and left <= 0 else None), max(left, 0)


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())
