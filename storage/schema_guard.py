"""The tables that hold who asks too much. See `schema`."""

from __future__ import annotations

GUARD = """
-- Answers to numbers that are nobody's contact: each costs money, and somebody may earn by it.
CREATE TABLE stranger_answers (
    day TEXT NOT NULL,                 -- ISO, Europe/Riga
    block TEXT NOT NULL,               -- ten thousand numbers at home, else a country; '': all
    answers INTEGER NOT NULL,
    PRIMARY KEY (day, block)
) STRICT, WITHOUT ROWID;
"""
