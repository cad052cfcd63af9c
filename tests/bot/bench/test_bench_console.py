"""The measurement of open consoles, in a small form: it asks as a browser does, and counts."""

from __future__ import annotations

import pytest

from bot.bench.console import Size, measure

pytestmark = pytest.mark.alone


def test_consoles_open_the_inbox_and_ask_for_news_beside_the_texts() -> None:
    page, unchanged, changed, share, texts, *apart = measure(Size(300, 3, 20, 4), rounds=1)
    assert page.ours is not None
    assert "300 conversations, 3 consoles" in page.what
    assert unchanged.ours is not None or changed.ours is not None
    assert share.unit == "%"
    assert texts.floor is not None
    assert [row.what.rpartition("; ")[2] for row in apart] == ["apart"] * 5
    assert apart[-1].floor == texts.floor
