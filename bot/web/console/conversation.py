"""One conversation: its timeline, who writes, and everything that an agent does there."""

from __future__ import annotations

import zlib
from typing import Any

from flask import Blueprint, Response, abort, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bot.conversation.candidates import CandidateRefused, note_agent
from bot.desk import customer as desk
from bot.desk import handoff, ready, suggest
from bot.desk.handoff import CannotSay, Overtaken
from bot.desk.thread import MOST, Line, earlier, read_thread, version_of
from bot.web.console import frame as frames
from bot.web.console.alerts_show import code_in_words
from bot.web.console.board import topic_name, wait
from bot.web.console.frame import Frame, known, needs, t, tell
from bot.web.console.inbox import READERS
from bot.web.console.seen import sees
from intents.model import INTENTS
from locales import dates
from locales.alphabet import KNOWN
from locales.catalogue import LANGUAGES, has
from locales.segments import BASIC, EXTENSION
from storage import Row, agents, conversations, inbox, threads
from storage.database import moment

_MORE = 600  # messages at most on the page
COUNTER = ("line", "plain", "none")
# Filled in by the script.
LATER: dict[str, object] = {name: f"{{{name}}}" for name in ("parts", "price", "left")}


def add(pages: Blueprint, frame: Frame) -> None:
    view = _View(frame)
    reads, acts = needs(*READERS), needs("agent")
    base = "/inbox/<key>"
    pages.add_url_rule(base, "inbox_talk", reads(sees("conversation.seen", "key")(view.page)))
    pages.add_url_rule(f"{base}/thread", "inbox_thread", reads(view.thread))
    pages.add_url_rule(f"{base}/card", "inbox_card", reads(view.card))
    for name in (
        "say", "assign", "give_back", "close", "note", "life_support", "report", "link",
        "language", "opt_out",
    ):  # fmt: skip
        act = acts(getattr(view, name))
        pages.add_url_rule(f"{base}/{name}", f"inbox_{name}", act, methods=["POST"])


