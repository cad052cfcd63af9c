"""The inbox: who waits, what is mine, everything, what is done; urgent ones first."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import astuple
from datetime import datetime, timedelta
from typing import Any, TypeVar

from flask import Blueprint, Response, abort, current_app, g, request, url_for
from markupsafe import Markup

from bot.desk.inbox import BACK, LISTS, Filters, Look, narrow
from bot.web.console import frame as frames
from bot.web.console.board import Board, Drawing, Shown, topic_name
from bot.web.console.frame import Frame, needs, t
from locales.catalogue import LANGUAGES
from storage import agents

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

READERS = ("agent", "dispatcher")
_LONGEST = 80  # characters of a search
_BOARDS = 48  # lists as markup: one a list, language and choice of filters
_PARTS = 1000
_SENT = 2000  # what consoles have, by version: they are sent what has changed since
# Filled in by the script.
_LATER: dict[str, object] = {name: f"{{{name}}}" for name in ("minutes", "hours", "days")}


def add(pages: Blueprint, frame: Frame) -> None:
    view = _View(frame)
    mine = needs(*READERS)
    pages.add_url_rule("/inbox", "inbox", mine(view.page))
    pages.add_url_rule("/inbox/list", "inbox_list", mine(view.list))


class _View:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._inbox = frame.inbox
        self._promised = timedelta(minutes=frame.policy.conversation_answer_minutes)
        self._drawing = Drawing(self._promised)
        self._boards: dict[tuple[object, ...], Board] = {}
        self._parts: dict[tuple[object, ...], Markup] = {}
        self._sent: dict[str, Shown] = {}

    def page(self) -> Response:
        asked, now = _asked(), frames.now()
        shown = self._shown(asked, now)
        return self._frame.page(
            "inbox.html",
            **self._list_words(shown, now),
            asked=asked,
            listing=shown.board.listing,
            live="" if _is_back(asked) else _address("console.inbox_list", asked),
            topic_name=topic_name,
            narrowed=_is_narrowed(asked),
            filters=sum(map(bool, astuple(_filters(asked)))),
            spoken=LANGUAGES,
        )

    def list(self) -> Response:
        """The list as a piece; 204 while nothing in it has changed. A console that tells what it
        has gets the rows that are others now."""
        now = frames.now()
        shown = self._shown(_asked(), now)
        if frames.unchanged(shown.version):
            return Response(status=204)
        before = self._sent.get(request.args.get("after", ""))
        if before is None:
            response = self._frame.page("inbox_list.html", **self._list_words(shown, now))
        else:
            told = shown.changes(before, now, self._promised)
            response = Response(current_app.json.dumps(told), mimetype="application/json")
        response.headers[frames.VERSION] = shown.version
        return response

    def _list_words(self, shown: Shown, now: datetime) -> dict[str, object]:
        rows = (shown.own.get(key, row) for key, row in shown.board.rows.items())
        made = "".join(row.shown(now, self._promised) for row in rows)
        return {
            "version": shown.version,
            "head": shown.head,
            "tail": shown.tail,
            "rows": Markup(made),  # noqa: S704 - of templates, which escape all
            "promised": self._frame.policy.conversation_answer_minutes,
            "waits": {
                name: t(f"inbox.wait.{name}", **_LATER) for name in ("minutes", "hours", "days")
            },
        }

    def _shown(self, asked: dict[str, str], now: datetime) -> Shown:
        me = frames.person().name
        counts = self._inbox.counts(me, now)
        if asked["q"]:
            look = self._inbox.found(asked["q"], now)
        elif _is_back(asked):
            look = self._inbox.back(asked["which"], _filters(asked), asked["before"])
        else:
            look = self._inbox.look(asked["which"], me)
        reads = self._inbox.reads(look, me)
        board = self._board(look, asked, now)
        own = self._drawing.own(board, me, reads, now)
        found = len(board.rows) if asked["q"] else 0
        head = self._part("head", asked, counts=counts, found=found)
        tail = self._part(
            "tail", asked, more=board.listing.more, is_empty=not board.rows, older=look.older
        )
        shown = Shown(board, own, head, tail)
        return _keep(self._sent, shown.version, shown, _SENT)

    def _board(self, look: Look, asked: dict[str, str], now: datetime) -> Board:
        filters = _filters(asked)
        key = (look.number, filters, g.language, f"{now:%Y%m%d%H}")
        board = self._boards.get(key)
        if board is None:
            names = agents.names(self._frame.database)
            board = self._drawing.board(narrow(look, filters), names, now)
            if look.which in LISTS:  # nobody else searches for the same
                _keep(self._boards, key, board, _BOARDS)
        return board

    def _part(self, name: str, asked: dict[str, str], **words: object) -> Markup:
        """What stands above or below the rows; the same for many who ask."""
        key = (name, g.language, *asked.values(), *words.values())
        part = self._parts.get(key)
        if part is None:
            template = current_app.jinja_env.get_template(f"console/inbox_{name}.html")
            made = template.render(
                t=t, asked=asked, lists=LISTS, **words, narrowed=_is_narrowed(asked),
                promised=self._frame.policy.conversation_answer_minutes,
                address=lambda **other: _address("console.inbox", {**asked, "before": "", **other}),
            )  # fmt: skip
            part = _keep(self._parts, key, Markup(made), _PARTS)  # noqa: S704 - a template's
        return part


def _keep(kept: dict[K, V], key: K, value: V, most: int) -> V:
    """Remember the value; beyond `most` of them, what was remembered first is forgotten."""
    kept[key] = value
    while len(kept) > most:
        kept.pop(next(iter(kept)), None)
    return value


def _is_narrowed(asked: dict[str, str]) -> bool:
    return any(asked[name] for name in asked if name not in ("which", "before"))


def _filters(asked: dict[str, str]) -> Filters:
    return Filters(*(asked[name] for name in ("town", "transformer", "language", "topic")))


def _is_back(asked: dict[str, str]) -> bool:
    """Whether these are pages of what was, which do not renew themselves."""
    choice = asked["before"] or _filters(asked) != Filters()
    return bool(choice) and asked["which"] in BACK and not asked["q"]


def _asked() -> dict[str, str]:
    asked = {
        name: request.args.get(name, "").strip()[:_LONGEST]
        for name in ("town", "transformer", "language", "topic", "q", "before")
    }
    which = request.args.get("which", "") or LISTS[0]
    if which not in LISTS:
        abort(404)
    return {"which": which, **asked}


def _address(endpoint: str, asked: dict[str, str]) -> str:
    values: dict[str, Any] = {name: value for name, value in asked.items() if value}
    return url_for(endpoint, **values)
