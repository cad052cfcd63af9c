"""Texts written before anything was measured on them: what is understood of them stays so."""

from pathlib import Path

import pytest

from intents.phrases import parse_rows
from intents.understanding import load_recogniser

_SET = Path(__file__).parent.parent / "understanding" / "second"


@pytest.mark.parametrize("language", ["lv", "ru", "en"])
def test_nine_in_ten_of_the_second_set_are_understood_and_no_danger_is_missed(
    language: str,
) -> None:
    path = _SET / f"{language}.tsv"
    rows = parse_rows(path.read_text("utf-8").splitlines(), path.name)
    understand = load_recogniser().understand
    heard = [(row.intent, understand(row.text, row.language)) for row in rows]
    assert len(rows) >= 100
    assert all(got.danger for intent, got in heard if intent == "danger")
    assert sum(intent == got.intent for intent, got in heard) / len(rows) >= 0.9
