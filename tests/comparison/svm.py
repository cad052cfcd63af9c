"""A linear SVM beside our recogniser, on labelled files, by the same cross-validation.

    ./run python -m tests.comparison.svm FILE.tsv [FILE.tsv ...] [--folds 5] [--folder FOLDER]

Makes an environment with scikit-learn in FOLDER (a temporary one otherwise), which needs PyPI. The
SVM learns each language by itself from the folded texts, as its users would; ours from all at once.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import click

from bot.cli.shell import say_table
from intents.evaluate import cross_validate, share, split
from intents.fold import fold
from intents.labelled import read_rows
from intents.phrases import Phrase
from intents.understanding import Recogniser
from tests.comparison.machinery import FOREIGN

PINNED = "scikit-learn==1.9.1"


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--folds", default=5, show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), help="Keep the environment here.")
def main(files: tuple[Path, ...], folds: int, folder: Path | None) -> None:
    """Print a line a file and language: ours and the SVM."""
    with ExitStack() as stack:
        home = folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        python = make_environment(home)
        table = [line for path in files for line in compare(path, folds, python)]
    say_table(("file", "language", "ours", "linear SVM"), table, empty="")


def make_environment(folder: Path) -> Path:
    """A virtual environment with scikit-learn; its Python."""
    python = folder / "venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
        quiet = ("--quiet", "--disable-pip-version-check")
        subprocess.run([python, "-m", "pip", "install", *quiet, PINNED], check=True)
    return python


def compare(path: Path, folds: int, python: Path) -> list[tuple[str, str, str, str]]:
    """Lines of the table for one file."""
    rows, _ = read_rows(path.read_text("utf-8"), path.name)
    ours = cross_validate(rows, folds, lambda asked: asked, Recogniser)["per_language"]
    return [
        (
            path.stem,
            language,
            f"{ours[language]:.1%}",
            f"{svm_of(language, rows, folds, python):.1%}",
        )
        for language in ours
    ]


def svm_of(language: str, rows: list[Phrase], folds: int, python: Path) -> float:
    """Accuracy of the SVM in one language."""
    parts = list(split([row for row in rows if row.language == language], folds))
    asked = [
        {
            "learned": [(fold(row.text), row.intent) for row in learned],
            "asked": [fold(row.text) for row in measured],
        }
        for learned, measured in parts
    ]
    told = subprocess.run(
        [python, FOREIGN / "svm.py"],
        input=json.dumps(asked), capture_output=True, text=True, check=True,
    )  # fmt: skip
    wanted = [row.intent for _, measured in parts for row in measured]
    given = [label for labels in json.loads(told.stdout) for label in labels]
    return share([a == b for a, b in zip(wanted, given, strict=True)]) or 0.0


if __name__ == "__main__":
    main()
