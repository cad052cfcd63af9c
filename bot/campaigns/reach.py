"""Which channels a campaign would take besides SMS, what they cost and until when they are in time.

Shown before approval by `bot.campaigns.preview`; nothing is changed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bot.campaigns.samples import CHANNELS, Look, Sample, samples
from bot.campaigns.when import deadline, letter_arrives, letter_deadline
from bot.policy import Policy
from storage import Row, Tx, debts, recipients
from storage.recipients import Terms
from storage.ways import ALSO_BY_LETTER, BY_CALL, ON_THE_SAME_WAY

LETTER_PAGES = 1  # of a notice


@dataclass(frozen=True)
class Reach:
    """E-mails and letters by language, and who is left.

    `sms` is None where every phone gets one. `calls`: customers who are rung up, as nothing reaches
    them or there is life support at home; `call_premises`: the calls, one for each premises of each
    of the works. `samples`: one of each channel and language.
    """

    sms: dict[str, int] | None
    email: dict[str, int]
    letter: dict[str, int]
    unreached: int
    calls: int
    by_letter: set[str]
    samples: list[Sample] = field(default_factory=list)
    call_premises: int = 0

    @property
    def emails(self) -> int:
        return sum(self.email.values())

    @property
    def letters(self) -> int:
        return sum(self.letter.values())

    def prices(self, policy: Policy) -> dict[str, float]:
        """In cents, by channel; a letter as one of a page in the country."""
        letter = (
            policy.prices_letter_cents
            + LETTER_PAGES * policy.prices_page_cents
            + policy.prices_postage_20g_cents
        )
        return {"email": self.emails * policy.prices_email_cents, "letter": self.letters * letter}


def reach(
    tx: Tx, row: Row, look: Look, *, email: bool = True
) -> Reach:  # fmt: skip
    """Who would get a campaign otherwise than by SMS, if it went out at the moment of `look`.

    `email` False: this installation sends none.
    """
    kind, soonest, policy = str(row["kind"]), look.now, look.policy
    terms = Terms(
        str(row["id"]), letter_arrives(soonest, policy), email, same_way=kind in ON_THE_SAME_WAY
    )
    counts = recipients.by_channel(tx, terms)
    if kind == "debt" and (besides := debts.letters_besides(tx, str(row["id"]), ALSO_BY_LETTER)):
        counts["letter"] = besides
    unreached = recipients.unreached(tx, terms)
    calls, call_premises = recipients.calls(tx, terms) if kind in BY_CALL else (0, 0)
    return Reach(
        sms=counts.get("sms", {}) if terms.same_way else None,
        email=counts["email"],
        letter=counts["letter"],
        unreached=unreached,
        calls=calls,
        call_premises=call_premises,
        by_letter=recipients.works_by_letter(tx, terms) if counts["letter"] else set(),
        samples=samples(tx, row, terms, [each for each in CHANNELS if counts[each]], look),
    )


def deadlines(
    starts_at: datetime, posted: datetime | None, policy: Policy, used: Reach
) -> dict[str, datetime]:
    """The last moment that keeps the law, by each channel that is used; a letter must be posted.

    `posted`: when the first works begin that anybody is told of by letter.
    """
    found = {"sms": deadline(starts_at, policy)}
    if used.emails:
        found["email"] = found["sms"]
    if posted is not None:
        found["letter"] = letter_deadline(posted, policy)
    return found
