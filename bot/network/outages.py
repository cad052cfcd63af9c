"""What a person or another system does to outages: add, move, cancel, restore, cancel many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from bot import alerts
from bot.alerts import Act
from bot.campaigns.proofs import weak_reason
from bot.network import plausible
from bot.policy import RIGA, Policy
from bot.words import unsaid
from intents.fold import fold
from storage import Database, Row, Tx, audience, customers, locks, outages
from storage.database import audit, maybe_moment, moment, new_id
from storage.lists import in_chunks
from storage.outages import Change, OutageChange

# Works touch about forty premises each; so many at once keep inbound texts from waiting.
OUTAGES_AT_ONCE = 8


class OutageRefused(Exception):
    """The act is not possible; the sentence says why and what to do instead. `about`: days, town or
    feeder, where one of these is what is wrong."""

    def __init__(self, sentence: str, about: str = "") -> None:
        super().__init__(sentence)
        self.about = about


@dataclass(frozen=True)
class Actor:
    """Who acts, when, and by which policy."""

    by: str
    now: datetime
    policy: Policy


@dataclass(frozen=True)
class Done:
    """What became of each change, the campaigns that the act made, and what to look at."""

    changes: list[Change]
    campaigns: list[str]
    notes: list[str] = field(default_factory=list)


def store_changes(
    database: Database, changes: Sequence[OutageChange], actor: Actor, doing: str = "change"
) -> Done:
    """Store changes as one act: at most one draft campaign a kind. For imports: `importing`.

    `doing` is the act's name in the audit log, a row for each outage that it changed.

    Raises OutageRefused for a change that makes no sense; nothing is stored then.
    """
    for change in changes:
        _check(change, actor.now)
    act = Act(actor.by)
    done: list[Change] = []
    for part in in_chunks(changes, OUTAGES_AT_ONCE):
        done += database.transaction(
            _storing(part, act, actor), bulk=len(changes) > 1, alone=locks.NETWORK
        )

    def finish(tx: Tx) -> list[str]:
        for change, each in zip(changes, done, strict=True):
            if each.outcome in ("new", "changed"):
                audit(tx, actor.by, f"outage.{doing}", change.external_id, now=actor.now)
        return alerts.finish_act(tx, act, actor.now, policy=actor.policy)

    made = database.transaction(finish)
    odd = [str(doubt) for change in changes for doubt in plausible.doubts(change, actor.now)]
    odd += [f"{name}: {doubt}" for name, doubt in plausible.doubts_of_places(database, done)]
    return Done(done, made, odd)


def _storing(part: Sequence[OutageChange], act: Act, actor: Actor) -> Callable[[Tx], list[Change]]:
    return lambda tx: alerts.change_outages(tx, part, act, actor.now, policy=actor.policy)


def _check(change: OutageChange, now: datetime) -> None:
    if change.ends_at is None and change.kind == "planned":
        raise OutageRefused("planned works need an end; give --ends.")
    if change.ends_at is not None and change.ends_at <= change.starts_at:
        raise OutageRefused("the end must be after the start.")
    if doubt := plausible.wrong(change, now) or plausible.too_late(change, now):
        raise OutageRefused(f"{doubt.reason}. {doubt.advice}")


def _check_reason(reason: str, *, kept: bool) -> None:
    """`kept`: it stands in proofs, as that of works does."""
    if kept and (weak := weak_reason(reason)):
        raise OutageRefused(weak)
    if len(reason) > plausible.LONGEST_REASON:
        raise OutageRefused(
            f"the reason has {len(reason)} characters; at most {plausible.LONGEST_REASON} fit."
        )


# --- one outage -----------------------------------------------------------------------------


def find(tx: Tx, part: str) -> Row:
    """The outage with this external id, or whose own id is or ends so."""
    found = outages.outage_by_external_id(tx, part) or outages.outage_by_end(tx, part.lower())
    if found is None:
        raise OutageRefused(f"there is no outage {part!r}; see: gaisma outage list")
    return found


def _find_all(tx: Tx, parts: Sequence[str]) -> list[Row]:
    """The outages named, each once: the same one may be named twice, or in two ways."""
    found = [find(tx, part) for part in parts]
    return list({str(row["id"]): row for row in found}.values())


def new_external_id() -> str:
    """An id for an outage that comes from no other system."""
    return f"G-{new_id()[-12:].upper()}"


def add(database: Database, change: OutageChange, actor: Actor) -> Done:
    """Add an outage. Raises OutageRefused when its id is taken or its premises are unknown."""
    if not change.external_id.strip():
        raise OutageRefused("an outage needs an id; leave --id out to get a new one.")
    if sum(map(bool, (change.eics, change.transformer, change.feeder))) > 1:
        raise OutageRefused("give one of --eics, --transformer and --feeder, not several.")
    _check_reason(change.reason, kept=change.kind == "planned")
    if outages.outage_by_external_id(database, change.external_id) is not None:
        raise OutageRefused(f"there is an outage {change.external_id!r} already; move it instead.")
    if lost := set(change.eics) - customers.known_premises(database, change.eics):
        why = "; ".join(
            plausible.eic_fault(code) or f"{code!r} is not known" for code in sorted(lost)
        )
        raise OutageRefused(f"there is no such premises: {why}.")
    done = store_changes(database, [change], actor, "add")
    if done.changes[0].outcome == "nowhere":
        raise OutageRefused("no premises is there; name --eics, a --transformer or a --feeder.")
    done.notes.extend(unsaid.notes([change.reason]))
    return done


def revise(row: Row, **fields: object) -> OutageChange:
    """The next revision of an outage: all as it is, but for the fields given."""
    now = OutageChange(
        external_id=str(row["external_id"]),
        sequence=int(row["sequence"]) + 1,
        kind=str(row["kind"]),
        state=str(row["state"]),
        starts_at=moment(row["starts_at"]),
        ends_at=maybe_moment(row["ends_at"]),
        reason=str(row["reason"]),
    )
    return replace(now, **fields)  # type: ignore[arg-type]


def move(
    database: Database, part: str, actor: Actor, *, reason: str | None = None,
    **times: datetime | None,
) -> Done:  # fmt: skip
    """Give an outage other times (`starts_at`, `ends_at`) or another reason.

    A reason alone is worth no message: it is said with the next one, and to who asks.
    """
    row = find(database, part)
    _check_reason(reason or "", kept=row["kind"] == "planned")
    if row["state"] not in ("scheduled", "active"):
        raise OutageRefused(f"{row['external_id']} is {row['state']}; add a new outage instead.")
    said = {} if reason is None else {"reason": " ".join(reason.split())}
    done = store_changes(database, [revise(row, **times, **said)], actor, "move")
    done.notes.extend(unsaid.notes(said.values()))
    return done


def cancel(database: Database, parts: Sequence[str], actor: Actor, *, reason: str = "") -> Done:
    """Cancel outages; those told hear of it in one message each."""
    return _cancel(database, _not_over(database, parts), actor, reason)


def _not_over(tx: Tx, parts: Sequence[str]) -> list[Row]:
    rows = _find_all(tx, parts)
    for row in rows:
        if row["state"] in ("cancelled", "restored"):
            raise OutageRefused(f"{row['external_id']} is {row['state']} already.")
    return rows


def to_cancel(
    tx: Tx, parts: Sequence[str], first: date | None, last: date | None, **narrow: str
) -> list[Row]:  # fmt: skip
    """The outages that `cancel` or, with days, `cancel_between` would cancel."""
    if first is None or last is None:
        return _not_over(tx, parts)
    rows = planned_between(tx, first, last, **narrow)
    if not rows:
        raise OutageRefused("no planned works are scheduled there and then.")
    return rows


def cancel_between(
    database: Database, first: date, last: date, actor: Actor, *, town: str = "",
    feeder: str = "", reason_was: str = "", reason: str = "",
) -> Done:  # fmt: skip
    """Cancel all planned works that `planned_between` finds."""
    rows = to_cancel(
        database, (), first, last, town=town, feeder=feeder, reason_was=reason_was
    )  # fmt: skip
    return _cancel(database, rows, actor, reason)


def planned_between(
    tx: Tx, first: date, last: date, *, town: str = "", feeder: str = "", reason_was: str = ""
) -> list[Row]:
    """The planned works that start on these days (both included, in Latvia) and may be cancelled.

    `town`, `feeder`: only works with premises there; `reason_was`: only those for this reason, or
    one that has these words in it. Raises OutageRefused for a town or feeder that is not known.
    """
    if last < first:
        raise OutageRefused("--to must not be before --from.", "days")
    starting = datetime.combine(first, time(), RIGA)
    before = datetime.combine(last + timedelta(days=1), time(), RIGA)
    towns = None if not town else _towns(tx, town)
    rows = outages.scheduled_between(tx, starting, before, towns)
    if feeder:
        if not customers.count_on(tx, "feeder", [feeder.strip()]):
            raise OutageRefused(f"no premises hangs on a feeder {feeder!r}.", "feeder")
        there = audience.outages_on(tx, [str(row["id"]) for row in rows], feeder.strip())
        rows = [row for row in rows if row["id"] in there]
    if reason_was:
        rows = [row for row in rows if fold(reason_was) in fold(str(row["reason"]))]
    return rows


def _towns(tx: Tx, town: str) -> list[str]:
    wanted = fold(town.strip())
    found = [name for name in customers.towns(tx) if fold(name) == wanted]
    if not found:
        raise OutageRefused(f"no premises is in a town {town!r}.", "town")
    return found


def _cancel(database: Database, rows: Sequence[Row], actor: Actor, reason: str) -> Done:
    _check_reason(reason, kept=True)
    fields = {"state": "cancelled"} | ({"reason": reason} if reason else {})
    done = store_changes(database, [revise(row, **fields) for row in rows], actor, "cancel")
    done.notes.extend(unsaid.notes([reason]))
    faults = [
        str(row["external_id"])
        for row in rows
        if row["kind"] == "unplanned" and not _whole_is_over(database, row)
    ]
    if faults and done.campaigns:
        done.notes.append(
            f"{', '.join(faults)}: unplanned, so who was told of it is now told that it was a "
            "mistake. Where power had been off and is back: gaisma outage restore"
        )
    return done


def _whole_is_over(tx: Tx, row: Row) -> bool:
    """Whether this is a part of an outage that is restored: without it, the power is back."""
    whole = outages.outage(tx, row["nested_in"]) if row["nested_in"] else None
    return whole is not None and whole["state"] == "restored"


def restore(database: Database, parts: Sequence[str], actor: Actor) -> Done:
    """Power is back: those told are told so, with a check-back."""
    changes = []
    for row in _find_all(database, parts):
        if row["state"] not in ("active", "scheduled"):
            raise OutageRefused(f"{row['external_id']} is {row['state']} already.")
        if row["kind"] == "planned" and moment(row["starts_at"]) > actor.now:
            raise OutageRefused(
                f"{row['external_id']} has not begun; to call it off: gaisma outage cancel "
                f"{row['external_id']}"
            )
        over = row["kind"] == "unplanned" and actor.now > moment(row["starts_at"])
        fields = {"state": "restored"} | ({"ends_at": actor.now} if over else {})
        changes.append(revise(row, **fields))
    return store_changes(database, changes, actor, "restore")


def set_crew(database: Database, part: str, crew: str, actor: Actor) -> Done:
    """A fault is `handed_over` to a crew, the crew is `on_way` or `working`: who knows of the fault
    is told of the last two, and of the first who asks.

    Said again, it is told only to those who have not heard of it yet.
    """
    row = find(database, part)
    if row["kind"] != "unplanned" or row["state"] != "active":
        raise OutageRefused(
            f"{row['external_id']} is {row['kind']} and {row['state']}; crews are told of for "
            "unplanned outages that are active."
        )
    if row["crew"] != crew:
        ends = maybe_moment(row["ends_at"])
        passed = ends is not None and ends <= actor.now
        change = revise(row, crew=crew, **({"ends_at": None} if passed else {}))
        return store_changes(database, [change], actor, f"crew.{crew}")
    return tell_again(database, row, actor)


def tell_again(database: Database, row: Row, actor: Actor) -> Done:
    """Tell what holds now of an outage to all who should know it and do not."""
    act = Act(actor.by)
    outage_id = str(row["id"])

    def work(tx: Tx) -> list[str]:
        outages.repeat_revisions(tx, [outage_id], by=actor.by, now=actor.now)
        alerts.apply_rules(tx, [outage_id], act, actor.now, policy=actor.policy)
        return alerts.finish_act(tx, act, actor.now, policy=actor.policy)

    made = database.transaction(work, alone=locks.NETWORK)
    return Done([Change("changed" if made else "same", outage_id)], made)
