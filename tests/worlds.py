"""Small worlds that transcripts and whole-path tests begin in: who is known, what is dark."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from bot.debts import moratorium
from intents.eic import make
from storage import Database, Tx, campaigns, contacts, conversations, debts, guesses
from storage.customers import load_contacts, load_customers, load_premises
from storage.outages import OutageChange, load_outage

PHONE = "+37120000001"
OTHER_PHONE = "+37120000002"


def eic(number: int) -> str:
    """The EIC of the premises with this number; none of them has '-' for its check character."""
    return make(f"43Z0000{number:08d}")


# number: (customer, address, town, postcode, meter, transformer)
HOMES = {
    1: ("1000001", "Brīvības iela 105-12", "Rīga", "LV-1010", "10204321", "TP-100"),
    2: ("1000002", "Kalna iela 7-3", "Ogre", "LV-5001", "10208877", "TP-200"),
    3: ("1000002", "Kalnāji", "Lēdurgas pag.", "LV-4012", "10209988", "TP-300"),
    4: ("1000003", "Brīvības iela 107-1", "Rīga", "LV-1010", "10301111", "TP-100"),
    5: ("1000003", "Skolas iela 5", "Jelgava", "LV-3001", "10302222", "TP-400"),
    6: ("1000003", "Skolas iela 6", "Jelgava", "LV-3001", "10303333", "TP-400"),
    7: ("1000003", "Dzirnavu iela 40", "Rīga", "LV-1010", "10304444", "TP-500"),
    8: ("1000003", "Krasta iela 2", "Liepāja", "LV-3401", "10305555", "TP-600"),
    9: ("1000004", "Brīvības iela 105-14", "Rīga", "LV-1010", "10401212", "TP-100"),
    10: ("1000004", "Brīvības iela 10", "Ogre", "LV-5001", "10403434", "TP-201"),
    11: ("1000005", "Kalna iela 9", "Ogre", "LV-5001", "10501122", "TP-200"),
    12: ("1000005", "Miera iela 3-2", "Rīga", "LV-1001", "10502233", "TP-700"),
    13: ("1000005", "Lielā iela 12", "Jelgava", "LV-3001", "10503344", "TP-401"),
}
_PARISHES = ("Lēdurgas", "Raunas", "Maltas", "Engures", "Krimuldas", "Kazdangas")
CUSTOMERS = {
    "1000001": ("Jānis Bērziņš", "household", "lv"),
    "1000002": ("Anna Ozola", "household", "lv"),
    "1000003": ("SIA Saulesmaize", "business", "lv"),
    "1000004": ("Сергей Иванов", "household", "ru"),
    "1000005": ("Mary Smith", "household", "en"),
}


def build_world(database: Database, name: str, now: datetime) -> None:
    """Fill a migrated, empty database with the world of this name."""
    database.transaction(lambda tx: _everybody(tx, now))
    WORLDS[name](database, now)


def _everybody(tx: Tx, now: datetime) -> None:
    load_customers(
        tx,
        [
            {
                "customer_number": number,
                "name": name,
                "kind": kind,
                "language": language,
                "postal_address": "",
                "postcode": "",
            }
            for number, (name, kind, language) in CUSTOMERS.items()
        ],
        now,
    )
    load_premises(tx, [_premises(number) for number in HOMES], now)


def _premises(number: int) -> dict[str, object]:
    customer, address, town, postcode, meter, transformer = HOMES[number]
    return {
        "eic": eic(number),
        "customer_number": customer,
        "address": address,
        "town": town,
        "postcode": postcode,
        "meter_number": meter,
        "transformer": transformer,
        "feeder": "F-1",
        "life_support": 0,
        "lat": None,
        "lon": None,
    }


def add_phone(database: Database, customer: str, phone: str, language: str, now: datetime) -> None:
    row = {
        "customer_number": customer,
        "kind": "mobile",
        "value": phone,
        "language": language,
    }
    database.transaction(lambda tx: load_contacts(tx, [row], now, source="file"))


def add_outage(
    database: Database, homes: list[int], starts_at: datetime, ends_at: datetime | None,
    *, kind: str = "unplanned", state: str = "active", reason: str = "bojājums līnijā",
) -> None:  # fmt: skip
    change = OutageChange(
        external_id=f"O-{kind}-{homes[0]}",
        sequence=1,
        kind=kind,
        state=state,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
        eics=tuple(eic(number) for number in homes),
    )
    database.transaction(lambda tx: load_outage(tx, change, by="test", now=starts_at))


def _stranger(database: Database, now: datetime) -> None:
    """Nobody knows the phone."""


def _customer(number: str, language: str = "lv") -> Callable[[Database, datetime], None]:
    return lambda database, now: add_phone(database, number, PHONE, language, now)


def _many_towns(database: Database, now: datetime) -> None:
    """Skolas iela 5 and the farm Vējiņi in more places than a question lists; one is dark."""
    towns = ("Rīga", "Ogre", "Cēsis", "Talsi", "Dobele", "Bauska", "Madona")
    rows = [
        {**_premises(1), "eic": eic(100 + number), "address": address, "town": town}
        for number, (address, town) in enumerate(
            [("Skolas iela 5", town) for town in towns]
            + [("Vējiņi", f"{parish} pag.") for parish in _PARISHES]
        )
    ]
    database.transaction(lambda tx: load_premises(tx, rows, now))
    add_outage(database, [102], now - timedelta(hours=1), now + timedelta(hours=4))
    starts = (now + timedelta(days=7)).replace(hour=7, minute=0, second=0, microsecond=0)
    add_outage(
        database, [103], starts, starts + timedelta(hours=6),
        kind="planned", state="scheduled", reason="līnijas remonts",
    )  # fmt: skip


def _dark(known: bool) -> Callable[[Database, datetime], None]:
    def build(database: Database, now: datetime) -> None:
        add_phone(database, "1000001", PHONE, "lv", now)
        ends = now + timedelta(hours=4) if known else None
        add_outage(database, [1, 4, 9], now - timedelta(hours=1), ends)

    return build


def _just_dark(database: Database, now: datetime) -> None:
    add_phone(database, "1000001", PHONE, "lv", now)
    add_outage(database, [1, 4, 9], now - timedelta(minutes=20), None)


def _planned_tomorrow(database: Database, now: datetime) -> None:
    add_phone(database, "1000001", PHONE, "lv", now)
    starts = now + timedelta(days=1)
    add_outage(
        database, [1, 4], starts, starts + timedelta(hours=6),
        kind="planned", state="scheduled", reason="Balsta nomaiņa",
    )  # fmt: skip


def _planned(database: Database, now: datetime) -> None:
    add_phone(database, "1000001", PHONE, "lv", now)
    starts = (now + timedelta(days=7)).replace(hour=7, minute=0, second=0, microsecond=0)
    add_outage(
        database, [1, 4], starts, starts + timedelta(hours=6),
        kind="planned", state="scheduled", reason="līnijas remonts",
    )  # fmt: skip


def _opted_out(database: Database, now: datetime) -> None:
    add_phone(database, "1000001", PHONE, "lv", now)
    database.transaction(
        lambda tx: contacts.opt_out(tx, PHONE, text="STOP", message_id="", now=now)
    )


def _handed_off(database: Database, now: datetime) -> None:
    add_phone(database, "1000001", PHONE, "lv", now)

    def wait(tx: Tx) -> None:
        for phone, since in ((OTHER_PHONE, now - timedelta(minutes=1)), (PHONE, now)):
            made = conversations.keep_state(tx, None, phone, "", since)
            conversations.ask_agent(tx, made, "agent", since, urgent=False)

    database.transaction(wait)


def _answered_lately(many: int, minutes: int) -> Callable[[Database, datetime], None]:
    """One who has a person to ask for, and so many others who waited so long in the last hour."""

    def build(database: Database, now: datetime) -> None:
        add_phone(database, "1000001", PHONE, "lv", now)

        def wait(tx: Tx) -> None:
            made = conversations.keep_state(tx, None, OTHER_PHONE, "", now)
            for each in range(many):
                answered = now - timedelta(minutes=50 - each * 40 // many)
                since = answered - timedelta(minutes=minutes)
                conversations.ask_agent(tx, made, "agent", since, urgent=False)
                conversations.take_over(tx, conversations.get(tx, made), "anna", answered)

        database.transaction(wait)

    return build


def _locked(database: Database, now: datetime) -> None:
    def tries(tx: Tx) -> None:
        for minute in range(5):
            guesses.count_try(tx, PHONE, "1000001", now - timedelta(minutes=20 - minute))

    database.transaction(tries)


def _hunted(database: Database, now: datetime) -> None:
    def tries(tx: Tx) -> None:
        for hour in range(20):
            guesses.count_try(tx, OTHER_PHONE, "1000001", now - timedelta(hours=2 + hour))

    database.transaction(tries)


def _life_support(database: Database, now: datetime) -> None:
    add_phone(database, "1000001", PHONE, "lv", now)
    database.transaction(lambda tx: contacts.flag_life_support(tx, (eic(1),)))


def _owing(
    stage: str,
    *,
    customer: str = "1000001",
    language: str = "lv",
    held: bool = False,
    draft: bool = False,
    plan: bool = False,
) -> Callable[[Database, datetime], None]:
    """A customer who was told of a debt at this stage, perhaps during a moratorium.

    `draft`: the next notice lies there with other days; `plan`: payment in parts was agreed on.
    """

    def build(database: Database, now: datetime) -> None:
        add_phone(database, customer, PHONE, language, now)
        row = {
            "customer_number": customer,
            "reference": "R-2041",
            "sum_cents": 12345,
            "due_on": (now - timedelta(days=20)).date().isoformat(),
            "stage": stage,
        }
        database.transaction(lambda tx: debts.load(tx, [row], now))
        found = debts.find(database, ["R-2041"])["R-2041"]["id"]
        pay_by = (now + timedelta(days=13)).date()
        off = pay_by + timedelta(days=1)
        kind = f"debt_{stage}" if f"debt_{stage}" in debts.AFTER else "debt_first"
        _notice(database, found, kind, (pay_by, off), now=now)
        database.run(
            "INSERT INTO messages (id, direction, channel, kind, peer, status, made_at)"
            " VALUES ('m1', 'out', 'sms', ?, ?, 'delivered', '')",
            [kind, PHONE],
        )
        database.run("UPDATE notices SET state = 'queued'")
        database.run("INSERT INTO notice_messages SELECT id, 'm1' FROM notices")
        if draft:
            later = (now + timedelta(days=40)).date()
            _notice(database, found, "debt_disconnection", (later, later), now=now)
        if plan:
            parts = f'[["{(now + timedelta(days=9)).date()}", 6000], ["2027-03-01", 6345]]'
            database.transaction(lambda tx: debts.set_plan(tx, found, parts, now))
        if held:
            why = {"lv": "ārkārtējā situācija", "ru": "чрезвычайная ситуация", "en": "emergency"}
            terms = moratorium.Terms("emergency", None, why)
            database.transaction(lambda tx: moratorium.switch_on(tx, terms, by="anna", now=now))

    return build


def _notice(
    database: Database, debt_id: str, kind: str, days: tuple[date, date], *, now: datetime
) -> None:
    draft = campaigns.NewCampaign(f"c-{kind}", "debt", "", "anna")
    pay_by, off = days

    def make(tx: Tx) -> None:
        campaigns.add_drafts(tx, [draft], now)
        debts.add_notices(tx, draft.id, kind, [debt_id], now)
        debts.name_days(tx, [debt_id], pay_by=pay_by, disconnect_on=off, now=now)

    database.transaction(make)


WORLDS: dict[str, Callable[[Database, datetime], None]] = {
    "stranger": _stranger,
    "many_towns": _many_towns,
    "one_premises": _customer("1000001"),
    "two_premises": _customer("1000002"),
    "five_premises": _customer("1000003"),
    "russian": _customer("1000004", "ru"),
    "english": _customer("1000005", "en"),
    "active_outage_known_time": _dark(known=True),
    "active_outage_no_time": _dark(known=False),
    "active_outage_just_now": _just_dark,
    "planned_in_7_days": _planned,
    "planned_tomorrow": _planned_tomorrow,
    "opted_out": _opted_out,
    "handed_off": _handed_off,
    "agents_closed": _customer("1000001"),
    "agents_quick": _answered_lately(12, 3),
    "agents_busy": _answered_lately(6, 17),
    "agents_rare": _answered_lately(2, 3),
    "locked": _locked,
    "hunted": _hunted,
    "life_support": _life_support,
    "in_debt": _owing("first"),
    "in_debt_russian": _owing("second", customer="1000004", language="ru"),
    "in_debt_english": _owing("first", customer="1000005", language="en"),
    "in_debt_with_a_draft": _owing("second", draft=True),
    "in_debt_with_a_draft_russian": _owing("second", customer="1000004", language="ru", draft=True),
    "in_debt_with_a_draft_english": _owing("second", customer="1000005", language="en", draft=True),
    "in_parts": _owing("first", plan=True),
    "in_parts_russian": _owing("first", customer="1000004", language="ru", plan=True),
    "in_parts_english": _owing("first", customer="1000005", language="en", plan=True),
    "to_be_cut_off": _owing("disconnection"),
    "to_be_cut_off_russian": _owing("disconnection", customer="1000004", language="ru"),
    "in_parts_held": _owing("first", held=True, plan=True),
    "in_parts_held_russian": _owing(
        "first", customer="1000004", language="ru", held=True, plan=True
    ),
    "in_parts_held_english": _owing(
        "first", customer="1000005", language="en", held=True, plan=True
    ),
    "moratorium": _owing("disconnection", held=True),
    "moratorium_russian": _owing("second", customer="1000004", language="ru", held=True),
    "moratorium_english": _owing("first", customer="1000005", language="en", held=True),
}
NOW = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
