"""Debts: which notice is next, into which campaign it goes, and what its message says.

First notice, last warning, disconnection letter; a plan, reconnection, and a word of relief while a
moratorium lasts. Every campaign of them is approved by a second person.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.debts import days as debt_days
from bot.debts import moratorium
from bot.debts.ready import next_for
from bot.debts.refused import DebtRefused
from bot.people.persons import is_maker
from bot.policy import Policy
from bot.words import texts
from bot.words.counted import counted
from bot.words.documents import Document, write_document
from bot.words.full import document
from bot.words.subjects import Debt, Instalment, Reader
from storage import Database, Row, Tx, debts
from storage import campaigns as rows
from storage.database import audit, new_id
from storage.lists import in_chunks

KIND = "debt"  # of the campaigns
TITLES = {
    "debt_first": "First notices of debt",
    "debt_second": "Last warnings of debt",
    "debt_disconnection": "Disconnections for debt",
    "debt_reconnection": "Reconnection after debt",
    "debt_plan": "Payment plan",
    "debt_last": "Last words before a disconnection",
    "debt_held": "Debts during the moratorium",
    "debt_over": "Debts after the moratorium",
}
CHUNK = 300
# A day of disconnection that nobody chose leaves so long for approval and for the print shop.
SLACK = timedelta(days=3)


NO_MORATORIUM = (
    "no moratorium is on, and this notice says that nobody is disconnected; "
    "if there is one: gaisma moratorium on"
)


@dataclass(frozen=True, slots=True)
class Made:
    """A draft campaign: of how many notices, and the days that they name."""

    campaign_id: str
    notices: int
    pay_by: date | None = None
    disconnect_on: date | None = None


# --- making notices -------------------------------------------------------------------------


def make_notices(
    database: Database, kind: str, *, by: str, now: datetime, policy: Policy,
    references: Sequence[str] = (), disconnect_on: date | None = None,
) -> Made:  # fmt: skip
    """A draft campaign with a notice of this kind for every debt that it is next for.

    With `references`, for these only. Raises DebtRefused when it is next for none of them, for a
    day of disconnection that is too near or no working day, and for word of a moratorium while
    there is none.
    """
    _check_true(database, kind)
    pay_by, off = _days(kind, now, policy, disconnect_on)
    ids = [str(row["id"]) for row in _chosen(database, kind, references, now, policy)]
    campaign_id = new_id()
    title = f"{TITLES[kind]}: {counted(len(ids), 'debt')}" + (
        f", off on {off:%-d %b %Y}" if off else ""
    )
    draft = rows.NewCampaign(campaign_id, KIND, title, by)
    last = rows.NewCampaign(new_id(), KIND, TITLES["debt_last"], by, campaign_id)
    drafts = [draft, last] if off else [draft]
    for part in in_chunks(ids, CHUNK):
        database.transaction(_adding(drafts, kind, part, (pay_by, off), now, policy), bulk=True)
    return Made(campaign_id, len(ids), pay_by, off)


def _adding(
    drafts: Sequence[rows.NewCampaign], kind: str, ids: Sequence[str],
    days: tuple[date | None, date | None], now: datetime, policy: Policy,
) -> Callable[[Tx], None]:  # fmt: skip
    pay_by, off = days

    def work(tx: Tx) -> None:
        _check_true(tx, kind)  # it may end between two parts of a large campaign
        rows.add_drafts(tx, drafts, now)
        debts.add_notices(tx, drafts[0].id, kind, ids, now)
        if off is not None:
            at = debt_days.last_word_at(off, policy)
            debts.add_notices(tx, drafts[1].id, "debt_last", ids, now, due_at=at)
        if pay_by is not None:
            debts.name_days(tx, ids, pay_by=pay_by, disconnect_on=off, now=now)

    return work


def _check_true(tx: Tx, kind: str) -> None:
    if kind in moratorium.NEVER_HELD and not moratorium.is_on(tx):
        raise DebtRefused(f"{NO_MORATORIUM}.", "no_moratorium")
    if kind == "debt_over" and moratorium.is_on(tx):
        raise DebtRefused("the moratorium is on; to end it: gaisma moratorium off", "moratorium")


def _days(
    kind: str, now: datetime, policy: Policy, wanted: date | None
) -> tuple[date | None, date | None]:  # fmt: skip
    """(last day to pay, day of the disconnection) that notices of this kind name."""
    if wanted is not None and kind != "debt_disconnection":
        raise DebtRefused("only a notice of disconnection names the day of one.", "day")
    today = debt_days.today(now)
    if kind == "debt_disconnection":
        off = _disconnection_day(wanted, now, policy)
        return off - timedelta(days=1), off
    given = {"debt_first": policy.debt_pay_days, "debt_second": policy.debt_last_pay_days}
    return (today + timedelta(days=given[kind]), None) if kind in given else (None, None)


def _disconnection_day(wanted: date | None, now: datetime, policy: Policy) -> date:
    earliest = debt_days.earliest_disconnection(now, policy)
    if wanted is None:
        return debt_days.earliest_disconnection(now + SLACK, policy)
    if wanted < earliest:
        raise DebtRefused(
            f"{wanted} is too near: the letter must come {policy.debt_written_days} days before, "
            f"and the post takes {policy.planned_post_days} working days. "
            f"The first day possible is {earliest}.",
            "too_near", earliest=earliest,
        )  # fmt: skip
    if not debt_days.is_working_day(wanted, policy):
        other = debt_days.next_working_day(wanted, policy)
        raise DebtRefused(
            f"{wanted} is a weekend or a public holiday, when nobody is disconnected. "
            f"The next day possible is {other}.",
            "holiday", next=other,
        )  # fmt: skip
    return wanted


def _chosen(
    tx: Tx, kind: str, references: Sequence[str], now: datetime, policy: Policy
) -> list[Row]:  # fmt: skip
    ready = next_for(tx, kind, now, policy)
    if not references:
        if not ready:
            raise DebtRefused(
                "there is no debt that this notice is next for; see: gaisma debt list", "nobody"
            )
        return ready
    by_reference = {str(row["reference"]): row for row in ready}
    if others := [each for each in references if each not in by_reference]:
        known = debts.find(tx, others)
        raise DebtRefused(_not_next(others[0], known.get(others[0])), "not_next")
    return [by_reference[each] for each in dict.fromkeys(references)]


def _not_next(reference: str, row: Row | None) -> str:
    if row is None:
        return f"there is no debt {reference!r}; see: gaisma debt list"
    stage = row["stage"] or "new"
    named = f", to be paid by {row['pay_by'] or row['due_on']}"
    return (
        f"debt {reference} is at stage {stage}{named}: this notice is not next for it, its days "
        "are not over yet, or it was made before."
    )


def find(tx: Tx, reference: str) -> Row:
    """The debt. Raises DebtRefused when there is none."""
    row = debts.find(tx, [reference]).get(reference)
    if row is None:
        raise DebtRefused(f"there is no debt {reference!r}; see: gaisma debt list", "unknown")
    return row


# --- what people record ---------------------------------------------------------------------


def agree_plan(
    tx: Tx, reference: str, parts: Sequence[Instalment], *, by: str, now: datetime
) -> Made:  # fmt: skip
    """Payment in parts, and the draft of the notice that tells it. Raises DebtRefused."""
    row = find(tx, reference)
    _check_plan(row, parts, debt_days.today(now))
    plan = json.dumps([[part.due_date.isoformat(), part.sum_cents] for part in parts])
    debts.set_plan(tx, str(row["id"]), plan, now)
    audit(tx, by, "debt.plan", reference, now=now)
    return _one_notice(tx, row, "debt_plan", by, now)


def _check_plan(row: Row, parts: Sequence[Instalment], today: date) -> None:
    days = [part.due_date for part in parts]
    if row["stage"] == "paid":
        raise DebtRefused(f"debt {row['reference']} is paid.", "paid")
    if not parts or days != sorted(set(days)) or days[0] < today:
        raise DebtRefused("the days of a plan must follow each other, none before today.", "days")
    total = sum(part.sum_cents for part in parts)
    if total != row["sum_cents"] or any(part.sum_cents <= 0 for part in parts):
        parted, owed = f"{total / 100:.2f}", f"{row['sum_cents'] / 100:.2f}"
        raise DebtRefused(
            f"the parts make {parted} EUR, the debt is {owed} EUR.",
            "sum", parts=total, owed=int(row["sum_cents"]),
        )  # fmt: skip


def note_paid(tx: Tx, references: Sequence[str], *, by: str, now: datetime) -> int:
    """These debts are paid: nothing more is told of them; how many were not paid before."""
    ids = [str(find(tx, reference)["id"]) for reference in references]
    for reference in references:
        audit(tx, by, "debt.paid", reference, now=now)
    return debts.set_stage(tx, ids, "paid", now)


def note_disconnected(
    tx: Tx, reference: str, *, by: str, now: datetime, policy: Policy
) -> None:  # fmt: skip
    """The supply was cut. Raises DebtRefused before its day, and while a moratorium lasts."""
    row, today = find(tx, reference), debt_days.today(now)
    if moratorium.is_on(tx):
        raise DebtRefused("a moratorium is on: nobody is disconnected for debt.", "held")
    if row["stage"] != "disconnection" or not row["disconnect_on"]:
        raise DebtRefused(
            f"no letter of disconnection was approved for debt {reference}.", "no_letter"
        )
    if today < date.fromisoformat(row["disconnect_on"]):
        told = row["disconnect_on"]
        raise DebtRefused(f"debt {reference} was told {told}, not earlier.", "early", day=told)
    if not debt_days.is_working_day(today, policy):
        raise DebtRefused("today is a weekend or a public holiday: nobody is disconnected.", "rest")
    debts.set_stage(tx, [str(row["id"])], "disconnected", now)
    audit(tx, by, "debt.disconnected", reference, now=now)


def tell_reconnection(tx: Tx, reference: str, *, by: str, now: datetime) -> Made:
    """The draft that tells what to do to be reconnected. Raises DebtRefused."""
    row = find(tx, reference)
    if row["stage"] != "disconnected":
        raise DebtRefused(f"nobody was disconnected for debt {reference}.", "connected")
    return _one_notice(tx, row, "debt_reconnection", by, now)


def _one_notice(tx: Tx, row: Row, kind: str, by: str, now: datetime) -> Made:
    campaign_id = new_id()
    title = f"{TITLES[kind]}: {row['reference']}"
    rows.add_drafts(tx, [rows.NewCampaign(campaign_id, KIND, title, by)], now)
    return Made(campaign_id, debts.add_notices(tx, campaign_id, kind, [str(row["id"])], now))


# --- approval -------------------------------------------------------------------------------


def refusal(tx: Tx, row: Row, *, by: str, now: datetime, policy: Policy) -> DebtRefused | None:
    """Why this campaign about debts cannot be approved by this person now; None when it can."""
    if is_maker(row, by):
        return DebtRefused(f"{by} made it; notices of debt are approved by another person", "own")
    if why := unpayable(policy):
        return DebtRefused(why, "unpayable")
    if why := held(tx, row):
        return DebtRefused(why, "moratorium" if moratorium.is_on(tx) else "no_moratorium")
    days = debts.campaign_days(tx, str(row["id"]))
    if any(_too_near(each, now, policy) for each in days):
        return DebtRefused(
            "the days that it names have come too near; stop it and make it anew: "
            "gaisma debt notice",
            "late",
        )
    return None


def unpayable(policy: Policy) -> str:
    """Why nobody can be asked for money; '' when its reader learns where to pay."""
    if policy.pay_to:
        return ""
    return (
        "notices of debt must say where to pay: set beneficiary and iban of [payments] in the "
        "policy that GAISMA_POLICY names"
    )


def note_approved(tx: Tx, campaign_id: str, now: datetime) -> None:
    """The debts of a campaign have come to its stage."""
    debts.advance(tx, campaign_id, now)


def note_stopped(tx: Tx, campaign_id: str, now: datetime) -> None:
    """What a campaign did not tell is next again."""
    debts.retreat(tx, campaign_id, now)


def held(tx: Tx, row: Row) -> str:
    """Why a campaign may not go on while there is a moratorium, or one that tells of it while there
    is none; '' when it may."""
    campaign_id = str(row["id"])
    if row["kind"] != KIND:
        return ""
    if not moratorium.is_on(tx):
        return NO_MORATORIUM if moratorium.tells_of_it(tx, campaign_id) else ""
    if not moratorium.holds(tx, campaign_id):
        return ""
    until = moratorium.terms(tx).until
    told = f" until {until}" if until else ""
    return f"a moratorium holds all messages about debts{told}; see: gaisma moratorium status"


def _too_near(row: Row, now: datetime, policy: Policy) -> bool:
    return debt_days.too_near(row["kind"], row["pay_by"], row["disconnect_on"], now, policy)


def _is_late(row: Row, now: datetime, policy: Policy) -> bool:
    """Whether a message is of no use any more. What goes beside a letter goes after it was posted:
    only the day itself counts for it."""
    beside = row["kind"] == "debt_disconnection" and row["channel"] != "letter"
    kind = "debt_last" if beside else row["kind"]
    return debt_days.too_near(kind, row["pay_by"], row["disconnect_on"], now, policy)


# --- texts ----------------------------------------------------------------------------------


def render_batch(
    tx: Tx, message_ids: Sequence[str], policy: Policy, *, now: datetime, short_number: str = ""
) -> dict[str, str]:  # fmt: skip
    """The texts of messages about debts by message id: of an SMS as it is sent, else JSON of a
    document. Left out: what is paid, what names a day that has come too near, and what tells of a
    moratorium that is over."""
    found = debts.facts_of_messages(tx, message_ids)
    telling = any(row["kind"] in moratorium.NEVER_HELD for row in found)
    untrue = moratorium.NEVER_HELD if telling and not moratorium.is_on(tx) else ()
    return {
        str(row["message_id"]): _write(row, policy, now, short_number)
        for row in found
        if row["kind"] not in untrue and not _is_late(row, now, policy)
    }


def samples(
    tx: Tx, campaign_id: str, language: str, *, limit: int, policy: Policy, now: datetime
) -> list[str]:  # fmt: skip
    """SMS of a campaign in a language, for its preview."""
    found = debts.samples(tx, campaign_id, language, limit)
    return [_write(row, policy, now, "") for row in found]


def _write(row: Row, policy: Policy, now: datetime, short_number: str) -> str:
    if row["channel"] in ("sms", "voice"):
        kind, language, extra = str(row["kind"]), str(row["language"]), debt_of(row)
        return texts.render(
            kind, language, [], policy, now=now, extra=extra, reader_kind=row["customer_kind"]
        )
    return write_document(_document(row, policy, now, short_number))


def documents_of(
    rows: Sequence[Row], policy: Policy, now: datetime, short_number: str = ""
) -> dict[str, Document]:
    """E-mails or letters of rows as `debts.facts_of_messages` gives them, by message id."""
    return {str(row["message_id"]): _document(row, policy, now, short_number) for row in rows}


def _document(row: Row, policy: Policy, now: datetime, short_number: str) -> Document:
    language = str(row["language"])
    reader = Reader(row["name"], row["customer_number"], row["customer_kind"], language)
    return document(
        str(row["kind"]), language, [], reader,
        policy=policy, now=now, extra=debt_of(row), short_number=short_number,
    )  # fmt: skip


def debt_of(row: Row) -> Debt:
    """A debt as texts tell it, from its row."""
    off = row["disconnect_on"]
    return Debt(
        sum_cents=int(row["sum_cents"]),
        due_date=date.fromisoformat(row["pay_by"] or row["due_on"]),
        reference=str(row["reference"]),
        disconnect_on=date.fromisoformat(off) if off else None,
        plan=plan_of(row),
    )


def plan_of(row: Row) -> tuple[Instalment, ...]:
    """The payments agreed on."""
    return tuple(
        Instalment(date.fromisoformat(day), int(cents))
        for day, cents in json.loads(row["plan"] or "[]")
    )
