"""The demo as on a working day: a past to make figures of, people who wait, a street in the dark.

Who waits has really written: their texts take the path of every text.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from bot.demo.owed import owe
from bot.demo.past import remember
from bot.demo.people import CAST_END
from bot.desk import handoff
from bot.service import Service
from bot.turn import Inbound, Turns
from storage import Row, conversations, demo
from storage.database import set_switch, switch

_LIVED = "demo_lived"
# Minutes ago, language, what they write one after another.
_WAITING = (
    (4, "lv", ("Uz ietves nokritis vads un dzirksteļo!",)),
    (11, "lv", ("Nav elektrības, bērns pie skābekļa aparāta", "jā")),
    (52, "lv", ("Gribu sūdzēties par ilgo atslēgumu", "Trešo reizi mēnesī, neviens nezina kāpēc")),
    (37, "ru", ("Соедините с человеком, пожалуйста",)),
    (21, "ru", ("Хочу пожаловаться на отключения", "Каждую неделю по два часа")),
    (17, "en", ("Connect me to an operator, please",)),
    (8, "lv", ("Savienojiet ar darbinieku",)),
    (29, "ru", ("Позовите оператора",)),
)
# Who has them (an agent's name), and what they wrote.
_TAKEN = (
    (
        33,
        "lv",
        ("Savienojiet ar operatoru, lūdzu",),
        "anna",
        "Labdien! Te Anna. Ar ko varu palīdzēt?",
    ),
    (14, "ru", ("Соедините с человеком",), "anna", "Здравствуйте! Слушаю Вас."),
    (44, "lv", ("Vajag operatoru",), "dainis", "Labdien! Brigāde jau ir ceļā."),
)
_DARK = (
    ("lv", ("Nav elektrības", "jā", "1")),
    ("ru", ("Нет света", "да", "4")),
    ("en", ("No power", "yes", "1")),
)
_DARK_HOMES = 7


def live(made: Service, now: datetime) -> None:
    """Fill what `build` made with a past and a present; only the first time."""
    database = made.database
    if switch(database, _LIVED):
        return
    remember(database, now)
    owe(database, demo.homes(database, CAST_END), now, made.policy)
    _Present(made, now).make()
    database.transaction(lambda tx: set_switch(tx, _LIVED, "1", by="demo", now=now))


class _Present:
    def __init__(self, made: Service, now: datetime) -> None:
        self._made, self._now = made, now
        self._turns = Turns(made)
        homes = _with_one_home(demo.homes(made.database, CAST_END))
        self._dark = _one_street(homes)
        taken = {row["phone"] for row in self._dark}
        self._free = [row for row in homes if row["phone"] not in taken]
        self._count = 0

    def make(self) -> None:
        for minutes, language, texts in _WAITING:
            self._write(self._somebody(language), texts, minutes)
        for minutes, language, texts, agent, words in _TAKEN:
            phone = self._somebody(language)
            self._write(phone, texts, minutes)
            self._answer(phone, agent, words, minutes - 5)
        dark: dict[str, tuple[str, ...]] = dict(_DARK)
        for place, row in enumerate(self._dark):
            self._write(row["phone"], dark[row["language"]], 24 - 3 * place)

    def _somebody(self, language: str) -> str:
        """A phone of this language that has written nothing yet."""
        place = next(n for n, row in enumerate(self._free) if row["language"] == language)
        return str(self._free.pop(place)["phone"])

    def _write(self, phone: str, texts: tuple[str, ...], minutes: int) -> None:
        for place, text in enumerate(texts):
            self._count += 1
            at = self._now - timedelta(minutes=minutes, seconds=-20 * place)
            self._turns.take(Inbound("sandbox", f"lived-{self._count}", phone, text), at)

    def _answer(self, phone: str, agent: str, words: str, minutes: int) -> None:
        (row,) = conversations.find_conversations(self._made.database, phone)
        at = self._now - timedelta(minutes=minutes)
        handoff.say(self._made, row["id"], agent=agent, text=words, now=at)


def _with_one_home(homes: list[Row]) -> list[Row]:
    """Those whose phone has no other home: nobody need ask which one is meant."""
    count = Counter(row["phone"] for row in homes)
    return [row for row in homes if row["phone"] and count[row["phone"]] == 1]


def _one_street(homes: list[Row]) -> list[Row]:
    """Some homes on the transformer with most phones."""
    streets: dict[str, list[Row]] = {}
    for row in homes:
        streets.setdefault(row["transformer"], []).append(row)
    return max(streets.values(), key=len, default=[])[:_DARK_HOMES]
