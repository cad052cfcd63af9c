"""`gaisma campaign announce|correct|watch`, and outages by street, as people type them."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from rich.console import Console

from bot.campaigns import fanout
from bot.campaigns import rules as campaigns
from bot.cli import watching
from storage import Database
from tests.bot import grid, owing
from tests.cli.conftest import Gaisma

WORDS = ("--lv", "Slēgts.", "--ru", "Закрыто.", "--en", "Closed.", "--by", "anna")


def only_campaign(run: Gaisma) -> dict[str, object]:
    (row,) = json.loads(run("campaign", "list", "--json").stdout)
    assert isinstance(row, dict)
    return row


def test_an_announcement_is_drafted_previewed_and_approved(run: Gaisma, house: Database) -> None:
    grid.people(house, [1, 2])
    done = run("campaign", "announce", *WORDS, "--town", "riga", "--kind", "household")
    assert done.exit_code == 0, done.output
    assert "For: riga; households only" in done.output
    row = only_campaign(run)
    assert (row["kind"], row["state"], row["recipients"]) == ("announcement", "draft", 2)
    assert "SMS: 2 (lv 2)" in run("campaign", "preview", str(row["id"])).output
    approved = run("campaign", "approve", str(row["id"]), "--by", "juris")
    assert approved.output.startswith("Approved: 2 SMS to 2 recipients")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((*WORDS,), "say whom it is for"),
        ((*WORDS, "--all", "--town", "Rīga"), "say whom it is for"),
        (("--all", "--by", "anna"), "give the text once"),
        ((*WORDS, "--all", "--template", "storm"), "give the text once"),
        (("--template", "storm", "--all", "--by", "anna"), "--starts"),
        ((*WORDS, "--street", "Kalna iela 3"), "there is no street"),
        ((*WORDS, "--feeder", "F9"), "feeder 'F9'"),
        ((*WORDS, "--all", "--until", "2020-01-01 10:00"), "--until is over"),
    ],
)
def test_what_cannot_be_announced_is_told_in_a_sentence(
    run: Gaisma, house: Database, words: tuple[str, ...], sentence: str
) -> None:
    grid.people(house, [1])
    done = run("campaign", "announce", *words)
    assert done.exit_code == 1
    assert sentence in done.stderr


def test_texts_come_from_a_file_or_a_template(run: Gaisma, house: Database, tmp_path: Path) -> None:
    grid.people(house, [1])
    path = grid.write(tmp_path, "texts.toml", 'lv = "Slēgts."', 'ru = "Закрыто."', 'en = "Closed."')
    assert run("campaign", "announce", "--file", str(path), "--all").exit_code == 0
    starts = ("--starts", "2027-01-10 09:00", "--ends", "2027-01-10 18:00")
    assert run("campaign", "announce", "--template", "storm", *starts, "--all").exit_code == 0
    wrong = grid.write(tmp_path, "wrong.toml", "lv = 3")
    assert "lv is no text" in run("campaign", "announce", "--file", str(wrong), "--all").stderr


def test_a_correction_is_drafted_and_says_what_it_paused(run: Gaisma, house: Database) -> None:
    grid.people(house, [1])
    run("campaign", "announce", *WORDS, "--all")
    wrong = str(only_campaign(run)["id"])
    run("campaign", "approve", wrong, "--by", "juris")
    house.run("UPDATE notices SET due_at = '2020-01-01T00:00:00.000Z'")
    grid.fan_out(house, datetime.now(UTC).replace(hour=10))
    grid.provider_says(house, "sent")
    done = run("campaign", "correct", wrong, *WORDS, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["corrects"] == wrong
    refused = run("campaign", "approve", json.loads(done.stdout)["id"], "--by", "anna")
    assert "another person must approve" in refused.stderr


def test_an_outage_is_added_by_street_or_by_town(run: Gaisma, house: Database) -> None:
    grid.people(house, [1, 2, 3])
    house.run("UPDATE premises SET address = 'Kalna iela 4' WHERE customer_number = 'C2'")
    unplanned = ("outage", "add", "--kind", "unplanned", "--by", "anna")
    done = run(*unplanned, "--street", "kalna 1-9 even", "--town", "Rīga")
    assert "1 set of premises." in done.output
    assert "3 premises." in run(*unplanned, "--town", "riga").output
    assert "not both" in run(*unplanned, "--town", "riga", "--feeder", "F1").stderr


def test_watching_without_a_terminal_is_one_closing_line(run: Gaisma, house: Database) -> None:
    grid.people(house, [1])
    run("campaign", "announce", *WORDS, "--all")
    own = str(only_campaign(run)["id"])
    campaigns.approve(house, own, by="juris", now=grid.NOW, policy=grid.POLICY)
    grid.fan_out(house)
    grid.provider_says(house, "delivered")
    grid.fan_out(house)
    assert run("campaign", "watch", own).output == "Campaign is done: 1 of 1 sent.\n"


def test_the_bar_follows_a_campaign_until_it_goes_no_further(
    house: Database, run: Gaisma, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid.people(house, [1])
    run("campaign", "announce", *WORDS, "--all")
    own = str(only_campaign(run)["id"])
    campaigns.approve(house, own, by="juris", now=grid.NOW, policy=grid.POLICY)
    grid.fan_out(house)

    def a_moment_later(seconds: float) -> None:
        house.transaction(lambda tx: campaigns.pause(tx, own, by="anna", now=grid.NOW))

    monkeypatch.setattr("bot.cli.watching.sleep", a_moment_later)
    drawn = io.StringIO()
    console = Console(file=drawn, force_terminal=True, width=80)
    stand = watching.draw(console, house, own, 0.1)
    assert (stand.state, stand.done, stand.total) == ("paused", 0, 1)
    assert "0/1" in drawn.getvalue()


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("references", "closing"),
    [
        (["R-3"], "Campaign is sending: 0 of 1 sent.\n1 letter waits; next: gaisma letters --"),
        (["R-1", "R-3"], "Campaign is sending: 1 of 2 sent.\n1 letter waits; next: "),
    ],
)
def test_approving_and_watching_says_the_approval_first_and_ends_when_letters_are_left(
    house: Database, run: Gaisma, monkeypatch: pytest.MonkeyPatch, references: list[str],
    closing: str,
) -> None:  # fmt: skip
    owing.owing(house, due_on="2026-01-15")
    run("debt", "notice", "first", *references, "--by", "anna")

    def a_moment_later(seconds: float) -> None:
        click.echo("-- waits")
        # At noon: no text leaves in the quiet hours, and this must end whenever it is run.
        noon = (datetime.now(UTC) + timedelta(days=1)).replace(hour=10)
        fanout.fan_out(house, noon, policy=grid.POLICY)
        house.run("UPDATE messages SET status = 'accepted' WHERE channel = 'sms'")

    monkeypatch.setattr("bot.cli.watching.sleep", a_moment_later)
    own = str(only_campaign(run)["id"])
    done = run("campaign", "approve", own, "--by", "marta", "--watch")
    first, _, last = done.stdout.partition("-- waits\n")
    assert first.startswith("Approved: ")
    assert last.startswith(closing)


def test_a_language_that_lacks_is_said_at_once_and_can_be_added(
    run: Gaisma, house: Database
) -> None:
    grid.people(house, [1, 2])
    done = run("campaign", "announce", "--lv", "Slēgts.", "--all", "--by", "anna")
    part = str(only_campaign(run)["id"])[-8:]
    add = f'gaisma campaign text {part} --ru "..." --en "..."'
    assert done.exit_code == 0
    assert "! Cannot be approved yet: its text is missing in ru, en" in done.stderr
    assert add in done.stderr
    assert f"Next: {add}" in run("campaign", "preview", part).stdout
    assert "missing in ru, en" in run("campaign", "approve", part, "--by", "juris").stderr
    half = run("campaign", "text", part, "--ru", "Закрыто.", "--by", "juris")
    assert "missing in en;" in half.stderr
    assert "ru is there already" in run("campaign", "text", part, "--ru", "Нет.").stderr
    assert run("campaign", "text", part, "--en", "Closed.", "--by", "juris").stderr == ""
    assert only_campaign(run)["made_by"] == "anna + juris"
    assert "Next: gaisma campaign approve" in run("campaign", "preview", part).stdout
    assert run("campaign", "approve", part, "--by", "juris").exit_code == 0


def test_texts_are_added_to_drafts_of_own_words_only(run: Gaisma, house: Database) -> None:
    grid.people(house, [1])
    run("campaign", "announce", "--lv", "Slēgts.", "--ru", "Закрыто.", "--all", "--by", "anna")
    part = str(only_campaign(run)["id"])
    run("campaign", "stop", part)
    assert "no draft any more" in run("campaign", "text", part, "--en", "Closed.").stderr
