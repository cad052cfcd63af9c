"""`gaisma campaign`."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.campaigns.fanout import fan_out
from storage import Database
from tests.bot.grid import POLICY, people
from tests.cli.conftest import Gaisma

pytestmark = pytest.mark.both

ADD = ("outage", "add", "--kind", "planned", "--starts", "2030-12-12 09:00", "--ends",
       "2030-12-12 15:00", "--transformer", "T1", "--by", "anna")  # fmt: skip


@pytest.fixture
def draft(run: Gaisma, house: Database) -> str:
    """The short id of a planned notice for two customers, made by anna."""
    people(house, [1])
    people(house, [2], language="ru")
    assert run(*ADD).exit_code == 0
    return next(row["id"] for row in listed(run) if row["kind"] == "planned_notice")[-8:]


def listed(run: Gaisma) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(run("campaign", "list", "--json").stdout)
    return rows


def states(run: Gaisma) -> dict[str, str]:
    return {row["kind"]: row["state"] for row in listed(run)}


def test_the_list_has_the_keys_that_programs_read(run: Gaisma, draft: str) -> None:
    row = next(row for row in listed(run) if row["id"].endswith(draft))
    wanted = {"kind": "planned_notice", "state": "draft", "recipients": 2, "made_by": "anna"}
    assert {key: row[key] for key in wanted} == wanted
    assert {"id", "made_at", "approved_by", "title", "deadline", "due"} <= row.keys()
    assert draft in run("campaign", "list").stdout


def test_an_empty_list_says_where_campaigns_come_from(run: Gaisma) -> None:
    assert "gaisma import outages" in run("campaign", "list").stdout


def test_the_preview_shows_languages_price_deadline_and_texts(run: Gaisma, draft: str) -> None:
    result = run("campaign", "preview", draft)
    assert "Recipients: 2; SMS: 2 (lv 1, ru 1)" in result.stdout
    assert "Segments: 3, price: 0.15 EUR" in result.stdout
    assert "Legal deadline: 2030-12-07 09:00, kept if approved now" in result.stdout
    assert "Sadales tikls: planoti darbi" in result.stdout
    assert "Sadales tikls: плановые работы" in result.stdout
    assert f"Next: gaisma campaign approve {draft} --by NAME" in result.stdout
    seen = json.loads(run("campaign", "preview", draft, "--json").stdout)
    channels = {"sms": 2, "email": 0, "letter": 0, "none": 0}
    assert (seen["messages"], seen["channels"]) == (2, channels)
    assert states(run)["planned_notice"] == "draft"


def test_the_preview_points_at_a_reason_that_some_readers_are_not_told(
    run: Gaisma, house: Database
) -> None:
    people(house, [1])
    people(house, [2], language="ru")
    run(*ADD, "--reason", "Salas ielas rakumi")
    part = next(row["id"] for row in listed(run) if row["kind"] == "planned_notice")
    told = run("campaign", "preview", part).stdout
    assert "! The reason 'Salas ielas rakumi' is left out in ru." in told
    house.run("UPDATE outages SET reason = 'Stiprs sals'")
    told = run("campaign", "preview", part).stdout
    assert "left out" not in told and "Причина: мороз" in told


def test_a_campaign_nobody_would_get_is_pointed_at(run: Gaisma, house: Database) -> None:
    people(house, [1])
    house.run("DELETE FROM contacts")
    house.run("UPDATE customers SET postal_address = ''")
    house.run("UPDATE premises SET address = ''")
    run(*ADD)
    part = next(row["id"] for row in listed(run) if row["kind"] == "planned_notice")
    assert "! Nobody would get it" in run("campaign", "preview", part).stdout
    result = run("campaign", "approve", part, "--by", "juris")
    assert "0 SMS to 1 recipient; no channel open: 1." in result.stdout


def test_approving_takes_the_reminders_along_and_twice_changes_nothing(
    run: Gaisma, draft: str
) -> None:
    result = run("campaign", "approve", draft, "--by", "juris")
    assert "Approved: 2 SMS to 2 recipients. The first go at 2030-12-02 09:00." in result.stdout
    assert states(run) == {"planned_notice": "approved", "reminder": "approved"}
    again = run("campaign", "approve", draft, "--by", "zane")
    assert again.exit_code == 0
    assert "was approved before, by juris" in again.stdout


def test_four_eyes_are_asked_for(run: Gaisma, house: Database) -> None:
    people(house, range(1, 52))
    run(*ADD)
    part = next(row["id"] for row in listed(run) if row["kind"] == "planned_notice")
    result = run("campaign", "approve", part, "--by", "anna")
    assert result.exit_code == 1
    assert "another person must approve it" in result.stderr
    assert run("campaign", "approve", part, "--by", "juris").exit_code == 0


def test_pause_resume_stop_and_report(run: Gaisma, draft: str) -> None:
    run("campaign", "approve", draft, "--by", "juris")
    assert f"gaisma campaign resume {draft}" in run("campaign", "pause", draft).stdout
    assert set(states(run).values()) == {"paused"}
    assert "goes on (approved)" in run("campaign", "resume", draft).stdout
    assert "Stopped; 4 notices taken back" in run("campaign", "stop", draft).stdout
    assert set(states(run).values()) == {"stopped"}
    counted = json.loads(run("campaign", "report", draft, "--json").stdout)
    assert (counted["notices"], counted["messages"]) == ({"withdrawn": 2}, {})
    assert "is stopped; there is nothing to stop." in run("campaign", "stop", draft).stderr
    redo = f"To tell it after all: gaisma campaign redo {draft}"
    assert redo in run("campaign", "approve", draft, "--by", "x").stderr
    assert redo in run("campaign", "resume", draft).stderr


def test_stop_all_is_seen_and_taken_back(run: Gaisma, house: Database, draft: str) -> None:
    run("campaign", "approve", draft, "--by", "juris")
    assert "All sending is stopped" in run("campaign", "stop", "--all").stdout
    assert "resume --all" in run("campaign", "list").stderr
    assert "Sending goes on" in run("campaign", "resume", "--all").stdout
    assert "resume --all" not in run("campaign", "list").stderr


def test_the_report_counts_messages(run: Gaisma, house: Database) -> None:
    people(house, [1])
    run("outage", "add", "--kind", "unplanned", "--transformer", "T1")
    assert fan_out(house, datetime.now(UTC), policy=POLICY) == 1
    part = listed(run)[0]["id"]
    assert "SMS" in run("campaign", "report", part).stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("preview", "nothere"), "there is no campaign 'nothere'"),
        (("stop",), "name one campaign, or --all"),
        (("pause", "0"), "is too short; type at least 4 signs"),
    ],
)
def test_an_id_that_names_no_campaign_is_said_so(
    run: Gaisma, draft: str, words: tuple[str, ...], sentence: str
) -> None:
    assert sentence in run("campaign", *words).stderr


@pytest.mark.parametrize("name", ["", "  ", "42", "-"])
def test_a_name_of_who_acts_has_letters(run: Gaisma, draft: str, name: str) -> None:
    for words in (("approve", draft), ("pause", draft), ("stop", "--all")):
        result = run("campaign", *words, "--by", name)
        assert result.exit_code == 2
        assert "is no name; write who does it" in result.stderr
    assert run("moratorium", "on", "--reason", "r", "--by", name).exit_code == 2
    assert states(run)["planned_notice"] == "draft"


def test_four_eyes_see_through_spaces_and_capitals(run: Gaisma, house: Database) -> None:
    people(house, range(1, 52))
    run(*ADD[:-1], " Anna  Kalna ")
    part = next(row["id"] for row in listed(run) if row["kind"] == "planned_notice")
    result = run("campaign", "approve", part, "--by", "anna kalna")
    assert "another person must approve it" in result.stderr


def test_late_works_say_the_whole_command(run: Gaisma, house: Database) -> None:
    people(house, [1])
    starts = datetime.now(UTC) + timedelta(days=2)
    run("outage", "add", "--kind", "planned", "--transformer", "T1", "--starts",
        starts.isoformat(), "--ends", (starts + timedelta(hours=2)).isoformat())  # fmt: skip
    part = next(row["id"] for row in listed(run) if row["kind"] == "planned_notice")[-8:]
    whole = f'gaisma campaign approve {part} --by NAME --reason "..."'
    assert f"Next: {whole}" in run("campaign", "preview", part).stdout
    assert whole in run("campaign", "approve", part, "--by", "juris").stderr


def test_stopped_works_can_be_announced_after_all(run: Gaisma, draft: str) -> None:
    stopped = run("campaign", "stop", draft).stdout
    assert f"To tell it after all: gaisma campaign redo {draft}" in stopped
    again = run("campaign", "redo", draft, "--by", "anna").stdout
    assert "planned_notice: 2 recipients, draft. Next: gaisma campaign preview " in again
    assert "reminder: 2 recipients, draft. It is approved with its notices." in again
    assert "nobody is left to be told" in run("campaign", "redo", draft).stderr
    part = next(row["id"] for row in listed(run) if row["state"] == "draft")
    assert "is draft; only a stopped one is made again" in run("campaign", "redo", part).stderr


def test_every_act_on_a_campaign_answers_programs(run: Gaisma, draft: str) -> None:
    def act(*words: str) -> Any:
        result = run("campaign", *words, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    assert act("approve", draft, "--by", "juris")["state"] == "approved"
    assert act("pause", draft)["state"] == "paused"
    assert act("resume", draft)["state"] == "approved"
    stopped = act("stop", draft)
    assert (stopped["state"], stopped["taken_back"]) == ("stopped", 4)
    assert [row["kind"] for row in act("redo", draft)] == ["planned_notice", "reminder"]
    assert act("stop", "--all") == {"sending_stopped": True, "campaigns": 0, "taken_back": 0}
    assert act("resume", "--all") == {"sending_stopped": False}


# --- all that was stopped -------------------------------------------------------------------


@pytest.fixture
def all_stopped(run: Gaisma, house: Database, draft: str) -> None:
    """Two campaigns with their reminders, ended by `stop --all`."""
    people(house, [3], transformer="T2")
    run(*[word.replace("T1", "T2") for word in ADD])
    for row in listed(run):
        if row["kind"] == "planned_notice":
            run("campaign", "approve", row["id"], "--by", "juris")
    assert "4 campaigns ended" in run("campaign", "stop", "--all").stdout
    assert "gaisma campaign redo --all" in run("campaign", "resume", "--all").stdout


def test_all_that_was_stopped_is_shown_asked_about_and_made_again(
    run: Gaisma, house: Database, all_stopped: None
) -> None:
    before = len(listed(run))
    asked = run("campaign", "redo", "--all")
    assert asked.exit_code == 1 and len(listed(run)) == before
    assert "Make 2 campaigns (3 recipients not told) again? [y/N]" in asked.stdout
    done = run("campaign", "redo", "--all", "--yes", "--by", "anna")
    assert "planned_notice: 3 recipients, draft. Next: gaisma campaign preview" in done.stdout
    drafts = [row for row in listed(run) if row["state"] == "draft"]
    assert sorted((row["kind"], row["recipients"]) for row in drafts) == [
        ("planned_notice", 3), ("reminder", 3),
    ]  # fmt: skip
    again = run("campaign", "redo", "--all", "--yes")
    assert "nothing was stopped since" in again.stderr


def test_redo_all_takes_a_time_and_says_what_it_needs(run: Gaisma, all_stopped: None) -> None:
    def redo(*words: str) -> str:
        return run("campaign", "redo", *words).stderr

    assert "nothing was stopped since 2031-01-01 00:00" in redo(
        "--all", "--stopped-since", "2031-01-01"
    )
    assert "--stopped-since goes with --all" in redo("x", "--stopped-since", "2031-01-01")
    assert "say --yes" in redo("--all", "--json")
    assert "name one campaign, or --all" in redo()
    assert len(json.loads(run("campaign", "redo", "--all", "--json", "--yes").stdout)) == 2


def test_without_a_stop_of_all_redo_all_needs_a_time(run: Gaisma, house: Database) -> None:
    assert "never stopped here; say --stopped-since" in run("campaign", "redo", "--all").stderr


def test_empty_campaigns_are_left_out_of_the_list_and_counted(run: Gaisma, draft: str) -> None:
    run("campaign", "stop", draft)
    assert (
        "2 empty campaigns left out: gaisma campaign list --all" in run("campaign", "list").stdout
    )
    assert draft in run("campaign", "list", "--all").stdout
    assert len(listed(run)) == 2
