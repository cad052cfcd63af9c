"""A small country for the tests of the public page: streets, a farm, a lonely house, outages."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Flask
from flask.testing import FlaskClient

from bot.app import create_app
from bot.service import Service
from bot.web.public import Front
from storage import Database, customers
from storage.outages import OutageChange, load_outage

HOUR = timedelta(hours=1)
HOME = ZoneInfo("Europe/Riga")
NAME, PHONE, METER = "Zigfrīda Noslēpumaine", "+37129876543", "77001234"
# (customer, address, town, transformer, lat, lon)
HOMES = (
    *((f"9{n:06d}", f"Ozolu iela {n}", "Cēsis", "TP-1", 57.3121, 25.2748) for n in range(1, 13)),
    *((f"8{n:06d}", f"Skolas iela {n}-{n + 1}", "Ogre", "TP-2", 56.81, 24.6) for n in range(1, 8)),
    *((f"7{n:06d}", f"Skolas iela {n}", "Dobele", "TP-3", 56.62, 23.28) for n in range(1, 8)),
    ("6000001", '"Kalnāji"', "Raunas pag.", "TP-4", 57.33, 25.6),
    ("5000001", "Vientuļā iela 3", "Ogre", "TP-5", 56.8163, 24.6051),
    *((f"4{n:06d}", f'"Bērzi {n}"', "Raunas pag.", "TP-6", 57.35, 25.63) for n in range(1, 9)),
)  # fmt: skip


def eic(number: int) -> str:
    return f"43Z{number:012d}X"


def people(database: Database) -> None:
    """The homes, each with a customer of its own, all of one name and phone."""
    now = datetime.now(UTC)
    known = [
        {
            "customer_number": number, "name": NAME, "kind": "household", "language": "lv",
            "postal_address": "Slepenā iela 99, Rīga", "postcode": "LV-1099",
        }
        for number, *_ in HOMES
    ]  # fmt: skip
    homes = [
        {
            "eic": eic(n), "customer_number": customer, "address": address, "town": town,
            "postcode": "LV-1099", "meter_number": METER, "transformer": transformer,
            "feeder": "F-1", "life_support": 1, "lat": lat, "lon": lon,
        }
        for n, (customer, address, town, transformer, lat, lon) in enumerate(HOMES)
    ]  # fmt: skip
    phones = [
        {"customer_number": number, "kind": "mobile", "value": PHONE, "language": "lv"}
        for number, *_ in HOMES
    ]
    database.transaction(lambda tx: customers.load_customers(tx, known, now))
    database.transaction(lambda tx: customers.load_premises(tx, homes, now))
    database.transaction(lambda tx: customers.load_contacts(tx, phones, now, source="file"))


def outage(
    database: Database, transformer: str, *, sequence: int = 1, kind: str = "unplanned",
    starts: timedelta = -HOUR, ends: timedelta | None = 2 * HOUR, **said: str,
) -> str:  # fmt: skip
    """Store one revision of the outage of a transformer; its id. `starts` and `ends` from now."""
    now = datetime.now(UTC)
    change = OutageChange(
        external_id=f"O-{transformer}-{kind}", sequence=sequence, kind=kind,
        state=said.get("state", "active" if kind == "unplanned" else "scheduled"),
        starts_at=now + starts, ends_at=None if ends is None else now + ends,
        reason=said.get("reason", "kabeļa bojājums"), transformer=transformer,
        crew=said.get("crew"),
    )  # fmt: skip
    done = database.transaction(lambda tx: load_outage(tx, change, by="test", now=now))
    assert done.outcome in ("new", "changed")
    return done.outage_id


def until(days: int, hour: int) -> timedelta:
    """The time from now to an hour of a day to come, on the clocks of the distributor."""
    now = datetime.now(HOME)
    day = (now + timedelta(days=days)).date()
    return datetime.combine(day, time(hour), HOME).astimezone(UTC) - now


def works(database: Database, transformer: str, **said: str) -> str:
    """Works tomorrow from ten to one, whatever the hour is now."""
    more = {"reason": "transformatora apkope"} | said
    return outage(
        database, transformer, kind="planned", starts=until(1, 10), ends=until(1, 13), **more
    )  # fmt: skip


class Visitor:
    """Somebody without a cookie who reads the page of this service."""

    def __init__(self, service: Service) -> None:
        self.app: Flask = create_app(service)
        self.front: Front = self.app.extensions["gaisma.public"]
        self.client: FlaskClient = self.app.test_client()

    def read(self, path: str, language: str = "en") -> str:
        """The text of a page as it is now."""
        self.front.refresh(anew=True)
        answer = self.client.get(path, headers={"Accept-Language": language})
        assert answer.status_code == 200, path
        return answer.get_data(as_text=True)
