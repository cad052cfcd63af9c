"""`gaisma phrases list|review|accept|reject|export`, and what feeds them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from intents.phrases import parse_phrases
from tests.cli.conftest import Gaisma

PHONE = "+37120000001"
TEXT = "skaitītājs vai rēķins"


@pytest.fixture(autouse=True)
def asked(run: Gaisma) -> None:
    """Somebody whose text was not clear, and who then asks for a person."""
    for text in (TEXT, "darbinieks"):
        run("chat", "--from", PHONE, "--text", text)


def read(run: Gaisma, *words: str) -> Any:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_an_agent_says_what_was_meant_when_handing_back(run: Gaisma) -> None:
    shown = run("conversation", "show", PHONE).stdout
    assert ", not sure: " in shown
    done = run("conversation", "return", PHONE, "--meant", "billing")
    assert f"Noted: {TEXT!r} meant billing.\nThe bot answers again.\n" == done.stdout
    (row,) = read(run, "phrases", "review")
    assert (row["text"], row["intent"], row["times"]) == (TEXT, "billing", 1)
    assert "say what the text meant" in run("conversation", "return", PHONE, "--of", "x").stderr
    assert read(run, "conversation", "return", PHONE)["noted"] == ""


def test_a_complaint_from_a_text_is_noted_too(run: Gaisma) -> None:
    key = read(run, "conversation", "show", PHONE)["messages"][0]["id"][-8:]
    assert run("complaint", "add", PHONE, "--from", key).exit_code == 0
    assert [row["intent"] for row in read(run, "phrases", "review")] == ["complaint"]


def test_a_candidate_is_reviewed_accepted_listed_and_exported(run: Gaisma, tmp_path: Path) -> None:
    run("conversation", "return", PHONE, "--meant", "billing")
    said = run("phrases", "review").stdout
    assert TEXT in said
    assert "Next: gaisma phrases accept" in said
    key = read(run, "phrases", "review")[0]["id"][-8:]
    assert "is billing from now on" in run("phrases", "accept", key, "--by", "anna").stdout
    assert run("phrases", "review").stdout == "Nothing waits for a decision.\n"
    (row,) = read(run, "phrases", "list", "--language", "lv")
    assert (row["intent"], row["text"], row["accepted_by"]) == ("billing", TEXT, "anna")
    assert TEXT in run("phrases", "list").stdout
    assert [row["text"] for row in read(run, "phrases", "export")] == [TEXT]
    out = tmp_path / "out"
    assert "1 phrase in" in run("phrases", "export", "--out", str(out)).stdout
    assert run("phrases", "export").stdout == (out / "lv.txt").read_text("utf-8")
    (phrase,) = parse_phrases((out / "lv.txt").read_text("utf-8"), "lv", "lv.txt")
    assert (phrase.intent, phrase.text) == ("billing", TEXT)
    assert "is there already" in run("phrases", "export", "--out", str(out)).stderr
    answered = run("chat", "--from", "+37120000002", "--text", TEXT).stdout
    assert "Vai Jūs domājāt" not in answered


def test_what_cannot_be_done_is_said_in_a_sentence(run: Gaisma) -> None:
    run("conversation", "return", PHONE, "--meant", "billing")
    key = read(run, "phrases", "review")[0]["id"][-8:]
    refused = run("phrases", "accept", key, "--text", "nav elektrības")
    assert refused.exit_code == 1
    assert "contradicts 'nav elektrības', which is report_fault" in refused.stderr
    assert "there is no candidate 'abcd'" in run("phrases", "accept", "abcd").stderr
    assert "is forgotten" in run("phrases", "reject", key).stdout
    assert "nothing to export" in run("phrases", "export").stderr
    assert read(run, "phrases", "list") == []
