"""What a person may tell the messenger itself: lines that begin with a slash."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from bot.phones import phone_number
from locales.catalogue import LANGUAGES

if TYPE_CHECKING:
    from bot.cli.messenger.screen import Messenger

ORDERS = ("/lang", "/as", "/history", "/clear", "/help", "/quit")
LINES = {
    "/lang lv|ru|en": "lang",
    "/as +371...": "as",
    "/history": "history",
    "/clear": "clear",
    "/help": "help",
    "/quit": "quit",
    "↑ ↓": "arrows",
    "Alt+Enter": "newline",
    "//...": "slash",
}


class Orders:
    """The orders of one messenger."""

    def __init__(self, messenger: Messenger) -> None:
        self._messenger = messenger
        self._acts: dict[str, Callable[[str], None]] = {
            "/lang": self._speak,
            "/as": self._hold,
            "/history": lambda _: messenger.show_all(),
            "/clear": lambda _: messenger.clear(),
            "/help": lambda _: self._help(),
            "/quit": lambda _: messenger.leave(),
        }

    def obey(self, line: str) -> None:
        """Do what the line says, or say that there is no such order."""
        order, _, what = line.partition(" ")
        act = self._acts.get(order.lower())
        if act is None:
            self._messenger.note("chat.unknown", order=order)
        else:
            act(what.strip())

    def completer(self) -> Completer:
        return _Completer(self._messenger)

    def _speak(self, language: str) -> None:
        if language.lower() not in LANGUAGES:
            self._messenger.note("chat.bad_language")
            return
        self._messenger.talk.language = language.lower()
        self._messenger.note("chat.language")

    def _hold(self, number: str) -> None:
        messenger = self._messenger
        if not number:
            cast = [(each.number, _about(each.name, each.towns)) for each in messenger.talk.cast()]
            messenger.note("chat.phones")
            messenger.show(messenger.painter.table(cast))
            return
        phone = phone_number(number)
        if phone is None:
            messenger.note("chat.bad_number", number=number)
        else:
            messenger.hold(phone)

    def _help(self) -> None:
        say = self._messenger.talk.say
        rows = [(order, say(f"chat.help.{key}")) for order, key in LINES.items()]
        self._messenger.show(self._messenger.painter.table(rows))


class _Completer(Completer):
    """Completes orders, languages and the demo's phones; never a text."""

    def __init__(self, messenger: Messenger) -> None:
        self._messenger = messenger

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        line = document.text
        if not line.startswith("/") or line.startswith("//"):
            return
        order, space, begun = line.partition(" ")
        for value, about in self._values(order if space else ""):
            wanted = begun if space else line
            if value.startswith(wanted) and value != wanted:
                yield Completion(value, -len(wanted), display_meta=about)

    def _values(self, order: str) -> Iterable[tuple[str, str]]:
        talk = self._messenger.talk
        if order == "/lang":
            return [(language, "") for language in LANGUAGES]
        if order == "/as":
            return [(each.number, _about(each.name, each.towns)) for each in talk.cast()]
        return [(each, talk.say(f"chat.help.{each[1:]}")) for each in ORDERS] if not order else []


def _about(name: str, towns: list[str]) -> str:
    return f"{name}, {', '.join(towns)}"
