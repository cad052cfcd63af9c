"""Announcements to an audience, and corrections to exactly those whom a campaign has told.

Both become draft campaigns, approved and sent like any other. What they say:
`bot.campaigns.announced`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.campaigns import rules as campaigns
from bot.campaigns.rules import CampaignRefused, short_id
from bot.network import audience
from bot.network.audience import Asked
from bot.people.persons import AND, is_maker, logins_with
from locales.catalogue import LANGUAGES
from storage import Database, Tx, drafts
from storage import audience as audience_rows
from storage import broadcasts as rows
from storage import campaigns as campaign_rows
from storage.broadcasts import NewBroadcast
from storage.database import audit, login, new_id
from storage.lists import in_chunks

# So many readers in one transaction keep inbound texts from waiting.
CHUNK = 300
LONGEST = 1000  # characters of a text; more than any SMS or paragraph of an e-mail needs
TITLE = 60


@dataclass(frozen=True)
class Words:
    """The texts by language, who writes them and when; `valid_until`: of no use after."""

    texts: Mapping[str, str]
    by: str
    now: datetime
    valid_until: datetime | None = None


@dataclass(frozen=True)
class Estimate:
    """How many customers an audience has, and how many messages they would get by channel and
    language; ('', ''): how many of them none reaches."""

    customers: int
    messages: Mapping[tuple[str, str], int]

    def of(self, channel: str) -> dict[str, int]:
        """Messages of a channel by language."""
        return {name: many for (way, name), many in self.messages.items() if way == channel}


def estimate(database: Database, asked: Asked) -> Estimate:
    """What `announce` would reach, before there is a draft. Raises AudienceRefused."""
    numbers = audience_rows.customers_of(database, audience.resolve(database, asked))
    return Estimate(len(numbers), audience_rows.ways_of(database, numbers))


def announce(database: Database, asked: Asked, words: Words) -> str:
    """A draft to every customer of the audience; its id.

    Raises CampaignRefused for no texts or nobody to read them, AudienceRefused for a place that is
    not known. A language that is missing stops the approval, not the draft.
    """
    texts = _checked(words)
    numbers = audience_rows.customers_of(database, audience.resolve(database, asked))
    if not numbers:
        raise CampaignRefused(f"nobody belongs to this audience: {asked.words()}.")
    title = f"Announcement: {_beginning(texts)}"
    new = NewBroadcast(
        new_id(), "announcement", title, words.by, texts, valid_until=words.valid_until
    )
    parts = list(in_chunks(numbers, CHUNK))
    _fill(database, new, parts, _add_readers, words.now)
    _finish(database, new, asked.words(), words.now)
    return new.id


def correct(database: Database, part: str, words: Words) -> str:
    """A draft to everybody whom a message of the campaign has reached; its id.

    A campaign under way is paused: nobody more shall read what is wrong. Raises CampaignRefused
    when it has told nobody.
    """
    texts = _checked(words)
    row = campaigns.find(database, part)
    wrong = str(row["id"])
    if row["state"] in campaign_rows.RUNNING:
        database.transaction(lambda tx: campaigns.pause(tx, wrong, by=words.by, now=words.now))
    told = rows.told_messages(database, wrong)
    if not told:
        raise CampaignRefused(
            f"campaign {short_id(wrong)} has told nobody yet, so there is nothing to correct; "
            f"to end it: gaisma campaign stop {short_id(wrong)}"
        )
    title = f"Correction of {short_id(wrong)}: {_beginning(texts)}"
    new = NewBroadcast(
        new_id(), "correction", title, words.by, texts, wrong, words.valid_until
    )  # fmt: skip
    _fill(database, new, list(in_chunks(told, CHUNK)), rows.add_corrected, words.now)
    _finish(database, new, f"those told by {short_id(wrong)}", words.now)
    return new.id


def add_texts(database: Database, part: str, words: Words) -> str:
    """Give a draft the texts in languages that it lacks; its id.

    Who writes them is one more of its makers, and does not approve it where another must. Raises
    CampaignRefused for no draft with words of its own, and for a text that is there: it may have
    been read for an approval, so it is never changed.
    """
    texts = _checked(words)
    row = campaigns.find(database, part)
    campaign_id = str(row["id"])
    there = rows.texts_of(database, campaign_id)
    if not there:
        raise CampaignRefused(
            f"campaign {short_id(campaign_id)} tells of outages or debts in ready words."
        )
    if again := sorted(texts.keys() & there.keys()):
        raise CampaignRefused(
            f"its text in {', '.join(again)} is there already; to change it, stop the campaign and "
            f"make it again: gaisma campaign stop {short_id(campaign_id)}"
        )
    makers = str(row["made_by"])
    if not is_maker(row, words.by):
        makers += f"{AND}{words.by}"
    logins = logins_with(row, login())

    def work(tx: Tx) -> bool:
        audit(tx, words.by, "texts added", campaign_id, now=words.now, detail=", ".join(texts))
        return drafts.add_texts(tx, campaign_id, texts, makers, logins)

    if not database.transaction(work):
        raise CampaignRefused(f"campaign {short_id(campaign_id)} is no draft any more.")
    return campaign_id


def _checked(words: Words) -> dict[str, str]:
    texts = {name: " ".join(text.split()) for name, text in words.texts.items()}
    texts = {name: text for name, text in texts.items() if text}
    if unknown := set(texts) - set(LANGUAGES):
        raise CampaignRefused(
            f"{', '.join(sorted(unknown))} is no language here; use {', '.join(LANGUAGES)}."
        )
    if not texts:
        raise CampaignRefused("there is no text; give --lv, --ru and --en, a --file or --template.")
    for name, text in texts.items():
        if len(text) > LONGEST:
            raise CampaignRefused(f"the text in {name} has {len(text)} characters; {LONGEST} fit.")
    if words.valid_until is not None and words.valid_until <= words.now:
        raise CampaignRefused("--until is over; give a time that is still to come.")
    return texts


def _beginning(texts: Mapping[str, str]) -> str:
    text = next(texts[name] for name in LANGUAGES if name in texts)
    return text if len(text) <= TITLE else text[: TITLE - 1].rsplit(" ", 1)[0] + "…"


def _add_readers(tx: Tx, campaign_id: str, numbers: list[str], now: datetime) -> int:
    return rows.add_readers(tx, campaign_id, numbers, now)


_Add = Callable[[Tx, str, list[str], datetime], int]


def _fill(
    database: Database, new: NewBroadcast, parts: list[list[str]], add: _Add, now: datetime
) -> None:
    """The draft with its first readers in one transaction: an empty draft would be ended."""

    def begin(tx: Tx) -> None:
        rows.add_draft(tx, new, now)
        add(tx, new.id, parts[0], now)

    database.transaction(begin, bulk=True)
    for part in parts[1:]:
        database.transaction(lambda tx, part=part: add(tx, new.id, part, now), bulk=True)  # type: ignore[misc]


def _finish(database: Database, new: NewBroadcast, words: str, now: datetime) -> None:
    def work(tx: Tx) -> None:
        rows.finish_draft(tx, new.id, words)
        audit(tx, new.made_by, f"{new.kind} drafted", new.id, now=now, detail=words)

    database.transaction(work)
