"""The network as a dispatcher sees it: open reports clustered, outages that last, where they are;
and what an outage would say, and to how many, before it is made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from bot.network import attention, standing
from bot.network.attention import Seen
from bot.network.outages import Actor, Done, OutageRefused, add, new_external_id
from bot.policy import Policy
from bot.words import texts
from locales.catalogue import LANGUAGES
from locales.segments import count_segments
from storage import Database, Row, Tx, network, outage_facts
from storage import campaigns as campaign_rows
from storage.database import moment
from storage.outages import OutageChange

__all__ = ["Cluster", "Foresight", "Group", "Picture", "Plan", "foresee", "look", "make_outage"]

# 'Brīvības iela' of 'Brīvības iela 105A-12'.
_HOUSE = re.compile(r"\s\d[^\s,]*(\s?k-\d\S*)?(,.*)?$")
# A danger that nobody has looked at is shown so long after its outage is over; so many at once.
_DANGERS_LAST, _DANGERS = timedelta(days=3), 50
Where = Literal["transformer", "feeder", "eics"]


@dataclass(frozen=True)
class Spot:
    """A place on the map, in degrees."""

    lat: float
    lon: float


@dataclass(frozen=True)
class Cluster:
    """Open reports from one transformer, or from a town whose transformer is not known ('').

    `reports` holds their rows (`storage.network.unexplained`), the oldest first.
    """

    transformer: str
    feeder: str
    town: str
    reports: list[Row]
    premises: int = 0
    spot: Spot | None = None

    @property
    def dangers(self) -> int:
        return sum(int(row["danger"]) for row in self.reports)

    @property
    def life_support(self) -> int:
        return sum(int(row["life_support"]) for row in self.reports)

    @property
    def still_dark(self) -> int:
        return sum(int(row["still_out"]) for row in self.reports)

    @property
    def streets(self) -> list[str]:
        """The streets (or farms) that are named, those named most first."""
        names = [street_of(str(row["address"])) for row in self.reports]
        return sorted({*names} - {""}, key=lambda name: (-names.count(name), name))

    @property
    def first_at(self) -> str:
        return str(self.reports[0]["made_at"])

    @property
    def last_at(self) -> str:
        return str(self.reports[-1]["made_at"])

    @property
    def weight(self) -> tuple[bool, bool, int, str]:
        """What comes first in a list has more of it."""
        return bool(self.dangers), bool(self.life_support), len(self.reports), self.last_at


@dataclass(frozen=True)
class Group:
    """The clusters of one feeder ('' when it is not known), the gravest first."""

    feeder: str
    clusters: list[Cluster]
    premises: int = 0

    @property
    def is_wide(self) -> bool:
        """Whether the pattern points at the feeder: several of its transformers are reported."""
        return bool(self.feeder) and len(self.clusters) > 1

    @property
    def reports(self) -> int:
        return sum(len(each.reports) for each in self.clusters)


@dataclass(frozen=True)
class Lasting:
    """An outage that lasts now: its row, where it stands, and its place. `unheard`: for how many
    minutes its first message has waited for approval; None when it does not."""

    row: Row
    standing: str
    place: Row | None
    reports: int = 0
    dangers: int = 0
    still_dark: int = 0
    unheard: int | None = None

    @property
    def spot(self) -> Spot | None:
        return _spot(self.place)


@dataclass(frozen=True)
class Picture:
    """All that the page of the network shows. `older`: open reports from before `since`; `dangers`:
    reports of danger that nobody has looked at."""

    since: datetime
    groups: list[Group]
    outages: list[Lasting]
    seen: Seen
    older: int
    by_id: dict[str, Lasting] = field(default_factory=dict)
    dangers: list[Row] = field(default_factory=list)

    @property
    def clusters(self) -> list[Cluster]:
        return [each for group in self.groups for each in group.clusters]


def look(tx: Tx, now: datetime, policy: Policy, *, back: timedelta | None = None) -> Picture:
    """The network at this moment; reports as far `back` as the policy says, or as asked for."""
    since = now - (back or timedelta(minutes=policy.cluster_window_minutes))
    groups = _groups(tx, network.unexplained(tx, since))
    lasting = _lasting(tx, outage_facts.page(tx, "now", now), now)
    seen = attention.look(tx, [each.row for each in lasting], policy)
    by_id = {str(each.row["id"]): each for each in lasting}
    dangers = network.dangers(tx, now - _DANGERS_LAST, limit=_DANGERS)
    return Picture(since, groups, lasting, seen, network.older_count(tx, since), by_id, dangers)


def cluster(
    tx: Tx, since: datetime, *, transformer: str = "", feeder: str = "", town: str = ""
) -> list[Row]:
    """The reports of one cluster, of all clusters of a feeder, or of a town without transformer."""
    return network.unexplained(tx, since, transformer=transformer, feeder=feeder, town=town)


def _groups(tx: Tx, reports: Sequence[Row]) -> list[Group]:
    of_one: dict[tuple[str, str], list[Row]] = {}
    for row in reports:
        transformer = str(row["transformer"])
        of_one.setdefault((transformer, "" if transformer else str(row["town"])), []).append(row)
    supply = network.supply(tx, "transformer", [key[0] for key in of_one])
    found: dict[str, list[Cluster]] = {}
    for (transformer, town), rows in of_one.items():
        if all(row["still_out"] for row in rows):
            continue  # parts of an outage that was not over: they stand in a list of their own
        where = supply.get(transformer)
        made = Cluster(
            transformer, str(rows[0]["feeder"]), town or str(rows[0]["town"]), rows,
            int(where["premises"]) if where else 0, _spot(where),
        )  # fmt: skip
        # What has no feeder is no pattern: each stands alone.
        found.setdefault(made.feeder or f" {transformer}{town}", []).append(made)
    feeders = network.supply(tx, "feeder", [name for name in found if len(found[name]) > 1])
    return _in_order(found, {name: int(row["premises"]) for name, row in feeders.items()})


def _in_order(found: dict[str, list[Cluster]], premises: dict[str, int]) -> list[Group]:
    groups = [
        Group(
            "" if name.startswith(" ") else name,
            sorted(each, key=lambda one: one.weight, reverse=True),
            premises.get(name, 0),
        )
        for name, each in found.items()
    ]
    return sorted(
        groups,
        key=lambda one: (*one.clusters[0].weight[:2], one.reports, one.clusters[0].last_at),
        reverse=True,
    )


def _lasting(tx: Tx, rows: Sequence[Row], now: datetime) -> list[Lasting]:
    places = network.places(tx, [str(row["id"]) for row in rows])
    reports = network.reports_by_outage(tx)
    silent = unheard(tx, [str(row["id"]) for row in rows], now)
    return [
        replace(_one_lasting(row, places, reports, now), unheard=silent.get(str(row["id"])))
        for row in rows
    ]


def unheard(tx: Tx, outage_ids: Sequence[str], now: datetime) -> dict[str, int]:
    """For how many minutes the first messages of outages have waited for approval, by id."""
    found = outage_facts.unheard(tx, outage_ids)
    return {key: int((now - moment(at)).total_seconds() // 60) for key, at in found.items()}


def _one_lasting(
    row: Row, places: dict[str, Row], reports: dict[str, Row], now: datetime
) -> Lasting:
    key = str(row["id"])
    counts = reports.get(key)
    found = [int(counts[k]) if counts else 0 for k in ("reports", "dangers", "still_dark")]
    return Lasting(row, standing.of(row, now), places.get(key), *found)


def listed(
    tx: Tx, show: str, now: datetime, *, ids: Sequence[str] | None = None, limit: int = 300
) -> list[Lasting]:
    """Outages for a list: `show` is now, planned or past."""
    return _lasting(tx, outage_facts.page(tx, show, now, ids=ids, limit=limit), now)


def street_of(address: str) -> str:
    """The street of an address, or the name of a farm."""
    return _HOUSE.sub("", address).strip()


def _spot(row: Row | None) -> Spot | None:
    if row is None or row["lat"] is None or row["lon"] is None:
        return None
    return Spot(float(row["lat"]), float(row["lon"]))


# --- an outage to be ------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """An outage that a dispatcher is about to make; `eics` are only for `where` 'eics'."""

    where: Where
    name: str
    starts_at: datetime
    ends_at: datetime | None = None
    reason: str = ""
    eics: tuple[str, ...] = ()

    @property
    def scope(self) -> network.Scope:
        return (self.where, list(self.eics)) if self.where == "eics" else (self.where, self.name)

    def change(self, external_id: str) -> OutageChange:
        return OutageChange(
            external_id=external_id, sequence=1, kind="unplanned", state="active",
            starts_at=self.starts_at, ends_at=self.ends_at, reason=self.reason,
            eics=self.eics if self.where == "eics" else (),
            transformer=self.name if self.where == "transformer" else "",
            feeder=self.name if self.where == "feeder" else "",
        )  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """What phones of one language would read; `phones` are those of customers."""

    language: str
    text: str
    segments: int
    phones: int


@dataclass(frozen=True)
class Foresight:
    """What making an outage would do. `others` last at the same premises already: customers there
    hear of the first of them alone. `lacking`: languages in which the reason is not known."""

    homes: Row
    samples: list[Sample]
    mails: int
    needs_approval: bool
    others: list[Row]
    lacking: tuple[str, ...]
    price_cents: float

    @property
    def phones(self) -> int:
        return sum(each.phones for each in self.samples)


def foresee(tx: Tx, plan: Plan, now: datetime, policy: Policy, lacking: Iterable[str]) -> Foresight:
    """Counts and texts of an outage that is not made yet; nothing is changed.

    Raises OutageRefused when no premises is there.
    """
    if plan.where == "eics" and not plan.eics:
        raise OutageRefused("no premises is named.")
    homes = network.homes(tx, plan.scope)
    if not homes["premises"]:
        raise OutageRefused("no premises is there.")
    phones = network.phones(tx, plan.scope)
    work = texts.Work(
        "", plan.starts_at, plan.ends_at, str(homes["address"]), plan.reason, "active",
        town=str(homes["town"]),
    )  # fmt: skip
    samples = []
    for language in LANGUAGES:
        text = texts.render("unplanned", language, [work], policy, now=now)
        samples.append(Sample(language, text, count_segments(text), phones.get(language, 0)))
    segments = sum(each.segments * each.phones for each in samples)
    return Foresight(
        homes, samples, network.by_mail(tx, plan.scope),
        int(homes["customers"]) > policy.campaign_four_eyes_over,
        network.dark_there(tx, plan.scope), tuple(lacking),
        segments * policy.campaign_segment_price_cents,
    )  # fmt: skip


def make_outage(database: Database, plan: Plan, actor: Actor, known: Iterable[str]) -> Done:
    """Make it, as `gaisma outage add` does.

    `known`: external ids of the outages there that the dispatcher has seen. Raises OutageRefused
    when another has been made there meanwhile.
    """
    unseen = [
        str(row["external_id"])
        for row in network.dark_there(database, plan.scope)
        if row["external_id"] not in set(known)
    ]
    if unseen:
        raise OutageRefused(f"{', '.join(unseen)} was made there meanwhile.")
    return add(database, plan.change(new_external_id()), actor)


def waiting(tx: Tx, campaign_ids: Iterable[str]) -> list[Row]:
    """Those of the campaigns that a person must approve before anybody is told."""
    found = [campaign_rows.campaign(tx, each) for each in campaign_ids]
    return [row for row in found if row is not None and row["state"] == "draft"]
