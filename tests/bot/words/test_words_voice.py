"""What a call says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.words.voice import KINDS, voice_script
from locales.catalogue import LANGUAGES
from tests.bot.matters import POLICY
from tests.bot.words.test_words_full import NOW, WORK


def test_a_call_about_planned_works_in_latvian() -> None:
    assert voice_script("planned_notice", "lv", [WORK], POLICY, now=NOW) == [
        "Labdien! Zvana Sadales tīkls.",
        "Plānotu darbu dēļ Jums nebūs elektrības.",
        "Laiks: divpadsmitajā decembrī no pulksten deviņiem līdz pulksten piecpadsmitiem.",
        "Vieta: Brīvības iela 105, dzīvoklis 12, Rīga. Iemesls: stabu maiņa.",
        "Ja Jums ir jautājumi, zvaniet pa tālruni astoņi, četri, nulle, trīs.",
        "Lai noklausītos vēlreiz, nospiediet viens.",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_call_is_of_short_whole_sentences(kind: str, language: str) -> None:
    for about in (WORK, replace(WORK, ends_at=None, address="")):
        script = voice_script(kind, language, [about, replace(about, address="X 1")], POLICY)
        assert all(line.endswith(".") and len(line.split()) <= 26 for line in script)
        assert "{" not in "".join(script)


def test_a_call_does_not_promise_a_time_that_is_over() -> None:
    script = voice_script("unplanned", "en", [WORK], POLICY, now=WORK.ends_at)
    assert any("not known yet" in line for line in script)


def test_there_are_no_calls_about_debts() -> None:
    with pytest.raises(ValueError, match="no call"):
        voice_script("debt_first", "lv", [WORK], POLICY)
