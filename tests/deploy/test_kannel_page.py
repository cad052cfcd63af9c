"""The settings of Kannel on docs/kannel.md: what a stranger copies without reading further."""

from __future__ import annotations

import re

from tests.peers.kannel import ROOT, documented

A_DAY = 24 * 60 * 60


def _number(name: str) -> int:
    found = re.search(rf"^{name} = (\d+)$", documented()[0], re.M)
    assert found, f"{name} is not set"
    return int(found[1])


def test_kannel_keeps_a_text_for_a_day_while_the_service_is_away() -> None:
    assert _number("http-request-retry") * _number("http-queue-delay") >= A_DAY


def test_the_text_of_the_example_is_one_that_a_customer_writes() -> None:
    page = (ROOT / "docs/kannel.md").read_text("utf-8")
    # fakesmsc sends what stands behind "text" as it is: a plus is a plus.
    assert "1880 text nav gaismas" in page
