"""Did you mean, by the whole path of a text: what the first text named is found and kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.service import Service
from bot.turn import Inbound, Turns
from intents.model import Understanding
from intents.phrases import Phrase
from intents.understanding import Recogniser, load_recogniser
from storage import candidates, complaints, reports
from tests.worlds import PHONE, build_world

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
UNSURE = "kaut kas ar to tur Brīvības iela 107-1, Rīga"
MEANINGS = (("outage_status", 0.3), ("complaint", 0.2))


class Doubting(Recogniser):
    """Never sure of the one text, whatever the phrases of the day; otherwise the real one."""

    def __init__(self) -> None:
        super().__init__([Phrase("lv", "other", "nekas")])

    def understand(self, text: str, hint_language: str = "") -> Understanding:
        heard = load_recogniser().understand(text, hint_language)
        if text != UNSURE:
            return heard
        return replace(heard, intent="report_fault", score=0.4, sure=False, also=MEANINGS)


class Chat:
    def __init__(self, service: Service) -> None:
        build_world(service.database, "one_premises", NOW)
        self.turns, self.count = Turns(service, Doubting()), 0

    def say(self, text: str) -> str:
        self.count += 1
        inbound = Inbound("sandbox", f"t{self.count}", PHONE, text)
        return self.turns.take(inbound, NOW + timedelta(seconds=self.count)).text


@pytest.fixture
def chat(service: Service) -> Chat:
    made = Chat(service)
    asked = "1 pieteikt bojājumu, 2 kad būs elektrība, 3 sūdzība, 4 kas cits"
    assert asked in made.say(UNSURE)
    return made


def test_a_fault_is_reported_at_the_address_of_the_first_text(chat: Chat, service: Service) -> None:
    assert "Kur nav elektrības?" in chat.say("pirmais")
    assert reports.open_reports(service.database, PHONE) == []
    chat.say("visā mājā")
    (report,) = reports.open_reports(service.database, PHONE)
    assert report["address"] == "Brīvības iela 107-1"


def test_a_question_is_answered_for_the_address_of_the_first_text(chat: Chat) -> None:
    assert chat.say("2.").startswith("Brīvības 107-1, Rīga: par bojājumu ziņu nav.")


def test_a_complaint_is_what_the_first_text_says(chat: Chat, service: Service) -> None:
    chat.say("3")
    filed = complaints.latest_open(service.database, PHONE)
    assert filed is not None
    assert filed["text"] == UNSURE
    assert candidates.waiting(service.database)[0]["intent"] == "complaint"


def test_without_the_answer_nothing_is_done(chat: Chat, service: Service) -> None:
    assert "Vai savienot ar darbinieku?" in chat.say(UNSURE)
    assert reports.open_reports(service.database, PHONE) == []
    assert candidates.waiting(service.database) == []
