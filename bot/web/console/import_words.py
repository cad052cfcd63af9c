"""What was wrong with a line of a file, in the language of who loaded it."""

from __future__ import annotations

import re

from bot.importing import RowProblem
from bot.web.console.frame import t

# The sentences of `bot.importing` and `bot.network.plausible`, and the keys that say the same.
_FORMS = {
    "empty": r"it is empty",
    "too_long": r"it has (?P<count>\d+) characters",
    "fields": r"it has (?P<count>\d+) fields instead of (?P<wanted>\d+)",
    "eic_length": r"(?P<value>.+) has (?P<count>\d+) characters instead of 16",
    "eic_typo": r"(?P<value>.+) is mistyped \(.*",
    "unknown": r"(?P<value>.+) is unknown",
    "customer_number": r"(?P<value>.+) is no customer number",
    "postcode": r"(?P<value>.+) is no Latvian postcode",
    "coordinate": r"(?P<value>.+) is no coordinate",
    "number": r"(?P<value>.+) is no whole number",
    "time": r"(?P<value>.+) is no time",
    "zone": r"(?P<value>.+) has no time zone",
    "numbers": r"it is more than one number",
    "phone": r"(?P<value>.+) is no (?:existing )?phone number",
    "mobile": r"(?P<value>.+) is no mobile phone",
    "email": r"it is no e-mail address",
    "never": r"an? (?P<kind>\w+) outage is never (?P<state>\w+)",
    "no_end": r"planned works need an end",
    "end_first": r"it is not after starts_at",
    "two_places": r"(?P<value>.+) are filled in",
    "no_premises": r"there is no premises (?P<value>.+)",
    "none_known": r"none of them is known",
    "no_place": r"no premises has the \w+ (?P<value>.+)",
    "conflict": r"sequence (?P<number>\d+) of (?P<value>.+) came before with other content",
    "other_kind": r"(?P<value>.+) was loaded before as the other kind",
    "nowhere": r"it names no premises",
    "twice": r"the row is also on line (?P<line>\d+)",
    "differs": r"line (?P<line>\d+) says something else of the same",
    "no_customer": r"there is no customer (?P<value>.+)",
    "not_begun": r"what has not begun cannot be restored",
    "future_fault": r"an unplanned outage cannot begin in the future",
    "not_active": r"planned works that begin in the future are not active yet",
    "far_too_long": r"the works would take (?P<count>\d+) days, and (?P<most>\d+) is the most",
    "over": r"the works are over by then",
    "back": r"the power should be back since then",
    "long": r"the works take (?P<count>\d+) days",
    "far": r"the works begin over a year from now",
    "early": r"the works are active before their start",
    "past": r"the works begin in the past",
    "overlap": r"it overlaps with (?P<value>.+) at the same premises",
    "active_there": r"(?P<value>.+) (?:is|are) active at the same premises",
    "no_phone": r"no customer there has a phone that may be written to",
}
_KNOWN = {key: re.compile(form, re.DOTALL) for key, form in _FORMS.items()}


def problem_in_words(problem: RowProblem) -> str:
    """The reason and what to do; where no text says the same, as the command line says it."""
    for key, form in _KNOWN.items():
        if found := form.fullmatch(problem.reason):
            values = dict(found.groupdict())
            count = values.pop("count", None)
            more: dict[str, object] = dict(values)
            if count is not None:
                more["count"] = int(count)
            told = t(f"alerts.row.{key}", **more)
            left_out = problem.flagged and problem.field == "eics" and key != "active_there"
            return f"{told} {t('alerts.row.left_out')}" if left_out and key != "no_phone" else told
    return f"{problem.reason}. {problem.advice}"
