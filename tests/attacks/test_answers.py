"""Whoever makes us answer without end: floods, machines that talk to us, bought numbers."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from bot.conversation.strangers import block_of, share_of_day
from bot.policy import Policy, read_policy
from bot.running.counted import WITHHELD
from bot.service import Service
from bot.settings import Settings
from bot.turn import Inbound, Turns
from storage import Database, contacts, conversations, open_database
from tests.worlds import NOW, OTHER_PHONE, PHONE, build_world

DANGER = "vads uz zemes dzirksteļo"
LAST_WORD = "klusēsim"
ABROAD = "+4420794600"


@pytest.fixture
def policy() -> Policy:
    return replace(read_policy(), answers_per_hour=10, answers_same_text=3)


@pytest.fixture
def say(database: Database, policy: Policy) -> Talk:
    build_world(database, "one_premises", NOW)
    return Talk(database, policy)


class Talk:
    """Sends texts to the bot, a second apart."""

    def __init__(self, database: Database, policy: Policy) -> None:
        self.database, self.numbers = database, count()
        self.turns = Turns(Service(Settings(short_number="1880"), policy, database))
        self.now = NOW

    def __call__(self, text: str, phone: str = PHONE) -> str:
        self.now += timedelta(seconds=1)
        inbound = Inbound("sandbox", f"A{next(self.numbers)}", phone, text)
        return self.turns.take(inbound, self.now).text

    def withheld(self, phone: str = PHONE) -> int:
        rows = conversations.timeline(self.database, phone, 500)
        return sum("Withheld" in (row["events"] or "") for row in rows)


def texts() -> Iterator[str]:
    """No two are alike."""
    words = ("viens", "divi", "trīs", "četri", "pieci", "seši", "septiņi", "astoņi")
    return (f"kas ir {one} un {two}" for one in words for two in words)


def test_a_flood_gets_so_many_answers_one_last_word_and_silence(say: Talk) -> None:
    answers = [say(text) for text, _ in zip(texts(), range(60), strict=False)]
    assert all(answers[:10])
    assert LAST_WORD in answers[10]
    assert not any(answers[11:])
    assert say.withheld() == 50
    assert LAST_WORD not in say("kas jauns", OTHER_PHONE), "others are answered meanwhile"
    say.now += timedelta(hours=1)
    assert say("sveiki"), "an hour later it is answered again"


def test_what_a_flood_asks_for_is_done_and_a_danger_is_answered(say: Talk) -> None:
    for text, _ in zip(texts(), range(15), strict=False):
        say(text)
    assert "112" in say(DANGER)
    assert say("STOP") == ""
    assert contacts.is_opted_out(say.database, "mobile", PHONE), "STOP is obeyed in silence"
    assert [say(DANGER) for _ in range(30)][-1] == "", "but not answered without end either"


def test_two_machines_do_not_talk_for_long(say: Talk) -> None:
    """The other side answers whatever it gets with the same sentence and a running number."""
    heard = [say(f"Paldies par ziņu, Jūsu pieteikums Nr. {n} ir saņemts.") for n in range(20)]
    assert sum(bool(each) for each in heard) == 6
    assert LAST_WORD in heard[5]
    assert say("kad būs gaisma?"), "another text is answered"


def test_a_choice_by_number_is_no_loop(say: Talk) -> None:
    before = say("nav elektrības")
    assert before
    assert LAST_WORD not in say("1") + say("2") + say("1")


def test_stop_and_start_in_turn_come_to_an_end(say: Talk) -> None:
    answers = [say(text) for _ in range(8) for text in ("STOP", "START")]
    assert sum(bool(each) for each in answers) <= 3
    assert not contacts.is_opted_out(say.database, "mobile", PHONE), "the last one counts"


@pytest.mark.parametrize(
    "note",
    [
        "Automātiska atbilde: esmu atvaļinājumā līdz 5. decembrim.",
        "Esmu ārpus biroja. Atbildēšu 5. janvārī.",
        "Автоответ: я в отпуске до 5 декабря.",
        "Сейчас не могу ответить. Перезвоню.",
        "Out of office: I am away until Monday.",
        "Automatinis atsakymas: atostogauju iki gruodžio 5 d.",
        "Automaatvastus: olen puhkusel kuni 5. detsembrini.",
        "Abwesenheitsnotiz: Ich bin bis 5. Dezember nicht im Büro.",
    ],
)
def test_an_absence_note_is_answered_once(say: Talk, note: str) -> None:
    assert [bool(say(note)) for _ in range(5)] == [True, False, False, False, False]


@pytest.mark.parametrize("sender", ["Banka", "1880", "118", "+1880"])
def test_who_is_no_phone_is_not_answered(database: Database, policy: Policy, sender: str) -> None:
    talk = Talk(database, policy)
    talk.turns.restraint._own.add("+1880")
    assert talk("nav elektrības", sender) == ""
    assert talk.withheld(sender) == 1


def test_strangers_of_one_country_are_answered_up_to_the_ceiling(
    database: Database, policy: Policy
) -> None:
    build_world(database, "one_premises", NOW)
    say = Talk(database, replace(policy, answers_stranger_block_per_day=5))
    answers = [say("sveiki", f"{ABROAD}{n:02}") for n in range(12)]
    assert [bool(each) for each in answers] == [True] * 5 + [False] * 7
    assert "112" in say("провод на земле искрит", f"{ABROAD}77"), "a life is worth an answer"
    assert say("sveiki", "+37126123456"), "home is another block"
    assert say("sveiki", PHONE), "and customers are no strangers"
    say.now += timedelta(days=1)
    assert say("sveiki", f"{ABROAD}99"), "tomorrow is another day"


def test_the_ceiling_of_all_strangers_holds_over_processes_and_restarts(
    database: Database, policy: Policy
) -> None:
    build_world(database, "one_premises", NOW)
    strict = replace(policy, answers_strangers_per_day=6)
    one, other = Talk(database, strict), Talk(database, strict)
    other.numbers = count(1000)
    sent = 0
    for n in range(8):
        for talk in (one, other):
            sent += bool(talk("sveiki", f"+37126{n}{talk is one:d}3456"))
            for each in (one, other, one):  # as both do every few seconds
                each.turns.restraint.strangers.refresh()
    assert sent == 6
    again = Talk(database, strict)
    again.numbers = count(2000)
    assert again("sveiki", "+37126993456") == ""
    assert again("sveiki", PHONE)
    assert share_of_day(database, strict, again.now) == 1.0


def test_what_is_held_back_is_counted_and_kept_with_its_reason(say: Talk) -> None:
    before = WITHHELD.labels("flood")._value.get()
    for text, _ in zip(texts(), range(12), strict=False):
        say(text)
    assert WITHHELD.labels("flood")._value.get() == before + 2
    last = conversations.timeline(say.database, PHONE, 1)[0]
    assert '"why": "flood"' in last["events"]


def test_without_limits_there_are_none(database: Database) -> None:
    free = replace(
        read_policy(), answers_per_hour=0, answers_same_text=0, answers_strangers_per_day=0,
        answers_stranger_block_per_day=0,
    )  # fmt: skip
    say = Talk(database, free)
    assert all(say("sveiki", f"{ABROAD}11") for _ in range(40))


def test_a_repeat_of_an_old_text_counts_nothing(say: Talk) -> None:
    inbound = Inbound("sandbox", "SAME", PHONE, "sveiki")
    answers = {say.turns.take(inbound, NOW).text for _ in range(30)}
    assert len(answers) == 1
    assert say("paldies")


@pytest.mark.parametrize(
    ("phone", "block"),
    [
        ("+37126123456", "+37126120000"), ("+442079460000", "+44"), ("+15005550006", "+1"),
        ("+79161234567", "+7"), ("+358401234567", "+358"), ("+37255512345", "+372"),
    ],
)  # fmt: skip
def test_numbers_are_counted_by_block_at_home_and_by_country_abroad(phone: str, block: str) -> None:
    assert block_of(phone) == block


def test_the_ceiling_holds_over_two_processes_under_load(
    database: Database, address: str, policy: Policy
) -> None:
    """What all have sent is known to each every few seconds: no more gets past than in one such
    time, and nothing after it."""
    build_world(database, "one_premises", NOW)
    strict, beside = replace(policy, answers_strangers_per_day=40), open_database(address)
    both = [Turns(Service(Settings(short_number="1880"), strict, each))
            for each in (database, beside)]  # fmt: skip

    def send(n: int) -> bool:
        inbound = Inbound("sandbox", f"L{n}", f"+371261{n:05}", "sveiki")
        return bool(both[n % 2].take(inbound, NOW).text)

    sent = []
    with ThreadPoolExecutor(8) as pool:
        for begin in range(0, 150, 30):
            sent.append(sum(pool.map(send, range(begin, begin + 30))))
            for each in (*both, *both):
                each.restraint.strangers.refresh()
    beside.close()
    assert sent[0] == 30
    assert 40 <= sum(sent) <= 40 + 30
    assert sent[2:] == [0, 0, 0]
