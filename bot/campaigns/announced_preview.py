"""Announcements and corrections before their approval: what it would do, and what forbids it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from bot.campaigns.announced import render_sms
from bot.campaigns.preview import Measure, Preview, soonest_for
from bot.campaigns.reach import Reach
from bot.campaigns.samples import Look, of_words
from bot.policy import Policy
from locales.catalogue import LANGUAGES
from locales.segments import count_segments
from storage import Database, Row, Tx, broadcasts, campaigns, drafts
from storage.lists import in_chunks

CHUNK = 300
SHORT = 8  # characters of a campaign's id, as lists show it


def refusal(row: Row, words: Mapping[str, str]) -> str:
    """Why an announcement or correction cannot be approved as it is; '' when it can."""
    if not row["audience"]:
        return "it was interrupted before all its readers were found; stop it and make it again."
    if missing := lacking(words):
        return (
            f"its text is missing in {', '.join(missing)}; readers have any of the three languages."
            f" Add it: {adding(str(row['id']), missing)}"
        )
    return ""


def lacking(words: Mapping[str, str]) -> list[str]:
    """The languages in which it has not been written."""
    return [name for name in LANGUAGES if not words.get(name, "").strip()]


def adding(campaign_id: str, languages: Sequence[str]) -> str:
    """The command that adds what is lacking."""
    options = " ".join(f'--{name} "..."' for name in languages)
    return f"gaisma campaign text {campaign_id[-SHORT:]} {options}"


def corrected_before(tx: Tx, row: Row) -> str:
    """That what it corrects was corrected before, and by which campaign; '' when it was not."""
    approved = [each for each in drafts.other_corrections(tx, row) if each["approved_at"]]
    if not approved:
        return ""
    return (
        f"Campaign {_short(row['corrects_id'])} has been corrected before, by "
        f"{_short(approved[-1]['id'])} ({approved[-1]['state']}); its readers would get another "
        "correction."
    )


def wrong(tx: Tx, row: Row) -> str:
    """Why a campaign must not go on: a correction says that its text is wrong; '' when none does.

    Its reminders are as wrong as it is.
    """
    told = str(row["parent_id"] or row["id"])
    found = drafts.corrections_of(tx, told)
    if not found:
        return ""
    first, stop = _short(found[0]["id"]), f"gaisma campaign stop {_short(told)}"
    if not found[0]["approved_at"]:
        return (
            f"a correction of it, {first}, waits for its approval, so its text is wrong. End it: "
            f"{stop}; or, if the text is right after all: gaisma campaign stop {first}"
        )
    return (
        f"its text is wrong: {first} corrects it, and who reads it now would not get the "
        f"correction. End it: {stop}. To tell those who have not read it what is right: "
        f"{telling_again(row)}"
    )


def telling_again(row: Row) -> str:
    """The command that tells what a campaign has not told: whoever wrote words of their own writes
    them anew."""
    if row["corrects_id"]:
        return f"gaisma campaign correct {_short(row['corrects_id'])}"
    if row["kind"] == "announcement":
        return "gaisma campaign announce"
    if row["kind"] == "debt":
        return "gaisma debt notice"
    return f"gaisma campaign redo {_short(row['parent_id'] or row['id'])}"


def _short(campaign_id: str) -> str:
    return str(campaign_id)[-SHORT:]


def _instead(row: Row, words: Mapping[str, str]) -> str:
    """The command that comes before the approval; '' when nothing does."""
    if not row["audience"]:
        return f"gaisma campaign stop {_short(row['id'])}"
    missing = lacking(words)
    return adding(str(row["id"]), missing) if missing else ""


def find_readers(database: Database, row: Row, now: datetime) -> None:
    """Take in who was told by the corrected campaign after the draft was made."""
    told = broadcasts.told_messages(database, str(row["corrects_id"]))
    for part in in_chunks(told, CHUNK):
        database.transaction(_taking_in(str(row["id"]), part, now), bulk=True)


def _taking_in(campaign_id: str, part: list[str], now: datetime) -> Callable[[Tx], int]:
    return lambda tx: broadcasts.add_corrected(tx, campaign_id, part, now)


def soonest_of(tx: Tx, row: Row, now: datetime, policy: Policy) -> datetime:
    """When it may go: a correction is held by night only if what it corrects was."""
    wrong = campaigns.campaign(tx, str(row["corrects_id"])) if row["corrects_id"] else None
    return soonest_for(str(wrong["kind"] if wrong else row["kind"]), now, policy)


def preview(
    tx: Tx, row: Row, now: datetime, policy: Policy, *, email: bool = True, short_number: str = ""
) -> Preview:  # fmt: skip
    """As `bot.campaigns.preview.preview`, of an announcement or a correction."""
    words = broadcasts.texts_of(tx, str(row["id"]))
    written = {name: render_sms(str(row["kind"]), name, words, policy) for name in words}
    parts = {name: count_segments(text) for name, text in written.items()}
    reach, sms = _reach(tx, row, Look(policy, now, short_number), email=email)
    languages = {
        name: Measure(many, many * parts.get(name, 0), exact=name in parts)
        for name, many in sms.items()
    }
    segments = sum(each.segments for each in languages.values())
    first = max(now, soonest_of(tx, row, now, policy))
    made = Preview(
        campaign=row,
        works=0,
        languages=languages,
        reach=reach,
        prices={"sms": segments * policy.campaign_segment_price_cents, **reach.prices(policy)},
        deadlines={},
        late_list=[],
        first_sms=first,
        first_letter=None,
        held_until=first if first > now else None,
        reminders=0,
        samples=[(name, text, parts[name]) for name, text in written.items()],
        too_long=max(parts.values(), default=0) > policy.text_max_segments,
        warnings=[],
        instead=_instead(row, words),
        again=bool(corrected_before(tx, row)),
        unwritten=_unwritten(sms, reach, words),
    )
    made.warnings.extend(_warnings(made, refusal(row, words), policy))
    made.warnings.extend(_of_others(tx, row))
    return made


def _unwritten(
    sms: Mapping[str, int], reach: Reach, words: Mapping[str, str]
) -> dict[str, int]:  # fmt: skip
    """Messages by language for which there is no text yet."""
    ways = (sms, reach.email, reach.letter)
    found = {name: sum(way.get(name, 0) for way in ways) for name in lacking(words)}
    return {name: many for name, many in found.items() if many}


def _of_others(tx: Tx, row: Row) -> list[str]:
    """Other corrections of the same campaign: sent ones, and drafts that should be stopped."""
    found = []
    if before := corrected_before(tx, row):
        found.append(f"{before} Approving needs --reason.")
    others = [each for each in drafts.other_corrections(tx, row) if each["state"] == "draft"]
    found += [
        f"Another correction of the same campaign is a draft, by {each['made_by']}; keep one: "
        f"gaisma campaign stop {_short(each['id'])}"
        for each in others
    ]
    return found


def _reach(tx: Tx, row: Row, look: Look, *, email: bool) -> tuple[Reach, dict[str, int]]:
    """Who would get it by e-mail or letter, and how many SMS in each language."""
    count = broadcasts.count_corrections if row["corrects_id"] else broadcasts.count_messages
    counts = count(tx, str(row["id"]))
    by_channel: dict[str, dict[str, int]] = {"sms": {}, "email": {}, "letter": {}}
    for (channel, language), many in counts.items():
        if channel:
            by_channel[channel][language] = many
    lost = 0 if email else sum(by_channel.pop("email").values())
    reach = Reach(
        sms=None,
        email=by_channel.get("email", {}),
        letter=by_channel["letter"],
        unreached=counts.get(("", ""), 0) + lost,
        calls=0,
        by_letter=set(),
        samples=of_words(tx, row, by_channel, look),
    )
    return reach, by_channel["sms"]


def _warnings(made: Preview, refused: str, policy: Policy) -> list[str]:
    found = []
    if not (made.messages or made.reach.emails or made.reach.letters):
        found.append("Nobody would get it: none of its readers can be written to.")
    if made.campaign["corrects_id"] and made.unreachable:
        found.append(f"Opted out since, and left out: {made.unreachable}.")
    if refused:
        found.append(f"Cannot be approved: {refused}")
    if made.too_long:
        found.append(too_long_text(policy))
    if needs_another(made.campaign, policy):
        found.append(f"Somebody else than {made.campaign['made_by']} must approve it.")
    return found


def needs_another(row: Row, policy: Policy) -> bool:
    """Whether who made it must not approve it: it has many readers, or one mistake was enough."""
    return bool(row["corrects_id"]) or row["recipients"] > policy.campaign_four_eyes_over


def too_long_text(policy: Policy) -> str:
    """The sentence for a text over the policy's segments."""
    return (
        f"A text takes more than {policy.text_max_segments} SMS parts; "
        "make it shorter or raise [text] max_segments in the policy."
    )
