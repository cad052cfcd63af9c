"""How many messages in doubt are asked about at one time."""

from __future__ import annotations

from bot.delivery.doubts import LOOK_UPS, Portion


def test_a_round_that_takes_longer_than_half_its_lease_halves_the_next() -> None:
    portion = Portion()
    sizes = []
    for _ in range(6):
        portion.note(seconds=5.0, lease=4.5)
        sizes.append(portion.size)
    assert sizes == [10, 5, 2, 1, 1, 1]


def test_rounds_that_are_quick_again_grow_to_the_limit() -> None:
    portion = Portion()
    portion.note(seconds=5.0, lease=4.5)
    for _ in range(50):
        portion.note(seconds=1.0, lease=4.5)
    assert portion.size == LOOK_UPS
