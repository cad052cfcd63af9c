"""`gaisma chat` as a messenger: keys in, what the terminal shows out."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output.vt100 import Vt100_Output

from bot.cli.messenger.bubbles import Painter, clean
from bot.cli.messenger.screen import Messenger, status_line
from bot.cli.messenger.talk import Talk, Text
from bot.service import Service
from bot.turn import Turns
from storage import Database, conversations
from tests.cli.conftest import Gaisma
from tests.worlds import OTHER_PHONE, PHONE, add_phone, build_world

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07")
ENTER, CTRL_C, CTRL_D = "\r", "\x03", "\x04"
PASTE = "\x1b[200~{}\x1b[201~"
ROOT = Path(__file__).parent.parent.parent
Step = tuple[str, str]


class Terminal:
    """What the messenger wrote so far, and the keys that are pressed."""

    def __init__(self, keys: PipeInput, columns: int) -> None:
        self._written, self._keys = io.StringIO(), keys
        size = Size(rows=40, columns=columns)
        self.output = Vt100_Output(self._written, lambda: size, term="xterm-256color")

    @property
    def raw(self) -> str:
        return self._written.getvalue()

    @property
    def shown(self) -> str:
        return ESCAPES.sub("", self.raw)

    def play(self, steps: list[Step]) -> None:
        """Each step: wait until the words are shown (again), then press the keys."""
        seen = 0
        for words, pressed in steps:
            deadline = time.monotonic() + 30
            while (at := self.shown.find(words, seen)) < 0 and time.monotonic() < deadline:
                time.sleep(0.02)
            if at < 0:
                self._keys.send_text(CTRL_C * 3)
                return
            seen = at + len(words)
            self._keys.send_text(pressed)


Chat = Callable[..., Terminal]


@pytest.fixture
def world(service: Service) -> Service:
    build_world(service.database, "active_outage_known_time", datetime.now(UTC))
    add_phone(service.database, "1000004", OTHER_PHONE, "ru", datetime.now(UTC))
    return service


def new_talk(world: Service, phone: str = PHONE) -> Talk:
    return Talk(world, Turns(world), phone)


@pytest.fixture
def chat(world: Service, tmp_path: Path) -> Chat:
    """Hold a talk: the steps of a person, then what the terminal has shown."""

    def hold(*steps: Step, phone: str = PHONE, columns: int = 80) -> Terminal:
        with create_pipe_input() as keys:
            terminal = Terminal(keys, columns)
            person = threading.Thread(target=terminal.play, args=(list(steps),))
            with create_app_session(input=keys, output=terminal.output):
                messenger = Messenger(new_talk(world, phone), tmp_path / "state")
                person.start()
                messenger.run()
            person.join()
        return terminal

    return hold


def test_a_phone_that_is_written_on_gets_its_answer(world: Service) -> None:
    talk = new_talk(world, "+37129999999")
    assert talk.send("Sveiki").text
    assert [text.ticks for text in talk.texts()] == ["✓✓", "✓✓"]


def test_a_text_and_its_answer_are_bubbles_with_time_and_ticks(chat: Chat) -> None:
    shown = chat(("1880", "nav gaismas" + ENTER), ("Brīvības 105-12", CTRL_D)).shown
    mine = next(line for line in shown.splitlines() if "│ nav gaismas │" in line)
    answer = next(line for line in shown.splitlines() if "Brīvības 105-12, Rīga: bojājums" in line)
    assert mine.startswith(" " * 40)
    assert answer.startswith("│")
    assert len(re.findall(r"\d\d:\d\d ✓✓", shown)) >= 2


def test_the_header_says_who_writes_and_the_days_are_apart(chat: Chat) -> None:
    shown = chat(("1880", "nav gaismas" + ENTER), ("bojājums", CTRL_D)).shown
    assert f"Jānis Bērziņš · {PHONE} · LV · → 1880" in shown
    assert "· Šodien ·" in shown


@pytest.mark.parametrize(
    ("language", "words"),
    [("lv", "Pamēģiniet: Nav gaismas"), ("ru", "Попробуйте:"), ("en", "Try:")],
)
def test_hints_come_in_three_languages(chat: Chat, language: str, words: str) -> None:
    shown = chat(
        ("1880", f"/lang {language}{ENTER}"), ("", f"/clear{ENTER}"), (words, CTRL_D)
    ).shown
    assert words in shown


def test_the_line_below_counts_parts_as_one_types(world: Service) -> None:
    counts = {
        "labdien": "GSM-7 · 7/160 · 1 SMS",
        "a" * 161: "GSM-7 · 8/153 · 2 SMS",
        "a" * 161 + "ā": "UCS-2 · 28/67 · 3 SMS",
        "//help": "GSM-7 · 5/160 · 1 SMS",
        "/help": "/history /clear /help /quit",
        "": "/history /clear /help /quit",
    }
    talk = new_talk(world)
    for text, count in counts.items():
        line = status_line(talk, text, 80)
        assert line.startswith(f" {PHONE} → 1880")
        assert line.rstrip().endswith(count)
        assert len(line) <= 80


def test_a_paste_of_several_lines_is_one_text(chat: Chat, world: Service) -> None:
    pasted = PASTE.format("nav gaismas\nBrīvības 105")
    chat(("1880", pasted), ("Brīvības 105", ENTER), ("bojājums", CTRL_D))
    assert "nav gaismas\nBrīvības 105" in texts(world.database)


def test_earlier_texts_come_back_with_the_arrow_for_each_number_apart(
    chat: Chat, world: Service
) -> None:
    up = "\x1b[A"
    chat(("1880", "paldies" + ENTER), ("✓✓", CTRL_D))
    chat(("1880", "спасибо" + ENTER), ("✓✓", CTRL_D), phone=OTHER_PHONE)
    chat(("1880", up + ENTER), ("✓✓", ""), ("paldies", CTRL_D))
    assert texts(world.database).count("paldies") == 2


def test_what_was_typed_is_readable_by_nobody_else(chat: Chat, tmp_path: Path) -> None:
    chat(("1880", "paldies" + ENTER), ("✓✓", CTRL_D))
    kept = [path.stat().st_mode & 0o077 for path in (tmp_path / "state").iterdir()]
    assert kept == [0]


def test_another_phone_is_taken_with_as(chat: Chat, world: Service) -> None:
    shown = chat(
        ("1880", f"/as {OTHER_PHONE}{ENTER}"), ("Сергей Иванов", "нет света" + ENTER),
        ("✓✓", CTRL_D),
    ).shown  # fmt: skip
    assert "RU" in shown
    row = world.database.one("SELECT peer FROM messages WHERE direction = 'in'")
    assert row is not None
    assert dict(row) == {"peer": OTHER_PHONE}


def test_an_agents_words_arrive_while_one_types(chat: Chat, world: Service) -> None:
    def arrive() -> None:
        time.sleep(1.0)
        world.database.run(
            "INSERT INTO messages (id, direction, channel, kind, peer, body, status, segments,"
            " made_at, sent_at) VALUES ('m9', 'out', 'sms', 'agent', ?, 'Labdien, te Zane.',"
            " 'delivered', 1, ?, ?)",
            [PHONE, *[datetime.now(UTC).isoformat(timespec="milliseconds")] * 2],
        )

    threading.Thread(target=arrive).start()
    shown = chat(("1880", "half a tex"), ("Labdien, te Zane.", CTRL_C), ("", CTRL_D)).shown
    assert "╭─ Darbinieks" in shown
    assert texts(world.database) == ["Labdien, te Zane."]


def test_silence_of_the_bot_is_explained(chat: Chat, world: Service) -> None:
    def take_over(tx: Database) -> None:
        made = conversations.keep_state(tx, None, PHONE, "", datetime.now(UTC))
        tx.run("UPDATE conversations SET owner = 'agent', agent = 'anna' WHERE id = ?", [made])

    world.database.transaction(take_over)  # type: ignore[arg-type]
    assert "bots neatbild" in chat(("1880", "labdien" + ENTER), ("neatbild", CTRL_D)).shown


def test_ctrl_c_drops_the_line_then_asks_then_leaves(chat: Chat, world: Service) -> None:
    shown = chat(("1880", "abc" + CTRL_C), ("", CTRL_C), ("vēlreiz Ctrl+C", CTRL_C)).shown
    assert "Visu labu!" in shown
    assert texts(world.database) == []


def test_an_unknown_order_is_not_sent_and_two_slashes_are(chat: Chat, world: Service) -> None:
    shown = chat(
        ("1880", "/foo" + ENTER), ("/foo nav", "//help" + ENTER), ("✓✓", "/quit" + ENTER)
    ).shown
    assert "Visu labu!" in shown
    assert "/help" in texts(world.database)


@pytest.mark.parametrize("columns", [40, 60, 200])
def test_no_line_is_wider_than_the_terminal(columns: int) -> None:
    text = Text(
        "1", "alert", "Sadales tikls: planoti darbi, " * 9, "failed", "30003", datetime.now(UTC)
    )
    drawn = Painter(columns).talk([text], "lv", datetime.now(UTC), {"alert": "Paziņojums"})
    lines = ESCAPES.sub("", drawn).splitlines()
    assert max(len(line.rstrip()) for line in lines) <= min(columns, 100)
    assert "✗ 30003" in drawn


def test_without_colours_where_the_environment_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    text = Text("1", "me", "labdien", "", "", datetime.now(UTC))
    drawn = Painter(80).talk([text], "lv", datetime.now(UTC), {})
    assert re.search(r"\x1b\[(?:\d+;)*3[0-7]", drawn) is None


def test_a_text_cannot_steer_the_terminal() -> None:
    assert (
        clean("a\x1b[2Jb\u202ec\nd")
        == "a\N{REPLACEMENT CHARACTER}[2Jb\N{REPLACEMENT CHARACTER}c\nd"
    )


def test_one_text_answers_json(run: Gaisma) -> None:
    told = json.loads(run("chat", "--text", "there are sparks", "--json").stdout)
    assert told.keys() == {"from", "text", "answer", "segments", "encoding"}
    assert "112" in told["answer"]


@contextmanager
def opened(tmp_path: Path, *words: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """`gaisma chat` behind a terminal of its own."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    environment = {
        **os.environ,
        "GAISMA_DATABASE_URL": f"sqlite:///{tmp_path}/pty.db",
        "XDG_STATE_HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "PROMPT_TOOLKIT_NO_CPR": "1",
        "TERM": "xterm",
    }
    command = [sys.executable, "-m", "bot.cli", "chat", *words]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    try:
        yield process, ours
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()
        os.close(ours)


def test_in_a_real_terminal_it_opens_says_that_nobody_is_here_and_leaves_politely(
    tmp_path: Path,
) -> None:
    with opened(tmp_path) as (process, terminal):
        shown = read_until(terminal, "/help /quit")
        os.write(terminal, CTRL_D.encode())
        shown += read_until(terminal, "Goodbye")
        assert process.wait(10) == 0
    assert "a stranger · +37120000001" in shown
    assert "GAISMA_DATABASE_URL=sqlite:///var/demo.db" in " ".join(shown.split())


def read_until(terminal: int, words: str) -> str:
    read, deadline = b"", time.monotonic() + 40
    while words not in (shown := ESCAPES.sub("", read.decode("utf-8", "ignore"))):
        if not select.select([terminal], [], [], max(deadline - time.monotonic(), 0))[0]:
            break
        read += os.read(terminal, 4096)
    return shown


def texts(database: Database) -> list[str]:
    rows = database.all("SELECT body FROM messages WHERE kind <> 'answer' ORDER BY id")
    return [str(row["body"]) for row in rows]
