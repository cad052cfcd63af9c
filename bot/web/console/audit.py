"""For administrators: who did and saw what, in words, by the order of time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request, url_for

from bot.people.acts import DRAFTED, KINDS
from bot.people.sign_in import ROLES
from bot.privacy import mask
from bot.web.console import frame as frames
from bot.web.console.alerts_show import title_of
from bot.web.console.board import topic_name
from bot.web.console.frame import Frame, known, needs, t, when
from locales import dates
from locales.catalogue import LANGUAGES
from storage import Row, agents, campaigns, conversations, debts, debts_shown, outages
from storage.database import moment

_ROWS = 100  # acts on one page
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{14}-[0-9a-f]{12}|[0-9a-f]{32}")
_SHORT = 8  # characters of an id that are shown, its last ones
_NOBODY = ("console", "worker", "policy")  # who acts when no person does


@dataclass(frozen=True)
class Told:
    """One act in words. `day` stands above the first act of each day; `link` may be ''."""

    day: str
    row: Row
    who: str
    act: str
    what: str
    link: str
    detail: str


def add(pages: Blueprint, frame: Frame) -> None:
    pages.add_url_rule("/audit", "audit", needs("administrator")(_Audit(frame).page))


class _Audit:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._database = frame, frame.database

    def page(self) -> Response:
        asked = {key: request.args.get(key, "")[:80] for key in ("actor", "kind")}
        at, _, last = request.args.get("before", "")[:80].partition("|")
        rows = agents.audit_rows(
            self._database, actor=asked["actor"], actions=KINDS.get(asked["kind"], ()),
            before=(at, last), limit=_ROWS + 1,
        )  # fmt: skip
        more = f"{rows[_ROWS - 1]['at']}|{rows[_ROWS - 1]['id']}" if len(rows) > _ROWS else ""
        names = agents.names(self._database)
        return self._frame.page(
            "audit.html", acts=self._told(rows[:_ROWS], names), more=more, asked=asked,
            kinds=list(KINDS), people=names,
        )  # fmt: skip

    def _told(self, rows: list[Row], names: dict[str, str]) -> list[Told]:
        told, day = list[Told](), ""
        for row in rows:
            at = dates.local(moment(row["at"]))
            new = f"{at:%Y-%m-%d}"
            what, link = self._what(row, names)
            told.append(
                Told(
                    frames.date(row["at"]) if new != day else "", row, _who(row["actor"], names),
                    in_words(str(row["action"])), what, link, _detail(row, names),
                )
            )  # fmt: skip
            day = new
        return told

    def _what(self, row: Row, names: dict[str, str]) -> tuple[str, str]:
        """What it was done to, as the person knows it, and its page if they may open it."""
        action, subject = str(row["action"]), str(row["subject"])
        about = action.partition(".")[0]
        if about in ("agent", "console"):
            return names.get(subject, t("audit.unknown_name")), ""
        if about == "conversation":
            return self._conversation(subject)
        if about == "outage":
            return self._outage(subject)
        if about in ("debt", "debts"):
            return self._debt(subject)
        if action == "report.saved":
            return known(f"reports.tab.{subject}", subject), ""
        if action == "reports.seen" and subject == "network":
            return t("audit.network"), ""
        if (campaign := campaigns.campaign(self._database, subject)) is not None:
            return title_of(campaign), _link("operator", "alerts_campaign", campaign_id=subject)
        return (f"…{subject[-_SHORT:]}" if _ID.fullmatch(subject) else subject), ""

    def _conversation(self, key: str) -> tuple[str, str]:
        """Its number is masked for who may not open it."""
        try:
            phone = str(conversations.get(self._database, key)["phone"])
        except LookupError:
            return f"…{key[-_SHORT:]}", ""
        link = _link("agent", "inbox_talk", key=key) or _link("dispatcher", "inbox_talk", key=key)
        return t("audit.conversation_of", phone=phone if link else mask(phone)), link

    def _outage(self, named: str) -> tuple[str, str]:
        row = outages.outage_by_external_id(self._database, named)
        row = row or outages.outage(self._database, named)
        if row is None:
            return t("audit.outage_of", id=named), ""
        link = _link("dispatcher", "network_outage", outage_id=row["id"])
        if not link and row["kind"] == "planned":
            link = _link("operator", "alerts_work", outage_id=row["id"])
        return t("audit.outage_of", id=row["external_id"]), link

    def _debt(self, named: str) -> tuple[str, str]:
        """By its id when it was looked at, by its reference when something was recorded."""
        row = debts_shown.one(self._database, named) if _ID.fullmatch(named) else None
        row = row or debts.find(self._database, [named]).get(named)
        if row is None:
            return named, ""
        return str(row["reference"]), _link("operator", "debts_one", debt_id=row["id"])


def in_words(action: str) -> str:
    """What was done, in the person's language."""
    if action.endswith(DRAFTED):
        return t("audit.act.drafted")
    return known(f"audit.act.{action.replace(' ', '_')}", action)


def _who(actor: str, names: dict[str, str]) -> str:
    return t("audit.system") if actor in _NOBODY else names.get(actor, actor)


def _detail(row: Row, names: dict[str, str]) -> str:
    action, detail = str(row["action"]), str(row["detail"])
    if not detail:
        return ""
    if action == "console.locked":
        return t("audit.until", until=when(_moment(detail)))
    if action in ("agent.roles", "agent.add"):
        return ", ".join(t(f"role.{each}") if each in ROLES else each for each in detail.split())
    if action == "conversation.assign":
        return t("audit.to_whom", who=names.get(detail, detail))
    if action == "conversation.language" and detail in LANGUAGES:
        return t(f"inbox.language.{detail}")
    if action in ("phrase.accepted", "candidate.noted"):
        return topic_name(detail)
    if action == "agent.password":
        return ""
    return t(f"audit.{detail}") if detail in ("on", "off", "silent") else detail


def _moment(text: str) -> datetime | None:
    try:
        return moment(text)
    except ValueError:
        return None


def _link(role: str, endpoint: str, **values: Any) -> str:
    """The page, for who may open it."""
    return url_for(f"console.{endpoint}", **values) if frames.person().may(role) else ""
