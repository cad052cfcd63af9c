"""How campaigns and works are said on the operators' pages: titles, reasons, failures, phones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.campaigns import announced_preview
from bot.campaigns.approval import Fact
from bot.campaigns.preview import Preview
from bot.campaigns.why import read
from bot.channels import read_error_code
from bot.debts.rules import TITLES
from bot.people.persons import is_maker
from bot.policy import Policy
from bot.web.console import frame as frames
from bot.web.console.frame import known, t, when
from locales.catalogue import LANGUAGES
from locales.dates import local
from locales.reasons import reason_in
from locales.segments import measure
from storage import Row
from storage.database import moment

SHOWN = 3  # texts of a language on its phone
STAGES = ("queued", "sent", "delivered", "failed", "withdrawn")
_STAGE_OF = {
    "queued": "queued", "sending": "queued", "unknown": "queued", "accepted": "sent",
    "sent": "sent", "delivered": "delivered", "failed": "failed", "set_aside": "failed",
    "withdrawn": "withdrawn", "expired": "withdrawn",
}  # fmt: skip
_OF_WORKS = ("planned_notice", "reminder", "moved", "cancelled")
_LOOK = {  # the colour of a state
    "draft": "warm", "approved": "", "canary": "", "sending": "", "paused": "hot",
    "done": "good", "stopped": "", "expired": "",
}  # fmt: skip


def known_as() -> Sequence[str]:
    """The names under which whoever asks may have made a campaign, also by hand elsewhere."""
    person = frames.person()
    return person.name, person.full_name


def is_own(row: Row, policy: Policy) -> bool:
    """Whether whoever asks made it, and somebody else must approve it."""
    own = any(is_maker(row, name) for name in known_as())
    return own and announced_preview.needs_another(row, policy)


def said(fact: Fact) -> str:
    """A fact about a campaign as a sentence."""
    values = dict(fact.values)
    if "languages" in values:
        values["languages"] = languages_in_words(values["languages"])  # type: ignore[arg-type]
    if "until" in values:
        values["until"] = when(values["until"])  # type: ignore[arg-type]
    return t(f"alerts.fact.{fact.key}", **values)


def languages_in_words(languages: Sequence[str]) -> str:
    return ", ".join(t(f"alerts.in.{language}") for language in languages)


def title_of(row: Row) -> str:
    """What a campaign is about: the kind, and how many works on which days, or its own words."""
    kind = kind_of(row)
    if row["kind"] == "debt":
        return _debt_title(row, kind)
    if row["kind"] == "announcement" or row["corrects_id"]:
        return f"{kind}: {str(row['title']).partition(': ')[2]}"
    if not row["works"]:
        return kind
    posted = f" {t('alerts.by_letter')}" if " by letter:" in row["title"] else ""
    days = span(row["first_at"], row["last_at"])
    if row["kind"] not in _OF_WORKS:
        return f"{kind}{posted}: {t('alerts.outages_of', count=row['works'])}, {days}"
    if row["works"] == 1:
        return f"{kind}{posted}, {days}"
    return f"{t('alerts.works_title', kind=kind + posted, count=row['works'])}, {days}"


def _debt_title(row: Row, kind: str) -> str:
    """Debts, and which notice of them; by the title that the campaign was given."""
    given = str(row["title"]).partition(":")[0]
    notice = next((each for each, title in TITLES.items() if title == given), "")
    return f"{kind}: {t('debts.kind.' + notice.removeprefix('debt_'))}" if notice else kind


def kind_of(row: Row) -> str:
    return t(f"alerts.kind.{row['kind']}")


def span(first: str, last: str) -> str:
    """The days from one moment to another, short: titles stand in lists."""
    days = [local(moment(each)) for each in (first, last)]
    told = [f"{day:%d.%m.}" for day in days]
    year = "" if days[1].year == local(frames.now()).year else str(days[1].year)
    return "\u2013".join(dict.fromkeys(told)) + year


def why_of(row: Row) -> str:
    """Why it stands still or was ended; '' when nothing says so."""
    key, values = read(row["paused_why"])
    return t(f"alerts.why.{key}", **values) if key else ""


def code_in_words(channel: str, provider: str, code: str) -> str:
    """Why messages failed, by the code of their provider or of the mail server."""
    if not code:
        return t("alerts.code.none")
    if channel == "email":
        return t("alerts.code.mail_later" if code.startswith("4") else "alerts.code.mail")
    cause = read_error_code(provider, code)
    general = t(f"alerts.code.{cause.value if cause else 'other'}")
    # What a carrier writes behind the stroke is its own number.
    return known(f"alerts.code.{code.partition('/')[0]}", general)


def by_status(statuses: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    """Messages by channel and stage, the channels and stages that are there."""
    found: dict[str, dict[str, int]] = {}
    for (channel, status), many in statuses.items():
        stages = found.setdefault(channel, dict.fromkeys(STAGES, 0))
        stages[_STAGE_OF[status]] += many
    return {name: found[name] for name in ("sms", "email", "letter", "voice") if name in found}


@dataclass(frozen=True)
class Phone:
    """One of the three phones of a preview: its first texts, and how many SMS it stands for.

    `waiting`: readers of a language in which nobody has written the text yet.
    """

    language: str
    messages: int
    texts: tuple[tuple[str, int, str], ...]  # text, segments, encoding
    waiting: int = 0


def phones_of(seen: Preview) -> list[Phone]:
    """The three languages side by side; one that nobody reads has no texts."""
    found = []
    for language in LANGUAGES:
        texts = [(text, many) for name, text, many in seen.samples if name == language][:SHOWN]
        counted = seen.languages.get(language)
        shown = tuple((text, many, measure(text).encoding) for text, many in texts)
        messages = counted.messages if counted else 0
        found.append(Phone(language, messages, shown, seen.unwritten.get(language, 0)))
    return found


def look_of(state: str) -> str:
    """The class of a state's mark."""
    return _LOOK.get(state, "")


def is_past(at: str | None) -> bool:
    return at is not None and moment(at) < frames.now()


def day_of(at: str) -> str:
    """The day in Latvia, as addresses have it."""
    return f"{local(moment(at)):%Y-%m-%d}"


# What the templates of these pages call.
SHOW: dict[str, Any] = {
    "title_of": title_of, "kind_of": kind_of, "why_of": why_of, "span": span,
    "code_in_words": code_in_words, "look_of": look_of, "said": said, "is_past": is_past,
    "reason_in": reason_in, "languages_in_words": languages_in_words, "LANGUAGES": LANGUAGES,
    "day_of": day_of,
}  # fmt: skip
