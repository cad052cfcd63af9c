"""`gaisma conversation`: what agents see and do, for people and for programs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.conftest import Gaisma

pytestmark = pytest.mark.both

PHONE = "+37120000001"


@pytest.fixture(autouse=True)
def waiting(run: Gaisma) -> None:
    """Somebody who waits for a person."""
    run("chat", "--from", PHONE, "--text", "gribu runāt ar cilvēku")


def read(run: Gaisma, *words: str) -> Any:
    result = run("conversation", *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_an_answer_and_a_return_are_said_to_people(run: Gaisma) -> None:
    (row,) = read(run, "list")
    said = run("conversation", "say", row["id"][-8:], "Labdien!", "--by", "Inga").stdout
    assert "In the outbox (1 SMS part); it is yours now." in said
    assert "The bot answers again." in run("conversation", "return", PHONE).stdout
    assert "nothing was changed" in run("conversation", "return", PHONE).stdout


def test_an_answer_and_a_return_are_said_to_programs(run: Gaisma) -> None:
    said = read(run, "say", PHONE, "Labdien!", "--by", "Inga")
    assert (said["owner"], said["agent"], said["segments"]) == ("agent", "Inga", 1)
    back = read(run, "return", PHONE)
    assert (back["owner"], back["changed"]) == ("bot", True)
    assert read(run, "return", PHONE)["changed"] is False


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("show", "nobody"), "there is no conversation 'nobody'"),
        (("say", PHONE, "  "), "the text is empty"),
        (("say", PHONE, "x" * 1601), "at most 1600"),
        (("say", "+37129999999", "Labdien"), "there is no conversation"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    run: Gaisma, words: tuple[str, ...], sentence: str
) -> None:
    result = run("conversation", *words)
    assert result.exit_code == 1
    assert sentence in result.stderr


def test_a_complaint_to_an_agent_is_pointed_at_and_filed(run: Gaisma) -> None:
    run("conversation", "say", PHONE, "Labdien!", "--by", "Inga")
    run("chat", "--from", PHONE, "--text", "gribu sūdzēties, jūsu brigāde salauza manu žogu")
    key = read(run, "show", PHONE)["messages"][-1]["id"][-8:]
    shown = run("conversation", "show", PHONE).stdout
    assert f"a complaint? gaisma complaint add {PHONE} --from {key}" in shown.replace("\n", " ")
    assert "Filed as S1001" in run("complaint", "add", PHONE, "--from", key, "--by", "inga").stdout
    assert "salauza manu žogu" in run("complaint", "show", "S1001").stdout


def test_a_text_is_filed_once_and_the_next_one_is_added(run: Gaisma) -> None:
    run("chat", "--from", PHONE, "--text", "brigāde salauza žogu")
    assert run("complaint", "add", PHONE, "--from", "last").exit_code == 0
    assert "in complaint S1001 already" in run("complaint", "add", PHONE, "--from", "last").stderr
    run("conversation", "say", PHONE, "Labdien!", "--by", "Inga")
    run("chat", "--from", PHONE, "--text", "un arī vārtus")
    assert "S1001" in run("complaint", "add", PHONE, "--from", "last").stdout
    assert "un arī vārtus" in run("complaint", "show", "S1001").stdout
    assert "there is no text 'abcd'" in run("complaint", "add", PHONE, "--from", "abcd").stderr
    assert "say what it is" in run("complaint", "add", PHONE).stderr


def test_a_conversation_is_closed_found_noted_and_assigned(run: Gaisma) -> None:
    assert [row["id"] for row in read(run, "search", "cilvek")] == [read(run, "list")[0]["id"]]
    assert read(run, "search", "nekas") == []
    assert "Noted" in run("conversation", "note", PHONE, "Zvanīja arī.").stdout
    refused = run("conversation", "assign", PHONE, "inga")
    assert "there is no agent 'inga'" in refused.stderr
    run("agent", "add", "inga", "--full-name", "Inga", "--role", "agent")
    assert "It is with inga now." in run("conversation", "assign", PHONE, "inga").stdout
    assert "Closed." in run("conversation", "close", PHONE).stdout
    assert "closed already" in run("conversation", "close", PHONE).stdout
    assert [row["phone"] for row in read(run, "list", "--which", "closed")] == [PHONE]
