"""Files whose data are on a server now: nothing must begin anew under their old name.

A service that still has the old address, after a restart of its machine, would make an empty file
there and answer texts from it.
"""

from __future__ import annotations

from pathlib import Path

ASIDE = ".moved"  # what the old file's name ends in afterwards


def moved_away(path: str) -> str:
    """A sentence when the data of this file were moved to a server; else ''."""
    if path == ":memory:" or Path(path).exists() or not Path(path + ASIDE).exists():
        return ""
    return (
        f"The data of {path} were moved to PostgreSQL (gaisma move), and its file is called "
        f"{path}{ASIDE} now. Set GAISMA_DATABASE_URL to the new address."
    )
