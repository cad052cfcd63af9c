"""The towns of the premises, in the cases and scripts that people write them in."""

import pytest

from intents.town_index import TownIndex

INDEX = TownIndex({"Vangaži", "Kazdangas pag.", "Zaķumuiža", "Mazsils", "Cēsis"}, set())


@pytest.mark.parametrize(
    ("text", "town"),
    [
        ("Vangažos nav gaismas", "Vangaži"),
        ("vangazos nav gaismas", "Vangaži"),
        ("в Вангажах нет света", "Vangaži"),
        ("v Vangazhah net sveta", "Vangaži"),
        ("no light in Vangazi", "Vangaži"),
        ("Kazdangā pazuda strāva", "Kazdangas pag."),
        ("в Казданге пропал свет", "Kazdangas pag."),
        ("Zaķumuižā tumšs", "Zaķumuiža"),
        ("в Закумуйже темно", "Zaķumuiža"),
        ("в Мазсилсе нет света", "Mazsils"),
        ("в Цесисе нет света", "Cēsis"),
        ("jau stundu nav gaismas", ""),
        ("у нас нет света", ""),
    ],
)
def test_a_town_of_the_premises_is_found_in_a_sentence(text: str, town: str) -> None:
    assert INDEX.named_in(text) == town
