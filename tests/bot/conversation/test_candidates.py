"""What is learned from an answer: noted without personal data, decided on, learned, forgotten."""

from __future__ import annotations

import gc
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from bot.conversation import candidates as deciding
from bot.conversation import learning
from bot.conversation.candidates import CandidateRefused, Said
from bot.conversation.learning import Learning
from bot.service import Service
from bot.turn import Inbound, Turns
from intents.phrases import Phrase
from intents.understanding import Recogniser, load_recogniser
from storage import Database, StorageError, candidates, conversations
from tests.worlds import PHONE, build_world

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
UNSURE = "skaitītājs vai rēķins"
NEW = "dzirksteļu vakars pie kaimiņiem"  # like no phrase


def text(service: Service, turns: Turns, words: str, phone: str = PHONE) -> str:
    count = len(conversations.timeline(service.database, phone, 99))
    inbound = Inbound("sandbox", f"{phone}-{count}", phone, words)
    return turns.take(inbound, NOW + timedelta(seconds=count)).text


def noted(
    service: Service, words: str = NEW, intent: str = "other", *, by: str = candidates.CUSTOMER,
    message: str = "m-1", language: str = "lv",
) -> bool:  # fmt: skip
    said = Said(message, PHONE, words, language, intent, by)
    recogniser = load_recogniser()
    return service.database.transaction(lambda tx: deciding.note(tx, said, recogniser, NOW))


def waiting(service: Service) -> list[tuple[str, str, int, str]]:
    return [
        (row["text"], row["intent"], row["times"], row["source"])
        for row in candidates.waiting(service.database)
    ]


def only_id(service: Service) -> str:
    return str(candidates.waiting(service.database)[0]["id"])


def accept(service: Service, intent: str = "", words: str = "") -> Phrase:
    return deciding.accept(service, only_id(service), intent=intent, text=words, by="anna", now=NOW)


# --- noted ----------------------------------------------------------------------------------


def test_an_answer_is_noted_with_the_text_that_was_asked_about(service: Service) -> None:
    build_world(service.database, "one_premises", NOW)
    turns = Turns(service)
    asked = text(service, turns, f"{UNSURE}, Jānis Bērziņš Brīvības 105-12, 29123456")
    assert "Vai Jūs domājāt" in asked
    text(service, turns, "otrais")
    (found,) = candidates.waiting(service.database)
    assert (found["text"], found["source"], found["language"]) == (UNSURE, "customer", "lv")
    first = conversations.timeline(service.database, PHONE, 9)[0]
    assert found["message_id"] == first["id"]
    assert found["intent"] in ("billing", "meter_reading")


def test_none_of_the_meanings_teaches_nothing(service: Service) -> None:
    turns = Turns(service)
    text(service, turns, UNSURE)
    text(service, turns, "kas cits")
    assert waiting(service) == []


def test_spellings_of_one_text_are_one_candidate_with_how_often(service: Service) -> None:
    noted(service, "Dzirkstelu vakars pie kaiminiem!", message="m-1")
    noted(service, NEW, message="m-2")
    assert waiting(service) == [(NEW, "other", 2, "customer")]
    noted(service, NEW, "power_quality", by=candidates.AGENT, message="m-3")
    assert len(waiting(service)) == 2


def test_an_agents_word_about_a_text_replaces_the_customers_and_not_the_other_way(
    service: Service,
) -> None:
    noted(service, intent="billing")
    noted(service, intent="complaint", by=candidates.AGENT)
    noted(service, intent="billing")
    assert waiting(service) == [(NEW, "complaint", 1, "agent")]


@pytest.mark.parametrize("words", ["29123456", "Brīvības iela 105", "nav gaismas un " * 20])
def test_a_text_of_which_nothing_may_be_kept_is_not(service: Service, words: str) -> None:
    assert not noted(service, words)
    assert waiting(service) == []


def test_what_is_noted_goes_with_the_data_of_its_phone(service: Service) -> None:
    turns = Turns(service)
    text(service, turns, UNSURE)
    text(service, turns, "1")
    noted(service, message="of somebody else")
    assert len(candidates.of_phone(service.database, PHONE)) == 1
    assert service.database.transaction(lambda tx: candidates.erase(tx, PHONE)) == 1
    assert waiting(service) == [(NEW, "other", 1, "customer")]
    late = NOW + timedelta(seconds=1)
    assert service.database.transaction(lambda tx: candidates.purge(tx, NOW)) == 0
    assert service.database.transaction(lambda tx: candidates.purge(tx, late)) == 1


# --- an agent's word ------------------------------------------------------------------------


def test_what_nobody_decided_on_goes_when_conversations_do(service: Service) -> None:
    noted(service)
    kept = timedelta(days=service.policy.retention_conversations)
    assert (
        deciding.purge_old(service.database, NOW + kept - timedelta(hours=1), service.policy) == 0
    )
    assert (
        deciding.purge_old(service.database, NOW + kept + timedelta(hours=1), service.policy) == 1
    )
    assert candidates.waiting(service.database) == []


def test_an_agent_says_what_the_unsure_text_meant(service: Service) -> None:
    turns = Turns(service)
    text(service, turns, UNSURE)
    text(service, turns, "darbinieks")
    assert deciding.note_agent(service, PHONE, "billing", "", NOW) == UNSURE
    assert waiting(service) == [(UNSURE, "billing", 1, "agent")]


