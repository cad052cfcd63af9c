"""Why a campaign stands still or was ended, read from what was kept with it: for pages in several
languages. Who writes these sentences: `rules`, `canary`, `bot.debts.moratorium`, storage."""

from __future__ import annotations

import re
from collections.abc import Mapping

_KNOWN = {
    "by_itself": re.compile(r"Paused by itself: (?P<failed>\d+) of (?P<handed>\d+) messages"),
    "paused": re.compile(r"Paused by (?P<name>.*)\.$"),
    "stopped": re.compile(r"Stopped by (?P<name>.*)\.$"),
    "moratorium": re.compile(r"Moratorium: |The moratorium is over|Its days came too near"),
    "emptied": re.compile(r"Nothing is left in it: "),
}


def read(paused_why: str | None) -> tuple[str, Mapping[str, str]]:
    """(the key of a text, what it names): 'by_itself', 'paused', 'stopped', 'moratorium',
    'emptied'; 'other' with `why` for any other sentence, '' for none.

    >>> read("Stopped by anna.")
    ('stopped', {'name': 'anna'})
    """
    if not paused_why:
        return "", {}
    for key, form in _KNOWN.items():
        if found := form.match(paused_why):
            return key, found.groupdict()
    return "other", {"why": paused_why}
