"""Golden transcripts: each file in tests/dialogues/ is a chat that must go just so.

    # world: one_premises        who is known (tests/worlds.py)
    # now: 2026-12-01T10:00      Europe/Riga
    # phone: +37120000001
    > what the customer writes
    < what the bot answers
    * what it caused
    ~ 31 minutes                 time passes, and a conversation left alone is ended
    = agent says: text           an agent takes over; "= agent returns" hands back

`pytest tests/test_transcripts.py --rewrite-transcripts` writes the answers anew.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.desk import handoff
from bot.service import Service
from bot.turn import Inbound, Turns
from locales.segments import count_segments
from storage import conversations
from tests import engines
from tests.worlds import PHONE, build_world

FOLDER = Path(__file__).parent / "dialogues"
FILES = sorted(FOLDER.rglob("*.txt"))
# Ids differ from run to run, and what a reply was is in the reply.
HIDDEN = {"event", "report_id", "outage_id"}


def covering(files: list[Path]) -> list[Path]:
    """So few of them that in each language everything happens that happens in any, and each world
    is begun in."""
    found: list[Path] = []
    seen: set[tuple[str, str]] = set()
    caused = {
        path: {
            (path.parent.name, words)
            for words in re.findall(r"^(\* \w+|# world: .+)", text, re.MULTILINE)
        }
        for path, text in ((path, path.read_text("utf-8")) for path in files)
    }
    while not set().union(*caused.values()) <= seen:
        most = max(caused, key=lambda path: len(caused[path] - seen))
        found.append(most)
        seen |= caused[most]
    return found


def _named(files: list[Path]) -> list[object]:
    return [pytest.param(path, id=str(path.relative_to(FOLDER))) for path in files]


@pytest.mark.parametrize("path", _named(FILES))
def test_the_bot_answers_as_in_the_transcript(
    path: Path, service: Service, request: pytest.FixtureRequest
) -> None:
    written = path.read_text("utf-8")
    played = Play(service, written).run()
    if request.config.getoption("--rewrite-transcripts"):
        path.write_text(played, "utf-8")
    else:
        assert played == written


@pytest.mark.skipif(engines.ENGINE != "sqlite", reason="all of them are played on PostgreSQL now")
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True, scope="module")
@pytest.mark.parametrize("path", _named(covering(FILES)))
def test_the_bot_answers_the_same_from_the_other_engine(path: Path, service: Service) -> None:
    written = path.read_text("utf-8")
    assert Play(service, written).run() == written


def test_there_are_transcripts_in_each_language() -> None:
    counts = {lang: sum(path.parent.name == lang for path in FILES) for lang in ("lv", "ru", "en")}
    assert min(counts.values()) >= 20, counts


class Play:
    """Plays the customer's lines of a transcript and writes it anew with what came of them."""

    def __init__(self, service: Service, written: str) -> None:
        self.service, self.lines = service, written.splitlines()
        header = dict(re.findall(r"^# (\w+): (.+)$", written, re.MULTILINE))
        self.phone = header.get("phone", PHONE).strip()
        local = datetime.fromisoformat(header.get("now", "2026-12-01T10:00").strip())
        self.now = local.replace(tzinfo=ZoneInfo("Europe/Riga")).astimezone(UTC)
        build_world(service.database, header["world"].strip(), self.now)
        self.turns = Turns(service)
        self.count = 0

    def run(self) -> str:
        out: list[str] = []
        for line in self.lines:
            if not line.startswith(("<", "*")):
                out.append(line)
            if line.startswith("> "):
                out += self._text(line[2:])
            elif line.startswith("~ "):
                self.now += timedelta(minutes=int(line.split()[1]))
                out += self._ended()
            elif line.startswith("= agent says: "):
                self._agent(line.removeprefix("= agent says: "))
            elif line == "= agent returns":
                handoff.give_back(self.service, self._id(), agent="inga", now=self.now)
        return "\n".join(out) + "\n"

    def _text(self, text: str) -> list[str]:
        self.count += 1
        self.now += timedelta(seconds=20)
        inbound = Inbound("sandbox", f"T{self.count}", self.phone, text)
        answer = self.turns.take(inbound, self.now)
        assert count_segments(answer.text) <= 6, answer.text
        replies = [f"< {line}".rstrip() for line in answer.text.split("\n")] if answer.text else []
        return replies + self._events()

    def _ended(self) -> list[str]:
        """What is said to who wrote with an agent, and then nobody did for long."""
        if not handoff.end_silent(self.service, self.now):
            return []
        last = conversations.timeline(self.service.database, self.phone, 1)[0]
        return [f"< {last['body']}"]

    def _events(self) -> list[str]:
        turn = conversations.timeline(self.service.database, self.phone, 50)
        latest = next(row["events"] for row in turn[::-1] if row["events"] is not None)
        events = json.loads(latest or "[]")
        return [
            " ".join(
                [f"* {event['event']}"]
                + [
                    f"{name}={value}"
                    for name, value in event.items()
                    if name not in HIDDEN and value
                ]
            )
            for event in events
        ]

    def _agent(self, text: str) -> None:
        handoff.say(self.service, self._id(), agent="inga", text=text, now=self.now)

    def _id(self) -> str:
        return str(conversations.find_conversations(self.service.database, self.phone)[0]["id"])