class _View:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._service = frame, frame.service
        self._database, self._policy = frame.database, frame.policy

    # --- what is shown ----------------------------------------------------------------------

    def page(self, key: str) -> Response:
        return self._page(self._find(key))

    def _page(self, row: Row, *, draft: str = "", told: str = "", owned: str = "") -> Response:
        """The whole page; `draft` is what was typed and not sent, `told` why."""
        person, now = frames.person(), frames.now()
        words = self._thread_words(row)
        thread, card = words["thread"], desk.read_card(self._database, row, now)
        language = card.language
        values = ready.values_of(
            card, agent=person.full_name, language=language, policy=self._policy, now=now
        )
        writes = person.may("agent")
        page = self._frame.page(
            "conversation.html",
            **(words | self._card_words(row, card)),
            draft=draft,
            told=told,
            owned=owned,
            seen=thread.last_id,
            agents=agents.who_answer(self._database) if writes else [],
            intents=sorted(INTENTS, key=topic_name),
            spoken=LANGUAGES,
            scopes=desk.SCOPES,
            ready=self._ready(language, values) if writes else [],
            suggestion=self._suggest(row, thread, language, values) if writes else None,
            following=threads.next_waiting(self._database, row["id"]),
            counting=self._counting(),
        )
        self._mark_read(row, thread.last_id)
        return page

    def thread(self, key: str) -> Response:
        """The timeline as a piece; 204 while nothing is new."""
        row = self._find(key)
        version = version_of(self._database, row, _limit())
        if frames.unchanged(version):
            return Response(status=204)
        words = self._thread_words(row)
        self._mark_read(row, words["thread"].last_id)
        return self._frame.piece("conversation_thread.html", version, **words)

    def card(self, key: str) -> Response:
        """Who writes, as a piece; 204 while nothing is new."""
        row = self._find(key)
        words = self._card_words(row, desk.read_card(self._database, row, frames.now()))
        return self._frame.piece("conversation_card.html", str(words.pop("card_version")), **words)

    def _thread_words(self, row: Row) -> dict[str, Any]:
        recogniser = self._frame.turns.learning.recogniser
        thread = read_thread(self._database, row, recogniser, _limit())
        waiting = row["waiting_since"]
        return {
            "row": row,
            "thread": thread,
            "thread_version": version_of(self._database, row, _limit()),
            "names": self._names(),
            "closed": conversations.is_closed(row),
            "waited": wait(frames.now() - moment(waiting)) if waiting else "",
            "late": bool(waiting) and _minutes(waiting) > self._policy.conversation_answer_minutes,
            "topic_name": topic_name,
            "code_in_words": code_in_words,
            "known": known,
            "told_act": self._told_act,
            "earlier": earlier(thread.lines),
            "limit": _limit(),
        }

    def _told_act(self, line: Line) -> str:
        """What a colleague did, in words."""
        who, to = self._name(line.by), self._name(line.detail)
        if line.detail == "silent":
            return t("inbox.act.silent")
        if line.text == "conversation.assign":
            key = "inbox.act.took" if line.by == line.detail else "inbox.act.assign"
            return t(key, who=who, to=to)
        key = f"inbox.act.{line.text}"
        return t(key, who=who) if has(g.language, f"console.{key}") else line.text

    def _card_words(self, row: Row, card: desk.Card) -> dict[str, Any]:
        now = frames.now()
        near = {r["id"]: desk.outages_near(self._database, r, now) for r in card.reports}
        shown = [*card.reports, *(home.row for home in card.homes)]
        shown += [each for home in card.homes for each in home.outages]
        shown += [each for outages in near.values() for each in outages]
        shown += [*card.origins, *card.register]
        told = [[row[name] for name in row.keys()] for row in shown]  # noqa: SIM118 - values
        version = f"{zlib.crc32(repr((told, card.language, card.opted_out)).encode()):08x}"
        return {
            "row": row,
            "card": card,
            "near": near,
            "card_version": version,
            "span": _span,
            "known": known,
            "writes": frames.person().may("agent"),
        }

    def _ready(self, language: str, values: dict[str, str]) -> list[dict[str, str]]:
        return [
            {
                "title": each.name if each.own else t(f"inbox.ready.{each.name}"),
                "topic": t(f"inbox.ready_topic.{each.topic}"),
                "text": each.text,
            }
            for each in ready.answers(self._database, language, values)
        ]

    def _suggest(
        self, row: Row, thread: Any, language: str, values: dict[str, str]
    ) -> suggest.Suggestion | None:
        if row["owner"] == "bot" and not row["waiting_since"]:
            return None
        found = suggest.suggest(
            self._database, self._frame.turns, phone=row["phone"], text=thread.last_text,
            language=language, values=values, now=frames.now(),
        )  # fmt: skip
        greeted = any(line.kind == "agent" for line in thread.lines)
        return None if found and found.name == ready.HELLO and greeted else found

    def _counting(self) -> dict[str, object]:
        """What the page's script needs to count parts and prices."""
        return {
            "basic": BASIC,
            "extension": EXTENSION,
            "known": KNOWN,
            "cents": self._policy.campaign_segment_price_cents,
            "longest": handoff.MAX_TEXT,
            "blank": handoff.BLANK,
            "texts": {name: t(f"inbox.counter.{name}", **LATER) for name in COUNTER},
        }

    def _find(self, key: str) -> Row:
        row = desk.find(self._database, key)
        if row is None:
            abort(404)
        return row

    def _mark_read(self, row: Row, last_id: str) -> None:
        name, key = frames.person().name, str(row["id"])
        if last_id and inbox.reads(self._database, name, [key]).get(key, "") < last_id:
            self._database.transaction(lambda tx: inbox.mark_read(tx, name, key, last_id))
            self._frame.inbox.forget_reads(name)

    # --- what an agent does -----------------------------------------------------------------

    def say(self, key: str) -> AnyResponse:
        """Send an answer, unless somebody else answered since this page was read."""
        row, name, now = self._find(key), frames.person().name, frames.now()
        text = request.form.get("text", "").replace("\r\n", "\n")
        seen = request.form.get("seen", "")[:60]
        try:
            if request.form.get("take"):
                handoff.assign(self._service, key, name, by=name, now=now)
            parts = handoff.say(self._service, key, agent=name, text=text, now=now, seen=seen)
        except Overtaken as late:
            told = t("inbox.late", who=self._name(late.by), text=late.text)
            owned = self._owned(key)
            return _refused(self._page(self._find(key), draft=text, told=told, owned=owned))
        except CannotSay as refused:
            told = self._sentence(refused)
            owned = self._owned(key)
            return _refused(self._page(row, draft=text, told=told, owned=owned))
        tell("inbox.sent", count=parts)
        return self._back(key, "answer")

    def _owned(self, key: str) -> str:
        """Which other agent has the conversation; '' when none has."""
        agent = str(self._find(key)["agent"])
        return "" if agent == frames.person().name else self._name(agent)

    def _name(self, agent: str) -> str:
        return str(self._names().get(agent, agent))

    def _names(self) -> dict[str, str]:
        """Full names, looked up once a request."""
        if "agent_names" not in g:
            g.agent_names = agents.names(self._database)
        names: dict[str, str] = g.agent_names
        return names

    def _sentence(self, refused: CannotSay) -> str:
        values = dict(refused.values)
        if "agent" in values:
            values["agent"] = self._name(str(values["agent"]))
        return t(f"inbox.cannot.{refused.why}", **values)

    def assign(self, key: str) -> AnyResponse:
        """To somebody, or to oneself without a name."""
        by = frames.person().name
        to = request.form.get("to", "") or by
        return self._do(
            key, "inbox.taken" if to == by else "inbox.assigned",
            lambda now: handoff.assign(self._service, key, to, by=by, now=now), who=self._name(to),
        )  # fmt: skip

    def give_back(self, key: str) -> AnyResponse:
        """To the bot; with what a text meant that it was not sure of, if that was said."""
        row, by, now = self._find(key), frames.person().name, frames.now()
        meant, of = request.form.get("meant", ""), request.form.get("of", "")[:60]
        if meant in INTENTS:
            try:
                noted = note_agent(self._service, row["phone"], meant, of, now)
                tell("inbox.learned" if noted else "inbox.nothing_learned")
            except CandidateRefused:
                tell("inbox.not_learned", "warning")
        changed = handoff.give_back(self._service, key, agent=by, now=now)
        tell("inbox.given_back" if changed else "inbox.bot_has_it")
        return self._back(key)

    def close(self, key: str) -> AnyResponse:
        by = frames.person().name
        self._find(key)
        handoff.close(self._service, key, agent=by, now=frames.now())
        tell("inbox.closed")
        return redirect(url_for("console.inbox"), 303)

    def note(self, key: str) -> AnyResponse:
        by, text = frames.person().name, request.form.get("note", "")
        return self._do(
            key, "inbox.noted",
            lambda now: handoff.note(self._service, key, agent=by, text=text, now=now),
        )  # fmt: skip

    def life_support(self, key: str) -> AnyResponse:
        by, eic, on = frames.person().name, request.form.get("eic", ""), "on" in request.form
        return self._do(
            key, "inbox.marked" if on else "inbox.unmarked",
            lambda now: desk.mark_life_support(self._service, key, eic, on=on, by=by, now=now),
        )  # fmt: skip

    def report(self, key: str) -> AnyResponse:
        """File a fault report in the customer's name."""
        by, form = frames.person().name, request.form
        words = {name: form.get(name, "") for name in ("eic", "address", "town", "scope")}
        return self._do(
            key, "inbox.reported",
            lambda now: desk.file_report(
                self._service, key, **words, danger="danger" in form, by=by, now=now
            ),
        )  # fmt: skip

    def link(self, key: str) -> AnyResponse:
        """An outage explains a report."""
        by, form = frames.person().name, request.form
        return self._do(
            key, "inbox.linked",
            lambda now: desk.link_report(
                self._service, key, form.get("report", ""), form.get("outage", ""), by=by, now=now
            ),
        )  # fmt: skip

    def language(self, key: str) -> AnyResponse:
        by, language = frames.person().name, request.form.get("language", "")
        return self._do(
            key, "inbox.language_set",
            lambda now: desk.set_language(self._service, key, language, by=by, now=now),
        )  # fmt: skip

    def opt_out(self, key: str) -> AnyResponse:
        by = frames.person().name
        return self._do(
            key, "inbox.opted_out", lambda now: desk.opt_out(self._service, key, by=by, now=now)
        )

    def _do(self, key: str, told: str, act: Any, **values: object) -> AnyResponse:
        """An act, and the sentence that it is done, or why it could not be."""
        self._find(key)
        try:
            act(frames.now())
        except CannotSay as refused:
            page = self._page(self._find(key), told=self._sentence(refused))
            return _refused(page)
        tell(told, **values)
        return self._back(key)

    @staticmethod
    def _back(key: str, place: str = "") -> AnyResponse:
        return redirect(url_for("console.inbox_talk", key=key, _anchor=place or None), 303)


def _refused(page: Response) -> Response:
    page.status_code = 409
    return page


def _limit() -> int:
    wanted = request.args.get("limit", "")
    return min(int(wanted), _MORE) if wanted.isdecimal() and len(wanted) < 5 else MOST


def _minutes(since: str) -> float:
    return (frames.now() - moment(since)).total_seconds() / 60


def _span(outage: Row) -> str:
    """From when to when, in the person's language."""
    ends = moment(outage["ends_at"]) if outage["ends_at"] else None
    return dates.short_span(
        moment(outage["starts_at"]), ends, frames.person().language, frames.now(), relative=True
    )
