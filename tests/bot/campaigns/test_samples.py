"""E-mails and letters of a campaign, shown before it is approved."""

from __future__ import annotations

from bot.campaigns import rules as campaigns
from bot.campaigns.samples import Sample
from storage import Database
from tests.bot import grid, owing, ways
from tests.bot.campaigns.test_broadcasts import announce
from tests.bot.owing import NOW, POLICY, notice


def _debt_samples(database: Database, campaign_id: str, *, email: bool = True) -> list[Sample]:
    row = campaigns.find(database, campaign_id)
    seen = campaigns.look(database, row, NOW, POLICY, email=email, short_number="+37120009999")
    return seen.reach.samples


def _ways(found: list[Sample]) -> list[tuple[str, str, str]]:
    return [(each.channel, each.language, each.customer_number) for each in found]


def test_debt_letters_are_shown_in_every_language(database: Database) -> None:
    owing.owing(database, stage="second")
    made = notice(database, "disconnection")
    found = _debt_samples(database, made.campaign_id)
    assert _ways(found) == [
        ("email", "ru", "1000002"),
        ("letter", "en", "1000003"),
        ("letter", "lv", "1000001"),
        ("letter", "ru", "1000002"),
    ]
    assert all(each.document.subject for each in found)
    assert "R-3" in found[1].document.plain_text()
    assert "+37120009999" in found[1].document.plain_text()


def test_where_no_email_is_sent_its_reader_is_shown_a_letter(database: Database) -> None:
    owing.owing(database)
    made = notice(database, "first")
    found = _debt_samples(database, made.campaign_id, email=False)
    assert _ways(found) == [("letter", "en", "1000003"), ("letter", "ru", "1000002")]


def test_an_email_is_shown_in_the_language_of_its_address(database: Database) -> None:
    grid.people(database, [1, 2])
    for number in (1, 2):
        ways.lose_phone(database, number)
    ways.give_email(database, 1, language="ru")
    ways.give_email(database, 2, language="en")
    made = announce(database)
    seen = campaigns.look(database, campaigns.find(database, made), grid.NOW, grid.POLICY)
    assert _ways(seen.reach.samples) == [("email", "en", "C2"), ("email", "ru", "C1")]
