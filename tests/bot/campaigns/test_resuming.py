"""Going on with a paused campaign, unless it is known to say something wrong."""

from __future__ import annotations

import pytest

from bot.campaigns import broadcasts
from bot.campaigns import rules as campaigns
from bot.campaigns.announced_preview import telling_again
from bot.campaigns.broadcasts import Words
from bot.campaigns.rules import CampaignRefused
from storage import Database
from tests.bot import grid

RIGHT = {"lv": "Otrādi.", "ru": "Наоборот.", "en": "The other way round."}


def half_told(database: Database) -> str:
    """Works told to one of two, when somebody sees that their text is wrong."""
    grid.people(database, [1, 2])
    grid.change(database, grid.WORKS)
    grid.approve(database, "planned_notice")
    grid.fan_out(database, grid.DUE)
    grid.provider_says(database, "delivered", now=grid.DUE, only=[grid.phone(1)])
    (row,) = database.all("SELECT id FROM campaigns WHERE kind = 'planned_notice'")
    return str(row["id"])


def correct(database: Database, wrong: str) -> str:
    return broadcasts.correct(database, wrong, Words(RIGHT, "anna", grid.DUE))


def resume(database: Database, part: str) -> None:
    database.transaction(lambda tx: campaigns.resume(tx, part, by="anna", now=grid.DUE))


def test_what_is_corrected_does_not_go_on_and_it_is_said_what_to_do(database: Database) -> None:
    wrong = half_told(database)
    made = correct(database, wrong)
    campaigns.approve(database, made, by="juris", now=grid.DUE, policy=grid.POLICY)
    with pytest.raises(CampaignRefused) as refused:
        resume(database, wrong)
    for part in (made[-8:], f"campaign stop {wrong[-8:]}", f"campaign redo {wrong[-8:]}"):
        assert part in str(refused.value)
    assert campaigns.find(database, wrong)["state"] == "paused"


def test_its_reminders_do_not_go_on_either(database: Database) -> None:
    wrong = half_told(database)
    campaigns.approve(
        database, correct(database, wrong), by="juris", now=grid.DUE, policy=grid.POLICY
    )
    (child,) = database.all("SELECT id, state FROM campaigns WHERE kind = 'reminder'")
    assert child["state"] == "paused"
    with pytest.raises(CampaignRefused, match="its text is wrong"):
        resume(database, child["id"])


def test_while_a_correction_is_a_draft_one_of_the_two_must_be_ended(database: Database) -> None:
    wrong = half_told(database)
    made = correct(database, wrong)
    with pytest.raises(CampaignRefused, match=f"campaign stop {made[-8:]}"):
        resume(database, wrong)
    campaigns.stop(database, made, by="anna", now=grid.DUE)
    resume(database, wrong)
    assert campaigns.find(database, wrong)["state"] == "sending"


def test_what_tells_again_depends_on_who_wrote_the_words(database: Database) -> None:
    wrong = half_told(database)
    made = correct(database, wrong)
    row = dict(campaigns.find(database, wrong))
    assert telling_again(row) == f"gaisma campaign redo {wrong[-8:]}"  # type: ignore[arg-type]
    assert telling_again({**row, "kind": "announcement"}) == "gaisma campaign announce"  # type: ignore[arg-type]
    correction = campaigns.find(database, made)
    assert telling_again(correction) == f"gaisma campaign correct {wrong[-8:]}"
