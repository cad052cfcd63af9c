"""One field of a row at a time: what is meant, or why it cannot be that."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import phonenumbers

from bot.importing.report import RowRefused
from bot.network.plausible import eic_fault
from bot.privacy import mask
from locales.alphabet import one_line
from locales.catalogue import LANGUAGES
from storage.database import stamp

Values = dict[str, Any]
_POSTCODE = re.compile(r"(?:LV)?[-\s]?(\d{4})", re.IGNORECASE)
_CUSTOMER_NUMBER = re.compile(r"(?=.*[0-9])[0-9A-Za-z]{2,12}")
_EMAIL = re.compile(r"[^\s@,;<>\"]+@(?:[^\s@.,;<>\"]+\.)+[^\s@.,;<>\"]{2,}")
_NUMBER_TYPES = (
    phonenumbers.PhoneNumberType.MOBILE,
    phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
)
_YEARS = range(1990, 2200)
_LONGEST = 500  # characters of any field; longer is a slip of the file, not an address


def text(fields: dict[str, str], name: str, *, needed: bool = True, longest: int = _LONGEST) -> str:
    """A text on one line, without what nobody sees or a terminal obeys; with `needed` not empty."""
    value = one_line(fields[name])
    if needed and not value:
        raise RowRefused(name, "it is empty", "Fill it in.")
    if len(value) > longest:
        raise RowRefused(name, f"it has {len(value)} characters", f"At most {longest} fit.")
    return value


def choice(fields: dict[str, str], name: str, choices: tuple[str, ...]) -> str:
    """One of a few words."""
    value = fields[name].lower()
    if value not in choices:
        raise RowRefused(name, f"{fields[name]!r} is unknown", f"Write {' or '.join(choices)}.")
    return value


def language(fields: dict[str, str]) -> str:
    """lv, ru or en."""
    return choice(fields, "language", LANGUAGES)


def customer_number(fields: dict[str, str]) -> str:
    """What a customer can type in an SMS: letters and digits, at least one of them a digit."""
    value = text(fields, "customer_number")
    if not _CUSTOMER_NUMBER.fullmatch(value):
        raise RowRefused(
            "customer_number", f"{value!r} is no customer number",
            "Write 2 to 12 digits or letters, at least one a digit, without spaces and signs.",
        )  # fmt: skip
    return value


def postcode(fields: dict[str, str]) -> str:
    """'LV-1010', also from '1010' and 'lv1010'; a foreign one is kept as it is."""
    value = text(fields, "postcode", needed=False)
    found = _POSTCODE.fullmatch(value)
    return f"LV-{found[1]}" if found else value


def latvian_postcode(fields: dict[str, str]) -> str:
    """The postcode of premises: always there, and 'LV-1010'."""
    text(fields, "postcode")
    value = postcode(fields)
    if not value.startswith("LV-"):
        raise RowRefused("postcode", f"{value!r} is no Latvian postcode", "Write it as LV-1010.")
    return value


def eic(fields: dict[str, str]) -> str:
    """An EIC with the right check character."""
    value = fields["eic"].upper()
    if why := eic_fault(value):
        raise RowRefused("eic", why, "Compare it with the contract or the meter.")
    return value


def flag(fields: dict[str, str], name: str) -> int:
    """0 or 1."""
    return int(choice(fields, name, ("0", "1")))


def coordinate(fields: dict[str, str], name: str, limit: float) -> float | None:
    """Degrees, or None for an empty field."""
    value = fields[name]
    if not value:
        return None
    try:
        degrees = float(value)
    except ValueError:
        degrees = limit * 2
    if not -limit <= degrees <= limit:
        raise RowRefused(name, f"{value!r} is no coordinate", "Write degrees, such as 56.95.")
    return degrees


def whole_number(fields: dict[str, str], name: str) -> int:
    """A whole number that is not negative."""
    value = fields[name]
    if not value.isascii() or not value.isdigit() or len(value) > 15:
        raise RowRefused(name, f"{value!r} is no whole number", "Write 1, 2, 3 and so on.")
    return int(value)


def time(fields: dict[str, str], name: str) -> datetime | None:
    """A moment with its zone; None for an empty field."""
    value = fields[name]
    if not value:
        return None
    try:
        found = datetime.fromisoformat(value)
        if found.tzinfo is not None:
            stamp(found)  # a year that UTC does not have
    except (ValueError, OverflowError) as error:
        raise RowRefused(
            name, f"{value!r} is no time", "Write it as 2026-12-12T09:00:00+02:00."
        ) from error
    if found.tzinfo is None:
        raise RowRefused(
            name, f"{value!r} has no time zone", "Add it: 2026-12-12T09:00:00+02:00, or Z for UTC."
        )
    if found.year not in _YEARS:
        raise RowRefused(name, f"the year {found.year} cannot be meant", "Correct the year.")
    return found


def contact_value(fields: dict[str, str], kind: str) -> str:
    """A mobile phone in E.164 (Latvian without a country code) or an e-mail address."""
    return _mobile(fields["value"]) if kind == "mobile" else _email(fields["value"])


def _mobile(value: str) -> str:
    advice = "Write it as +37120000001."
    if ";" in value or "," in value:
        # The library would take the first and drop the rest without a word.
        raise RowRefused("value", "it is more than one number", "Give each a row of its own.")
    try:
        number = phonenumbers.parse(value, "LV")
    except phonenumbers.NumberParseException as error:
        raise RowRefused("value", f"{_hidden(value)} is no phone number", advice) from error
    if not phonenumbers.is_valid_number(number):
        raise RowRefused("value", f"{_hidden(value)} is no existing phone number", advice)
    if phonenumbers.number_type(number) not in _NUMBER_TYPES:
        raise RowRefused(
            "value", f"{_hidden(value)} is no mobile phone", "Only a mobile phone gets an SMS."
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _email(value: str) -> str:
    if not _EMAIL.fullmatch(value):
        raise RowRefused("value", "it is no e-mail address", "Write it as name@example.lv.")
    return value.lower()


def _hidden(value: str) -> str:
    """Enough of a number to know it in the file, too little to keep it in a log."""
    return repr(mask(value))
