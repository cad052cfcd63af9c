"""The messenger in the terminal: a line to write on at the bottom, the talk above it."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from prompt_toolkit import PromptSession, print_formatted_text
from prompt_toolkit.application import get_app_session
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.formatted_text import ANSI
from prompt_toolkit.history import FileHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.patch_stdout import patch_stdout
from prompt_toolkit.shortcuts import clear
from prompt_toolkit.styles import Style

from bot.cli.messenger.bubbles import Painter
from bot.cli.messenger.orders import ORDERS, Orders
from bot.cli.messenger.talk import Talk
from bot.turn import MAX_TEXT
from locales.segments import measure
from storage import DatabaseBusy

POLL_SECONDS = 0.7
RECENT = 6  # texts shown at the start
STYLE = Style.from_dict({"bottom-toolbar": "noreverse fg:ansibrightblack", "prompt": "bold"})


class Messenger:
    """Holds the talk and the line that is written on. `run` blocks until the person leaves."""

    def __init__(self, talk: Talk, state: Path) -> None:
        self.talk, self._state = talk, state
        self.painter = Painter(self._columns())
        self._orders = Orders(self)
        self._session = self._new_session()
        self._told = asyncio.Lock()
        self._leaving = self._warned = False

    def run(self) -> None:
        """Talk until Ctrl+D, /quit or two Ctrl+C."""
        with patch_stdout(raw=True):
            asyncio.run(self._main())

    async def _main(self) -> None:
        self.begin()
        listener = asyncio.create_task(self._listen())
        try:
            while (line := await self._line()) is not None:
                await self._take(line)
        finally:
            listener.cancel()
            with suppress(asyncio.CancelledError):
                await listener
        self.note("chat.bye")

    # -- what is written ----------------------------------------------------------------------

    async def _line(self) -> str | None:
        """What was written, or None to leave. Ctrl+C drops the line; on an empty one it asks."""
        asked = False
        while not self._leaving:
            try:
                return await self._session.prompt_async()
            except EOFError:
                return None
            except KeyboardInterrupt as dropped:
                if not str(dropped) and asked:
                    return None
                asked = not str(dropped)
                if asked:
                    self.note("chat.again")
        return None

    async def _take(self, line: str) -> None:
        self.painter.width = Painter(self._columns()).width
        text = sent(line)
        if text.startswith("/") and not line.strip().startswith("//"):
            self._orders.obey(text)
            return
        if len(text) > MAX_TEXT:
            self.note("chat.too_long", longest=MAX_TEXT, length=len(text))
        elif text:
            await self._send(text)

    async def _send(self, text: str) -> None:
        async with self._told:
            try:
                answer = await asyncio.to_thread(self.talk.send, text)
            except DatabaseBusy:
                self.note("chat.busy")
                return
            self._show_news()
            if not answer.text:
                self.note("chat.silent")

    # -- what is shown ------------------------------------------------------------------------

    async def _listen(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            async with self._told:
                with suppress(DatabaseBusy):
                    self._show_news()

    def begin(self) -> None:
        """The header of the phone that is held, examples, and its latest texts."""
        talk, card = self.talk, self.talk.card()
        name = card.owner.name if card.owner else talk.say("chat.stranger")
        about = [talk.phone, talk.owner_language.upper() if card.owner else ""]
        self.painter.forget_day()
        self.show(self.painter.header(name, [*about, f"→ {talk.short_number} {talk.brand}"]))
        self.show(
            self.painter.hints(talk.say("chat.try"), talk.hints()[:5], talk.say("chat.commands"))
        )
        if talk.is_empty():
            self.note("chat.empty", export="export GAISMA_DATABASE_URL=sqlite:///var/demo.db")
        elif not talk.has_worker() and not self._warned:
            self.note("chat.worker")
        self._warned = True
        fresh, _ = talk.news()
        self._bubbles(fresh[-RECENT:])
        if not fresh:
            self.note("chat.no_texts")

    def show_all(self) -> None:
        """Every text on this phone again."""
        self.painter.forget_day()
        self._bubbles(self.talk.texts())

    def clear(self) -> None:
        clear()
        self.talk.hold(self.talk.phone)
        self.begin()

    def hold(self, phone: str) -> None:
        """Write from another phone, with its own history."""
        self.talk.hold(phone)
        self._session = self._new_session()
        self.begin()

    def leave(self) -> None:
        self._leaving = True

    def note(self, key: str, **values: object) -> None:
        self.show(self.painter.note(self.talk.say(key, **values)))

    def show(self, drawn: str) -> None:
        if drawn:
            print_formatted_text(ANSI(drawn), end="")

    def _show_news(self) -> None:
        fresh, changed = self.talk.news()
        self._bubbles([*fresh, *changed])

    def _bubbles(self, texts: list) -> None:  # type: ignore[type-arg]
        titles = {kind: self.talk.say(f"demo.kind.{kind}") for kind in ("alert", "agent")}
        now = datetime.now(UTC)
        self.show(self.painter.talk(texts, self.talk.language, now, titles))

    # -- the line at the bottom ---------------------------------------------------------------

    def _new_session(self) -> PromptSession[str]:
        return PromptSession(
            "› ",
            history=_history(self._state, self.talk.phone),
            auto_suggest=AutoSuggestFromHistory(),
            completer=self._orders.completer(),
            complete_while_typing=True,
            reserve_space_for_menu=0,
            multiline=True,
            prompt_continuation="  ",
            key_bindings=_keys(),
            bottom_toolbar=self._toolbar,
            erase_when_done=True,
            style=STYLE,
        )

    def _toolbar(self) -> str:
        return status_line(self.talk, self._session.default_buffer.text, self._columns())

    def _columns(self) -> int:
        return get_app_session().output.get_size().columns


def status_line(talk: Talk, text: str, columns: int) -> str:
    """Whose phone it is, and what the text costs as it stands; the orders while there is none."""
    left = f" {talk.phone} → {talk.short_number} "
    if not text or (text[0] == "/" and text[:2] != "//"):
        right = " ".join(ORDERS)
    else:
        found = measure(sent(text))
        used = found.per_segment - found.left
        count = talk.say("demo.count", used=used, room=found.per_segment, parts=found.segments)
        right = f"{found.encoding} · {count}"
    return left + f"{right} ".rjust(columns - len(left))


def sent(line: str) -> str:
    """The text that a line stands for: two slashes are one."""
    text = line.strip()
    return text[1:] if text.startswith("//") else text


def _keys() -> KeyBindings:
    """Enter sends; Alt+Enter begins a new line, as a paste of several lines does."""
    keys = KeyBindings()
    act: Callable[..., Callable[[Callable[[KeyPressEvent], None]], object]] = keys.add

    @act("enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    @act("escape", "enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    @act("c-c")
    def _(event: KeyPressEvent) -> None:
        event.app.exit(exception=KeyboardInterrupt(event.current_buffer.text.strip()))

    return keys


def _history(state: Path, phone: str) -> FileHistory:
    """Earlier texts from this number: a file that nobody else may read."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = state / f"chat-{re.sub(r'[^0-9]', '', phone)}"
    os.close(os.open(path, os.O_CREAT, 0o600))
    return FileHistory(str(path))
