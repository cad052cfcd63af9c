"""Reasons of works that some readers are not told, as no text has them in their language."""

from __future__ import annotations

from collections.abc import Iterable

from locales.catalogue import LANGUAGES
from locales.reasons import reason_in


def lacking(reason: str) -> tuple[str, ...]:
    """The languages in which this reason is left out; none for an empty one."""
    if not reason.strip():
        return ()
    return tuple(language for language in LANGUAGES if not reason_in(reason, language))


def notes(reasons: Iterable[str]) -> list[str]:
    """A sentence for each reason, once, that is left out for some readers."""
    found = {reason: lacking(reason) for reason in dict.fromkeys(reasons)}
    return [
        f"the reason {reason!r} is not known in {', '.join(without)}: left out for those readers; "
        "known ones: gaisma outage reasons"
        for reason, without in found.items()
        if without
    ]
