"""What the events of one text must keep to: two segments of answer, one hand-off."""

from __future__ import annotations

from dataclasses import replace

from intents.dialogues.turn import MAX_SEGMENTS
from intents.model import Event, HandOff, Reply
from locales.alphabet import plain
from locales.segments import count_segments


def affordable(events: tuple[Event, ...]) -> tuple[Event, ...]:
    """Replies too long for two segments lose their diacritics, which makes room for twice more."""
    told = "\n".join(event.text for event in events if isinstance(event, Reply))
    segments = count_segments(told)
    if segments <= MAX_SEGMENTS or count_segments(plain(told)) >= segments:
        return events
    return tuple(
        replace(event, text=plain(event.text)) if isinstance(event, Reply) else event
        for event in events
    )


def one_hand_off(events: tuple[Event, ...]) -> tuple[Event, ...]:
    """One text makes at most one hand-off, the urgent one if any."""
    hand_offs = [event for event in events if isinstance(event, HandOff)]
    if len(hand_offs) < 2:
        return events
    kept = next((each for each in hand_offs if each.urgent), hand_offs[0])
    return tuple(e for e in events if not isinstance(e, HandOff) or e is kept)
