"""`gaisma understand` at the terminal: one text, and measurements on files."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import gaisma
from bot.cli.understand import _NOISES
from intents.noise import KINDS

TRAIN = "language\tintent\ttext\n" + "".join(
    f"en\t{intent}\t{words} {place}\n"
    for intent, words in (("Ticket", "a ticket to"), ("Weather", "will it rain in"))
    for place in ("riga", "cesis", "ogre", "talsi", "bauska")
)


def run(*words: str) -> Result:
    return CliRunner().invoke(gaisma, ["understand", *words])


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "train.tsv"
    path.write_text(TRAIN, "utf-8")
    return str(path)


def test_a_text_is_told_to_people_and_to_programs() -> None:
    assert "report_fault" in run("net sveta").output
    assert json.loads(run("net sveta", "--json").output)["intent"] == "report_fault"


def test_other_labels_are_measured_with_their_own_phrases(file: str) -> None:
    found = json.loads(run("--tsv", file, "--phrases", file, "--json").output)
    assert (found["count"], found["accuracy"], found["per_language"]) == (10, 1.0, {"en": 1.0})
    assert found["danger_recall"] is None


def test_folds_learn_from_the_file_itself(file: str) -> None:
    found = json.loads(run("--tsv", file, "--folds", "5", "--floors", "--json").output)
    assert (found["count"], found["accuracy"]) == (10, 1.0)
    assert found["floors"].keys() == {"WRatio", "token_set_ratio", "naive Bayes"}


@pytest.mark.parametrize("noise", KINDS)
def test_every_noise_can_be_asked_for(file: str, noise: str) -> None:
    assert json.loads(
        run("--tsv", file, "--phrases", file, "--noise", noise, "--json").output
    )["count"] == 10  # fmt: skip


def test_the_command_knows_every_noise() -> None:
    assert set(_NOISES) == set(KINDS)


def test_people_get_a_table(file: str) -> None:
    said = run("--tsv", file, "--folds", "2", "--floors").output
    assert "10 texts, 100.0% right" in said
    assert "WRatio" in said
    assert "p99" in said


def test_broken_lines_are_told_and_the_rest_is_measured(tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    path.write_bytes("\ufeffen\tyes\tyes\r\nbroken\r\nen\tno\tno\r\n".encode())
    found = run("--tsv", str(path), "--json")
    assert "x.tsv:2 is not language" in found.stderr
    assert json.loads(found.stdout)["count"] == 2


@pytest.mark.parametrize(
    ("written", "sentence"),
    [(b"", "has no line of"), (b"\xff\xfe", "is not UTF-8"), (b"words\n", "has no line of")],
)
def test_a_file_without_a_row_is_refused(tmp_path: Path, written: bytes, sentence: str) -> None:
    path = tmp_path / "x.tsv"
    path.write_bytes(written)
    found = run("--tsv", str(path))
    assert found.exit_code == 1
    assert sentence in found.output


def test_what_makes_no_sense_together_is_refused(file: str) -> None:
    assert "leave out" in run("a text", "--tsv", file).output
    assert "leave out --phrases" in run("--tsv", file, "--phrases", file, "--folds", "2").output
