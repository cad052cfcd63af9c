"""Who asks whether light is back is not taken for one who says so, however it is typed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from intents.asking import is_question
from intents.phrases import parse_rows
from intents.understanding import load_recogniser

_SET = Path(__file__).parent.parent / "understanding" / "asking"
_RIGHT = 0.96  # of the questions, and of what is said: 1 to 3 in a hundred are missed today


@pytest.mark.parametrize("language", ["lv", "ru", "en"])
def test_a_question_is_answered_and_what_is_said_is_believed(language: str) -> None:
    path = _SET / f"{language}.tsv"
    rows = parse_rows(path.read_text("utf-8").splitlines(), path.name)
    understand = load_recogniser().understand
    heard = Counter((row.intent, understand(row.text, language).intent) for row in rows)
    for meant in ("outage_status", "restored"):
        all_of = sum(count for (intent, _), count in heard.items() if intent == meant)
        assert all_of >= 20
        assert heard[meant, meant] >= _RIGHT * all_of - 1
    # A report must not be closed by a question.
    assert heard["outage_status", "restored"] == 0


@pytest.mark.parametrize(
    "text",
    [
        "wen is light back", "is the light back", "light back yet", "Good evening, is power back",
        "kad buus elektriba", "vai gaisma jau ir", "gaisma ir?", "Labdien, vai ir strāva",
        "kogda svet", "свет есть?", "есть ли свет", "svet dali?", "Здравствуйте, свет дали?",
        "свет скоро", "скоро свет?", "Здравствуйте, скоро ли свет", "электричество восстановили?",
    ],
)  # fmt: skip
def test_it_asks(text: str) -> None:
    assert load_recogniser().understand(text).intent == "outage_status"


@pytest.mark.parametrize(
    "text",
    [
        "light is back", "is back now thanks", "have power again thanks", "gaisma ir", "viss iet",
        "свет есть", "свет дали, спасибо",
    ],
)  # fmt: skip
def test_it_says_so(text: str) -> None:
    assert load_recogniser().understand(text).intent == "restored"


@pytest.mark.parametrize(
    "text", ["light is back, is anybody still coming?", "gaisma ir, vai jūs vēl brauksiet?"]
)
def test_a_question_behind_what_is_said_is_not_about_that(text: str) -> None:
    said, _, asked = text.partition(",")
    assert is_question(asked)
    assert not is_question(said)
    assert not load_recogniser().understand(text).sure


def test_a_danger_that_is_asked_about_stays_one() -> None:
    assert load_recogniser().understand("vads dzirksteļo, vai gaisma būs?").danger == "sure"
