"""A real Kannel with its own fake carrier: as docs/kannel.md says, from the first text on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from bot.channels import kannel as provider
from bot.settings import read_settings
from storage import Database
from storage.messages import NewMessage, enqueue
from tests.bot.delivery.test_worker import now
from tests.peers.installed import until
from tests.peers.kannel import Kannel, Phones, Shown, kannel, line, phones, read
from tests.peers.service import behind
from tests.served import free_port

PHONE = "+37120000001"
TEXTS = 2000


@dataclass
class World:
    kannel: Kannel
    database: Database

    def say(self, text: str, phone: str = PHONE) -> str:
        """Send a text from a phone; the short messages that it is shown, joined."""
        with phones(self.kannel, line(phone, text)) as seen:
            until(lambda: _whole(seen.shown()), why=self.kannel.log)
            return read(seen.shown())


def _whole(shown: Sequence[Shown]) -> bool:
    found = [each.header for each in shown]
    return bool(found) and (not found[0] or len(found) == found[0][4])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("fake")
    port = free_port()
    with (
        kannel(folder / "kannel", port) as made,
        behind(port, folder, made) as (_, database),
    ):
        yield World(made, database)


def test_a_conversation_in_three_languages(world: World) -> None:
    asked = "Vai ir kādi plānoti atslēgumi Brīvības ielā, Rīgā?"
    assert world.say(asked).startswith("Šādu vietu neatradām: Brīvības ielā, Rīgā.")
    assert re.search("[а-я]{4}", world.say("Добрый день, у меня нет света"))
    assert re.search("[A-Za-z]{4}", world.say("English please"))


def test_alerts_arrive_with_their_letters_and_their_receipts(world: World) -> None:
    texts = ["Planoti darbi 5. decembri.", "Plānoti darbi 5. decembrī.", "Плановые работы €5."]
    with phones(world.kannel, line(PHONE, "paldies")) as seen:
        until(seen.shown, why=world.kannel.log)
        made = [
            NewMessage("sms", "unplanned", "alert", f"+3712000020{n}", body=text, segments=1)
            for n, text in enumerate(texts)
        ]
        ids = world.database.transaction(lambda tx: enqueue(tx, made, now()))
        until(lambda: len(_alerts(seen)) == len(texts), why=world.kannel.log)
        assert sorted(read([each]) for each in _alerts(seen)) == sorted(texts)
    sql = f"SELECT status FROM messages WHERE id IN ({','.join('?' * len(ids))})"
    until(lambda: {row["status"] for row in world.database.all(sql, ids)} == {"delivered"})


def _alerts(seen: Phones) -> list[Shown]:
    return [each for each in seen.shown() if each.to.startswith("+3712000020")]


def test_two_thousand_texts_are_answered_once_each(world: World) -> None:
    lines = [line(f"+3712300{n:04d}", "paldies") for n in range(40)]
    with phones(world.kannel, *lines, count=TEXTS) as seen:
        until(lambda: len(seen.shown()) >= TEXTS, 120, why=world.kannel.log)
        shown = seen.shown()
    counts = world.database.all(
        """SELECT peer, sum(CASE direction WHEN 'in' THEN 1 ELSE 0 END) AS came,
                  sum(CASE direction WHEN 'out' THEN 1 ELSE 0 END) AS went
           FROM messages WHERE peer LIKE '+3712300%' GROUP BY peer"""
    )
    assert sum(row["came"] for row in counts) == TEXTS
    assert all(row["came"] == row["went"] for row in counts)
    assert len(shown) == TEXTS
    assert Counter(each.to for each in shown) == {row["peer"]: row["went"] for row in counts}


def test_the_check_says_what_is_wrong_between_the_two(world: World) -> None:
    base = {**world.kannel.settings, "GAISMA_PUBLIC_URL": "http://127.0.0.1"}
    assert provider.check(read_settings(base)) == []
    wrong = read_settings({**base, "GAISMA_KANNEL_PASSWORD": "wrong"})
    assert "GAISMA_KANNEL_PASSWORD" in provider.check(wrong)[0]
    gone = read_settings({**base, "GAISMA_KANNEL_URL": f"http://127.0.0.1:{free_port()}"})
    assert "Nothing answers" in provider.check(gone)[0]
    other = read_settings({**base, "GAISMA_KANNEL_URL": f"{base['GAISMA_KANNEL_URL']}/nothing"})
    assert "404" in provider.check(other)[0]
