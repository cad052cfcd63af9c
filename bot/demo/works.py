"""Planned works of the coming two weeks and the outages of this hour, always around today."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from bot.alerts import Act, change_outages, finish_act
from bot.demo.places import make_sites, transformer_of
from bot.policy import RIGA, Policy
from storage import Database, Row, outages
from storage.database import maybe_moment, moment

CHUNK = 8  # works a transaction, each with the notices of about 30 premises
FRESH = timedelta(days=5)  # works must still come after this, or new ones are planned
ONE_DAY = timedelta(days=1)

# How many days ahead each of the 40 works is; the first ones are at the homes of the cast.
_DAYS = (8, 9, 6, 1, 10, 2, 7, 1, 1, 3, 4, 4, 5, 5, 6, 6, 6, 7, 7, 7, 8, 8, 8, 9, 9, 9, 10, 10,
         10, 11, 11, 11, 12, 12, 12, 12, 13, 13, 13, 14)  # fmt: skip
_CAST_PLACES = (
    ("Sigulda", "Miera iela"),
    ("Daugavpils", "Valkas iela"),
    ("Valmiera", "Gaujas iela"),
    ("Lēdurgas pag.", ""),
    ("Liepāja", "Ganību iela"),
    ("Rīga", "Aglonas iela"),
    ("Jelgava", "Dobeles iela"),
)
_QUIET = (("Cēsis", "Lapsu iela"),)
_REASONS = (
    "Transformatora apkope",
    "Transformatora nomaiņa",
    "Koku zaru zāģēšana līnijas trasē",
    "Gaisvadu līnijas pārbūve par kabeļlīniju",
    "Jauna pieslēguma ierīkošana",
    "Sadales skapja remonts",
    "Balstu nomaiņa",
    "Kabeļlīnijas remonts",
    "Slēdža nomaiņa apakšstacijā",
)
_HOURS = ((9, 12), (9, 15), (9, 17), (10, 14), (10, 16), (8, 11), (13, 17))


def refresh_works(database: Database, now: datetime, policy: Policy) -> None:
    """Plan 40 works and three outages, unless those of an earlier time are still fresh.

    They come with what has to be told about them: drafts for a person to approve, and the
    outages' own alerts, which the worker sends.
    """
    coming = outages.list_outages(database, states=("scheduled",), starting=now + FRESH)
    active = [row for row in outages.list_outages(database, states=("active",)) if _ours(row)]
    old = [row for row in active if _is_over(row, now)]
    dark = {_number(row) for row in active if row not in old}
    changes = [_over(row, now) for row in old]
    changes += [change for number, change in _active(now) if number not in dark]
    if not coming:
        changes += _planned(now)
    if changes:
        _tell(database, changes, policy, now)


def _tell(
    database: Database, changes: list[outages.OutageChange], policy: Policy, now: datetime
) -> None:
    act = Act("demo")
    for start in range(0, len(changes), CHUNK):
        part = changes[start : start + CHUNK]
        database.transaction(
            lambda tx, part=part: change_outages(tx, part, act, now, policy=policy),  # type: ignore[misc]
            bulk=True,
        )
    database.transaction(lambda tx: finish_act(tx, act, now, policy=policy), bulk=True)


def _ours(row: Row) -> bool:
    return str(row["external_id"]).startswith("DEMO-")


def _number(row: Row) -> int:
    return int(row["external_id"].rpartition("-")[2])


def _is_over(row: Row, now: datetime) -> bool:
    ends = maybe_moment(row["ends_at"])
    return ends < now if ends else moment(row["starts_at"]) < now - ONE_DAY


def _planned(now: datetime) -> Iterator[outages.OutageChange]:
    rng = random.Random("works")
    today = now.astimezone(RIGA).date()
    avoid = {transformer_of(*place) for place in (*_QUIET, *_CAST_PLACES, *_ACTIVE)}
    first = [transformer_of(*place) for place in _CAST_PLACES]
    others = sorted({site.transformer for site in make_sites()} - avoid)
    rng.shuffle(others)
    for number, (days, transformer) in enumerate(zip(_DAYS, first + others, strict=False), 1):
        starts, ends = rng.choice(_HOURS)
        day = today + timedelta(days=days)
        if day.weekday() == 6 and days > 1:
            day += ONE_DAY  # nobody plans works on a Sunday
        yield outages.OutageChange(
            external_id=f"DEMO-P{today:%y%m%d}-{number:02d}",
            sequence=1,
            kind="planned",
            state="scheduled",
            starts_at=_at(day, starts),
            ends_at=_at(day, ends),
            reason=rng.choice(_REASONS),
            transformer=transformer,
        )


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), RIGA)


# Where it is dark now: kind, reason, minutes since the start, minutes to the end (None: unknown).
_ACTIVE = {
    ("Rīga", "Dzelzavas iela"): ("unplanned", "Kabeļa bojājums", 55, 95),
    ("Rēzekne", "Jupatovkas iela"): ("unplanned", "Koks uzkritis līnijai", 25, None),
    ("Jūrmala", "Asaru prospekts"): ("planned", "Transformatora apkope", 90, 150),
}


def _active(now: datetime) -> Iterator[tuple[int, outages.OutageChange]]:
    whole = now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0)
    for number, (place, (kind, reason, since, left)) in enumerate(_ACTIVE.items(), 1):
        yield (
            number,
            outages.OutageChange(
                external_id=f"DEMO-A{whole:%y%m%d%H%M}-{number}",
                sequence=1,
                kind=kind,
                state="active",
                starts_at=whole - timedelta(minutes=since),
                ends_at=None if left is None else whole + timedelta(minutes=left),
                reason=reason,
                transformer=transformer_of(*place),
            ),
        )


def _over(row: Row, now: datetime) -> outages.OutageChange:
    starts = moment(row["starts_at"])
    return outages.OutageChange(
        external_id=row["external_id"],
        sequence=int(row["sequence"]) + 1,
        kind=row["kind"],
        state="restored",
        starts_at=starts,
        ends_at=maybe_moment(row["ends_at"]) or min(starts + ONE_DAY, now),
        reason=row["reason"],
    )
