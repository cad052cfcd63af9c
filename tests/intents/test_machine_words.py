"""Texts of machines, and texts of people about machines."""

import pytest

from intents.machine_words import is_by_machine


@pytest.mark.parametrize(
    "text",
    ["Automatic reply: I am out of office until Monday.", "Вам голосовое сообщение, звоните 888",
     "Automātiska atbilde: esmu prombūtnē", "Пропущенный вызов (2)",
     "Missed call from +37129111111"],
)  # fmt: skip
def test_what_a_machine_wrote_is_known(text: str) -> None:
    assert is_by_machine(text)


@pytest.mark.parametrize(
    "text",
    ["nav gaismas", "is this an automatic reply?", "the whole office is dark",
     "свет в офисе пропал",
     "esmu mājās, nav strāvas", "nobody answers my calls"],
)  # fmt: skip
def test_what_people_write_is_not(text: str) -> None:
    assert not is_by_machine(text)
