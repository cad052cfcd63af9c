"""Every kind of SMS fits two parts and keeps its facts, whatever the place and the time."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.words.short import TIGHTER
from bot.words.subjects import KINDS, OF_OUTAGES, Complaint, CustomerKind, Debt, Work
from bot.words.texts import render
from locales import dates
from locales.alphabet import plain
from locales.catalogue import LANGUAGES
from locales.segments import count_segments
from locales.short import short_address
from tests.bot.matters import POLICY, extra, work

CASES = 3_400  # in each language
LIMITS = {each.address for each in TIGHTER}
# Words that an address may shorten to.
SHORTENED = re.compile(r"[^\W\d]\.|bulv\.|pag\.|pr\.|sos\.|lauk\.|krastm\.")
TOWNS = ("Rīga", "Daugavpils", "Jaunpiebalgas pag.")
TIMED = ("planned_notice", "reminder", "moved", "correction")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_fits_two_parts_and_keeps_place_and_time(language: str) -> None:
    chance = random.Random(language)
    for number in range(CASES):
        kind = KINDS[number % len(KINDS)]
        about = work(chance)
        if number % 4 < 2:
            about = replace(about, town=chance.choice(TOWNS), state=chance.choice(("", "active")))
        ago = chance.choice((timedelta(days=-9), timedelta(days=-200), timedelta(hours=26)))
        matter = extra(kind, about, chance)
        reader: CustomerKind = chance.choice(("household", "business"))
        text = render(
            kind,
            language,
            [about],
            POLICY,
            now=about.starts_at + ago,
            extra=matter,
            reader_kind=reader,
            towns=bool(about.town),
        )
        assert count_segments(text) <= 2, text
        assert text.startswith(POLICY.contact_brand) and "{" not in text
        assert not re.search(r"(?<!\.)\.\.(?!\.)|  | ,", text), text
        if kind in OF_OUTAGES:
            check_place(text, about)
        if kind in TIMED and about.state != "active":
            assert dates.hour(about.starts_at, language).split(" ")[0] in text, text
        if isinstance(matter, Debt):
            check_debt(kind, text, matter, language)
        if isinstance(matter, Complaint):
            assert matter.number in text


def check_place(text: str, about: Work) -> None:
    """The place stands in the text with its number, and no word of it is cut."""
    told = plain(text)
    shorts = {
        plain(short_address(about.address, town, limit=limit))
        for limit in LIMITS
        for town in {"", about.town}
    }
    place = max((each for each in shorts if each in told), key=len, default="")
    assert place, text
    known = set(re.findall(r"\w+", plain(f"{about.address} {about.town}")))
    for word in place.replace(",", " ").split():
        whole = set(re.findall(r"\w+", word)) <= known
        assert whole or SHORTENED.fullmatch(word), f"{word} in {text}"


def check_debt(kind: str, text: str, matter: Debt, language: str) -> None:
    """The number of the bill, and the sum; a plan names its payments instead."""
    told = matter.plan[0].sum_cents if kind == "debt_plan" else matter.sum_cents
    assert matter.reference in text, text
    assert dates.money(told, language) in text, text
