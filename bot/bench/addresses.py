"""`gaisma bench addresses`: the address index of a made-up country, and how well it finds."""

from __future__ import annotations

import gc
import random
import time
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.bench import country
from bot.bench.rows import Measured, percentile
from intents import address_parse
from intents.address_rows import split_head, split_type
from intents.addresses import AddressIndex
from intents.model import Address, Place

WITHOUT_TOWN = ("clean", "no diacritics", "a typing error")
FLOOR_TEXTS = 50
PAGE_MB = 4096 / 1e6


def measure(premises: int, texts: int) -> list[Measured]:
    """The building, then median and p99 of looking up so many addresses a way of spelling.

    The floor of a look-up is rapidfuzz comparing one name with all names of streets and farms:
    less than any index without a structure of its own would have to do.
    """
    chance = random.Random(11)
    alone = _seconds(country.premises(premises))
    picked = set(chance.sample(range(premises), min(texts, premises)))
    asked: list[country.Row] = []
    gc.collect()
    before, began = _resident_mb(), time.process_time()
    index = AddressIndex(_keeping(country.premises(premises), picked, asked))
    built = time.process_time() - began - alone
    rows = [
        Measured(
            f"{premises:,} premises: built", round(built, 2), unit="s",
            rss_mb=round(_resident_mb() - before, 1),
        )
    ]  # fmt: skip
    floor = _floor(premises, asked[:FLOOR_TEXTS])
    for name in country.SPELLINGS:
        rows += _spelt(index, name, asked, chance, floor)
    for name in WITHOUT_TOWN:
        rows.append(_without_town(index, name, asked, chance))
    return rows


def _spelt(
    index: AddressIndex, name: str, asked: list[country.Row], chance: random.Random, floor: float
) -> list[Measured]:
    """How long it takes, and the share whose best place is the right house and flat."""
    took: list[float] = []
    right = 0
    for eic, address, town in asked:
        text = country.SPELLINGS[name](f"{address}, {town}", chance)
        found = _look_up(index, address_parse.parse_whole(text), took)
        best = found[0] if found else Place("", "")
        whole_house = len(best.eics) > 1 and split_head(address.partition(",")[0]).flat
        right += _is_right(best, eic, town) and not whole_house
    median = percentile(took, 0.5)
    return [
        Measured(
            f"{name}: a look-up", round(median, 3), round(floor, 3), round(median / floor, 3),
            "ms", round(percentile(took, 0.99), 3),
        ),
        Measured("  right at first", round(100 * right / len(asked), 2), unit="%"),
    ]  # fmt: skip


def _without_town(
    index: AddressIndex, name: str, asked: list[country.Row], chance: random.Random
) -> Measured:
    """The share whose house is among those that the customer is asked about."""
    offered = 0
    for eic, address, town in asked:
        text = country.SPELLINGS[name](address.partition(",")[0], chance)
        found = index.match(address_parse.parse_whole(text))
        offered += any(_is_right(place, eic, town) for place in found)
    return Measured(
        f"{name}, without town: offered", round(100 * offered / len(asked), 2), unit="%"
    )


def _is_right(place: Place, eic: str, town: str) -> bool:
    return place.exact and place.town == town and eic in place.eics


def _look_up(index: AddressIndex, address: Address, took: list[float]) -> tuple[Place, ...]:
    began = time.perf_counter()
    found = index.match(address)
    took.append((time.perf_counter() - began) * 1000)
    return found


def _floor(premises: int, asked: list[country.Row]) -> float:
    """Milliseconds that rapidfuzz takes for one name, the median."""
    names = {split_head(row[1].partition(",")[0]).street for row in country.premises(premises)}
    folded = list({" ".join(split_type(name)[0]) for name in names})
    took = []
    for _, address, _ in asked:
        name = " ".join(split_type(split_head(address.partition(",")[0]).street)[0])
        began = time.perf_counter()
        process.extractOne(name, folded, scorer=OSA.normalized_similarity)
        took.append((time.perf_counter() - began) * 1000)
    return percentile(took, 0.5)


def _keeping(
    rows: Iterable[country.Row], picked: set[int], kept: list[country.Row]
) -> Iterator[country.Row]:
    for number, row in enumerate(rows):
        if number in picked:
            kept.append(row)
        yield row


def _seconds(rows: Iterable[country.Row]) -> float:
    """What it takes to make the rows up; not ours to count."""
    began = time.process_time()
    deque(rows, maxlen=0)
    return time.process_time() - began


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * PAGE_MB
