"""What the pages count while somebody types is what the program counts when it is sent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from locales.alphabet import KNOWN, plain
from locales.segments import BASIC, EXTENSION, measure
from tests.browser import demo

SCRIPT = Path(__file__).parents[2] / "bot" / "web" / "static" / "segments.js"
TEXTS = (
    "", "Labdien!", "a" * 160, "a" * 161, "a" * 152 + "€" + "b" * 20, "ā" * 70, "ā" * 71,
    "ж" * 135, "Elektrība būs līdz plkst. 17.15 – „rīt”… №5", "Здравствуйте, йод и ёж",
    "Labi 👍 paldies 👨‍👩‍👧 !", "œuvre ẞ łódź ½ ²", "😀" * 34 + "a", "e\u0301 i\u0306",
)  # fmt: skip

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        demo.CHROMIUM is None and not os.environ.get("CI"),
        reason="Debian's chromium is not installed: apt-get install chromium",
    ),
]


def test_the_script_counts_parts_and_takes_marks_off_as_the_program_does() -> None:
    alphabet = {"basic": BASIC, "extension": EXTENSION, "known": KNOWN}
    asked = """([alphabet, texts]) => {
        const { measure, plain } = gaismaSegments(alphabet);
        return texts.map((text) => [measure(text), plain(text)]);
    }"""
    with demo.chromium() as browser:
        page = browser.new_page()
        page.add_script_tag(path=SCRIPT)
        told = page.evaluate(asked, [alphabet, list(TEXTS)])
    for text, (counted, bare) in zip(TEXTS, told, strict=True):
        ours = measure(text)
        found = counted["parts"], counted["room"] - counted["used"]
        assert found == (ours.segments, ours.left), text
        assert bare == plain(text), text
