"""Programs of npm, each in one exact version: installed by .ci/run, outside of the tree."""

from __future__ import annotations

import os
from pathlib import Path

from tests.served import ROOT

FOLDER = Path(os.environ.get("GAISMA_NODE_TOOLS", str(ROOT / "var/node-tools")))


def place(name: str) -> str:
    """Where npm puts a program."""
    return str(FOLDER / "node_modules/.bin" / name)
