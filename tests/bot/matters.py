"""Made-up places, times and matters to write of: the same ones every time."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from bot.policy import read_policy
from bot.words.subjects import (
    OF_COMPLAINTS,
    OF_DEBTS,
    Complaint,
    Debt,
    Extra,
    Instalment,
    Work,
    ready_announcement,
)

POLICY = read_policy()
_STREETS = (
    "Brīvības iela",
    "Krišjāņa Valdemāra iela",
    "Pulkveža Brieža iela",
    "Jēkaba Kronvalda bulvāris",
    "Vecā Rīgas gatve",
    "Atbrīvošanas aleja",
    "Kārļa Ulmaņa gatve",
    "18. novembra iela",
    "Raunas iela",
    "Augusta Deglava iela",
    "Eduarda Smiļģa iela",
    "Mazā Nometņu iela",
    "Zigfrīda Annas Meierovica bulvāris",
)
_FARMS = (
    "Kalnāji",
    "Jaunāķeni",
    "Lielie Straumēni",
    "Ziemeļblāzmas",
    "Vecais Lāčplēša Kalnāju nams",
    "Mežvidi",
)
_PARISHES = (
    "Lēdurgas pag., Limbažu nov.",
    "Jaunpiebalgas pag., Cēsu nov.",
    "Dzelzavas pag., Madonas nov.",
)
_REASONS = ("", "stabu maiņa", "transformatora rekonstrukcija un zaru tīrīšana pie līnijas")
_FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def address(chance: random.Random) -> str:
    """An address as the state register writes it."""
    if chance.random() < 0.35:
        farm, parish = chance.choice(_FARMS), chance.choice(_PARISHES)
        return f'"{farm}"{chance.choice(("", "-3"))}, {parish}, LV-4125'
    house = f"{chance.randint(1, 250)}{chance.choice(('', '', 'A', ' k-2'))}"
    flat = chance.choice(("", f"-{chance.randint(1, 199)}"))
    town = chance.choice(("Rīga", "Daugavpils", "Jēkabpils"))
    return f"{chance.choice(_STREETS)} {house}{flat}, {town}, LV-{chance.randint(1001, 5999)}"


def work(chance: random.Random) -> Work:
    """Works at a place, moved from another time."""
    starts = _FIRST + timedelta(minutes=15 * chance.randint(0, 40_000))
    lasts = timedelta(hours=chance.choice((1, 4, 7, 30, 50)))
    old = starts - timedelta(days=chance.randint(1, 40))
    ends = chance.choice((starts + lasts, starts + lasts, None))
    reason = chance.choice(_REASONS)
    return Work("W1", starts, ends, address(chance), reason, "", old, old + lasts)


def extra(kind: str, about: Work, chance: random.Random) -> Extra:
    """What a kind that is not about an outage is about; None for the others."""
    day = about.starts_at.date()
    if kind in OF_DEBTS:
        later = [day + timedelta(days=30 * number) for number in range(1, chance.randint(3, 13))]
        plan = tuple(Instalment(each, chance.randint(1_000, 50_000)) for each in later)
        number = str(chance.randint(10**6, 10**9))
        return Debt(chance.randint(100, 999_999), day, number, day + timedelta(days=12), plan)
    if kind in OF_COMPLAINTS:
        number = f"S-{chance.randint(1, 99_999)}"
        return Complaint(number, day, chance.choice((1, 10, 15, 21, 30)), chance.random() < 0.5)
    if kind == "announcement":
        name = chance.choice(("closed_centres", "storm_warning"))
        return ready_announcement(name, about.starts_at, about.ends_at, POLICY)  # type: ignore[arg-type]
    return None