def test_a_text_that_was_understood_so_teaches_nothing(service: Service) -> None:
    text(service, Turns(service), "nav elektrības")
    assert deciding.note_agent(service, PHONE, "report_fault", deciding.LAST, NOW) == ""
    with pytest.raises(CandidateRefused, match="no text that we were not sure of"):
        deciding.note_agent(service, PHONE, "report_fault", "", NOW)
    with pytest.raises(CandidateRefused, match="no text 'abcd'"):
        deciding.note_agent(service, PHONE, "report_fault", "abcd", NOW)


# --- decided on -----------------------------------------------------------------------------


def test_a_review_shows_what_it_is_understood_as_and_what_is_near(service: Service) -> None:
    noted(service)
    (row,) = deciding.review(service)
    assert {"now_intent", "now_score", "now_sure"} <= row.keys()
    assert len(row["nearest"]) == 3
    assert deciding.review(service, language="ru") == []


def test_an_accepted_phrase_may_mean_something_else_and_be_worded_anew(service: Service) -> None:
    noted(service)
    noted(service, intent="complaint", message="m-2")
    assert accept(service, "power_quality", "dzirksteļu  vakars") == Phrase(
        "lv", "power_quality", "dzirksteļu vakars"
    )
    assert waiting(service) == []  # also what others said that it meant
    assert [row["text"] for row in candidates.phrases(service.database)] == ["dzirksteļu vakars"]


@pytest.mark.parametrize(
    ("words", "intent", "sentence"),
    [
        ("nav elektrības", "billing", "contradicts 'nav elektrības', which is report_fault"),
        ("nav elektrības", "report_fault", "is a phrase already"),
        ("net sveta", "billing", "which is report_fault"),
        ("STOP", "opt_out", "is a reserved word"),
        ("vads zemē dzirksteļo", "billing", "reads as a danger"),
        ("x" * 161, "other", "1 to 160 characters"),
        ("...", "other", "1 to 160 characters"),
    ],
)
def test_what_contradicts_a_phrase_or_a_rule_is_refused_with_a_sentence(
    service: Service, words: str, intent: str, sentence: str
) -> None:
    noted(service)
    with pytest.raises(CandidateRefused, match=sentence):
        accept(service, intent, words)
    assert len(waiting(service)) == 1


def test_what_contradicts_an_accepted_phrase_is_refused(service: Service) -> None:
    noted(service)
    accept(service)
    noted(service, intent="billing")
    with pytest.raises(CandidateRefused, match="which is other"):
        accept(service)


def test_a_rejected_candidate_and_a_rejected_phrase_are_forgotten(service: Service) -> None:
    noted(service)
    assert deciding.reject(service, only_id(service), by="anna", now=NOW) == NEW
    assert waiting(service) == []
    noted(service)
    accept(service)
    (phrase,) = candidates.phrases(service.database)
    deciding.reject(service, phrase["id"][-8:], by="anna", now=NOW)
    assert candidates.phrases(service.database) == []
    for key in ("", "%%%%", "abcd1234"):
        with pytest.raises(CandidateRefused, match="there is no candidate"):
            deciding.reject(service, key, by="anna", now=NOW)


# --- learned --------------------------------------------------------------------------------


def test_an_accepted_phrase_is_learned_beside_and_swapped_in(service: Service) -> None:
    turns = Turns(service)
    before = turns.learning.recogniser
    assert not before.understand(NEW).sure
    assert not turns.learning.refresh()
    noted(service)
    accept(service, "meter_reading")
    assert turns.learning.refresh()
    after = turns.learning.recogniser.understand(NEW)
    assert (after.intent, after.sure) == ("meter_reading", True)
    assert not before.understand(NEW).sure
    assert Learning(service.database).recogniser.understand(NEW).sure  # also at a start
    deciding.reject(service, str(candidates.phrases(service.database)[0]["id"]), by="anna", now=NOW)
    assert turns.learning.refresh()
    assert not turns.learning.recogniser.understand(NEW).sure


def test_a_watch_notices_by_itself_and_ends_with_its_owner(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "CHECK_SECONDS", 0.02)
    seen = threading.Event()
    monkeypatch.setattr(Learning, "refresh", lambda self: seen.set())
    before = set(threading.enumerate())  # other tests' services may not have ended theirs yet
    watching = Learning(service.database)
    watching.watch()
    watching.watch()
    assert seen.wait(5)
    (thread,) = (t for t in set(threading.enumerate()) - before if t.name == "gaisma-learning")
    del watching
    gc.collect()
    for _ in range(200):
        if not thread.is_alive():
            return
        time.sleep(0.02)
    raise AssertionError("the thread goes on")


def test_a_database_that_cannot_be_read_is_tried_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "CHECK_SECONDS", 0.02)
    tries: list[int] = []

    def refresh(self: Learning) -> bool:
        tries.append(1)
        raise StorageError("no")

    monkeypatch.setattr(Learning, "refresh", refresh)
    watching = Learning(service.database)
    watching.watch()
    for _ in range(200):
        if len(tries) > 1:
            break
        time.sleep(0.02)
    assert len(tries) > 1
    del watching


def test_a_recogniser_that_was_given_stays(database: Database) -> None:
    given = Recogniser([Phrase("lv", "billing", "rēķins")])
    fixed = Learning(database, given)
    fixed.watch()
    assert not fixed.refresh()
    assert fixed.recogniser is given


def test_an_export_has_the_format_of_the_phrase_files(service: Service) -> None:
    noted(service)
    accept(service)
    files = deciding.as_files(candidates.phrases(service.database))
    assert files["lv"].endswith(f"\n\n[other]\n{NEW}\n")
    assert "[" not in files["ru"]
