"""The skeleton that three languages and their many spellings share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.fold import fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Šodien visā mājā nav gaismas", "shodien visaa maajaa nav gaismas!!"),
        ("lūdzu", "ljudzu"),
        ("ļoti", "ljoti"),
        ("maksāt rēķinu", "maksaat reekjinu"),
        ("включат", "vkljuchat"),
        ("включат", "vklyuchat"),
        ("включат", "vklu4at"),
        ("что случилось", "4to slu4ilos'"),
        ("ещё", "eshe"),
        ("ещё", "eshyo"),
        ("ещё", "esche"),
        ("всё", "vsyo"),
        ("хочу", "xochu"),
        ("хочу", "khochu"),
        ("улица", "ulitsa"),
        ("улица", "ulica"),
        ("плановые", "planovye"),
        ("плановый", "planovyj"),
        ("меня", "menja"),
        ("отключение", "otkljuchenije"),
        ("жду", "zhdu"),
        ("по-русски", "po russki"),
        ("don’t", "DONT"),
        ("ＮＡＶ", "nav"),
    ],
)
def test_spellings_of_one_word_share_a_skeleton(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Brīvības iela 105-12", "brivibas ela 105 12"),
        ("tel 26000000, 4a", "tel 26000000 4a"),
        ("dz4 6dz k4 45a 1001", "dz4 6dz k4 45a 1001"),
        ("\u200bna\u00adv\u202e gaismas\x00", "nav gaismas"),
        ("٣ ３", "3 3"),
        ("💡❗", ""),
        ("\ud83dnav\udc00", "nav"),
    ],
)
def test_numbers_stay_and_what_cannot_be_seen_goes(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(alphabet=st.characters(), max_size=80))
def test_any_text_folds_to_clean_words(text: str) -> None:
    folded = fold(text)
    assert folded == " ".join(folded.split())
    assert fold(text) == folded


@given(st.text(alphabet=st.characters(categories=["Cs", "Cf", "Cc"]), max_size=20))
def test_invisible_characters_and_lone_surrogates_leave_nothing(text: str) -> None:
    assert fold(text) == ""
