"""The words of a telephone call: short sentences that a voice reads aloud, one after another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.policy import Policy
from bot.words.subjects import Work
from locales import spoken
from locales.catalogue import say
from locales.reasons import reason_in

KINDS = ("planned_notice", "cancelled", "unplanned")


def voice_script(
    kind: str, language: str, works: Sequence[Work], policy: Policy, *, now: datetime | None = None
) -> list[str]:
    """The sentences of a call about these works: numbers in words, the last one offers a repeat.

    `now` decides whether a restoration time is still ahead. Raises ValueError for a kind that has
    no call.
    """
    if kind not in KINDS:
        raise ValueError(f"there is no call for {kind}")
    first = works[0]
    open_ = kind == "unplanned" and (
        first.ends_at is None or (now is not None and first.ends_at <= now)
    )
    fault = kind == "unplanned"
    phone = policy.contact_fault_phone if fault else policy.contact_service_phone
    told = say(
        language,
        f"voice.{kind}_open" if open_ else f"voice.{kind}",
        brand=spoken.name(policy.brand_in_answers, language),
        phone=spoken.digits(phone, language),
        where=_where(works, language),
        when="" if open_ else _when(kind, first, language),
        why=_why(first, language),
    )
    return told.split("\n")


def _when(kind: str, work: Work, language: str) -> str:
    if kind == "unplanned" and work.ends_at is not None:
        return spoken.by(work.ends_at, language)
    if kind == "cancelled" and work.old_starts_at is not None:
        return spoken.span(work.old_starts_at, work.old_ends_at, language)
    return spoken.span(work.starts_at, work.ends_at, language)


def _where(works: Sequence[Work], language: str) -> str:
    places = list(dict.fromkeys(work.address for work in works))
    first = places[0]
    told = spoken.address(first, language) if first else say(language, "notice.somewhere")
    if len(places) == 1:
        return told
    return say(language, "voice.more", where=told)


def _why(work: Work, language: str) -> str:
    reason = reason_in(work.reason, language)
    return say(language, "voice.why", reason=reason) if reason else ""
