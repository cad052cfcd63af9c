"""The policy: the rules that a distributor sets, read from policy.toml and checked at start."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from locales.alphabet import plain

RIGA = ZoneInfo("Europe/Riga")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]+")
ROLES = ("agent", "dispatcher", "operator", "administrator")  # of people of the console
IBAN_LV = 21  # characters of a Latvian one
MOST, MOST_DAYS = 1_000_000, 36_500  # of anything that is counted; what is longer has no date
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class PolicyError(Exception):
    """The policy file cannot be used; a sentence, one a line, says which key and what it may be."""


@dataclass(frozen=True, eq=False)  # one object a process: told apart, and hashed, by identity
class Policy:
    """All rules, flat: `section_key` of policy.toml. Hours are local times in Europe/Riga."""

    planned_notice_days: int
    planned_first_notice_days: tuple[int, int]
    planned_reminder_days: int
    planned_post_days: int
    planned_letter_days: int
    quiet_hours_start: time
    quiet_hours_end: time
    campaign_four_eyes_over: int
    campaign_require_different_login: bool
    campaign_canary_percent: float
    campaign_canary_min: int
    campaign_canary_wait_minutes: float
    campaign_pause_at_failed_percent: float
    campaign_segment_price_cents: float
    escalation_no_receipt_hours: float
    prices_email_cents: float
    prices_letter_cents: float
    prices_page_cents: float
    prices_postage_20g_cents: int
    prices_postage_50g_cents: int
    prices_postage_100g_cents: int
    prices_abroad_20g_cents: int
    prices_abroad_50g_cents: int
    prices_abroad_100g_cents: int
    letters_address: str
    letters_place_lv: str
    letters_place_ru: str
    letters_place_en: str
    text_lv: str
    text_ru: str
    text_en: str
    text_answers: str
    text_max_segments: int
    answers_per_hour: int
    answers_same_text: int
    answers_strangers_per_day: int
    answers_stranger_block_per_day: int
    registration_max_tries: int
    registration_lock_minutes: int
    registration_max_phones: int
    registration_number_tries_per_day: int
    registration_all_tries_per_hour: int
    registration_all_tries_per_day: int
    unplanned_time_change_minutes: int
    unplanned_next_word_minutes: int
    unplanned_overdue_minutes: int
    unplanned_long_outage_hours: int
    cluster_window_minutes: int
    cluster_still_dark_answers: int
    conversation_forget_minutes: int
    conversation_answer_minutes: int
    conversation_told_wait_minutes: int
    conversation_return_hours: float
    debt_written_days: int
    debt_last_warning_hours: int
    debt_pay_days: int
    debt_last_pay_days: int
    debt_payment_days: int
    debt_holidays: str
    payments_beneficiary: str
    payments_iban: str
    payments_bank: str
    complaint_answer_days: int
    outbox_lease_seconds: float
    outbox_lookup_gap_seconds: float
    outbox_max_tries: int
    outbox_call_timeout_seconds: float
    contact_safety_phone: str
    contact_fault_phone: str
    contact_service_phone: str
    contact_brand: str
    contact_brand_full: str
    console_idle_minutes: int
    console_session_hours: int
    console_max_tries: int
    console_max_tries_address: int
    console_lock_minutes: int
    console_given_password_hours: float
    console_two_steps_for: str
    console_two_steps_days: int
    api_requests_per_minute: int
    retention_conversations: int
    retention_messages: int
    retention_receipts: int
    retention_reports: int
    retention_complaints: int
    retention_debts: int
    retention_notices: int
    retention_consents: int
    retention_sessions: int
    retention_tokens: int
    retention_audit: int
    opening_hours: dict[int, tuple[time, time]] = field(default_factory=dict)  # weekday -> hours

    def text_mode(self, language: str) -> str:
        """'plain' or 'full': how alerts in this language are spelled."""
        return str(getattr(self, f"text_{language}", "full"))

    @cached_property
    def pay_to(self) -> str:
        """The account that debts are paid to, as people read it: the IBAN in groups of four, and
        the bank. '' where it or who owns it is not set."""
        if not (self.payments_iban and self.payments_beneficiary):
            return ""
        iban = " ".join(re.findall(".{1,4}", self.payments_iban))
        return ", ".join(filter(None, (iban, self.payments_bank)))

    @cached_property
    def brand_in_answers(self) -> str:
        """The brand with its marks, unless only `brand` was set to another name."""
        same = plain(self.contact_brand_full) == plain(self.contact_brand)
        return self.contact_brand_full if same else self.contact_brand

    def agents_until(self, now: datetime) -> datetime | None:
        """When the agents who are at work now go home; None when nobody is."""
        local = now.astimezone(RIGA)
        hours = self.opening_hours.get(local.weekday())
        if hours is None or not hours[0] <= local.time() < hours[1]:
            return None
        return local.replace(hour=hours[1].hour, minute=hours[1].minute, second=0, microsecond=0)

    def agents_from(self, now: datetime) -> datetime | None:
        """When agents are back; None when they are at work or never are."""
        if self.agents_until(now) is not None:
            return None
        local = now.astimezone(RIGA)
        for ahead in range(8):
            day = (local + timedelta(days=ahead)).date()
            hours = self.opening_hours.get(day.weekday())
            if hours is not None:
                opens = datetime.combine(day, hours[0], RIGA)
                if opens > now:
                    return opens
        return None

    def after_quiet_hours(self, at: datetime) -> datetime:
        """`at`, or the end of the quiet hours in which it falls."""
        start, end = self.quiet_hours_start, self.quiet_hours_end
        local = at.astimezone(RIGA)
        clock = local.time()
        over_midnight = start > end
        quiet = (clock >= start or clock < end) if over_midnight else start <= clock < end
        if start == end or not quiet:
            return at
        day = local.date()
        if over_midnight and clock >= start:
            day += timedelta(days=1)
        return datetime.combine(day, end, RIGA).astimezone(at.tzinfo)


class UnreadableError(Exception):
    """Why a TOML file cannot be read, in words for who wrote it."""


def read_toml(path: str | Path) -> dict[str, Any]:
    """A file that a person wrote, with or without the mark that Windows puts before UTF-8.

    Raises UnreadableError.
    """
    try:
        return tomllib.loads(Path(path).read_text("utf-8-sig"))
    except OSError as error:
        raise UnreadableError(f"{error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UnreadableError("it is not in UTF-8; save it as that.") from error
    except tomllib.TOMLDecodeError as error:
        raise UnreadableError(f"{error}.") from error


def read_policy(path: str = "") -> Policy:
    """The shipped policy, with the keys of the file at `path` in their place.

    Raises PolicyError when the file cannot be read, or with a line for each key that is unknown
    or of the wrong kind.
    """
    shipped = tomllib.loads(resources.files("bot").joinpath("policy.toml").read_text("utf-8"))
    own: dict[str, Any] = {}
    if path:
        try:
            own = read_toml(path)
        except UnreadableError as error:
            raise PolicyError(f"The policy file {path} cannot be read: {error}") from error
    values: dict[str, Any] = {}
    wrong: list[str] = []
    for section, keys in shipped.items():
        given = own.pop(section, {})
        if not isinstance(given, dict):
            wrong.append(f"{section} in the policy is {given!r}; write a table, [{section}].")
        elif section == "opening_hours":
            values[section] = _opening_hours(given or keys, wrong)
        else:
            values |= _section(section, given, keys, wrong)
    if own:
        wrong.append(_unknown("the file", own))
    if wrong:
        raise PolicyError("\n".join(wrong))
    return Policy(**values)


def _section(
    section: str, given: dict[str, Any], keys: dict[str, Any], wrong: list[str]
) -> dict[str, Any]:
    """The values of a table; what is wrong with it is added to `wrong`."""
    values: dict[str, Any] = {}
    for key, default in keys.items():
        try:
            values[f"{section}_{key}"] = _value(section, key, given.get(key, default), default)
        except PolicyError as error:
            wrong.append(str(error))
    if strange := given.keys() - keys.keys():
        wrong.append(_unknown(f"[{section}]", strange))
    return values


def _value(section: str, key: str, value: Any, default: Any) -> Any:
    where = f"[{section}] {key} in the policy"
    if section == "quiet_hours":
        return _clock(where, value)
    if section == "text" and key != "max_segments" and value not in ("plain", "full"):
        raise PolicyError(f'{where} is {value!r}; it can be "plain" or "full".')
    if isinstance(default, list):
        good = isinstance(value, list) and len(value) == 2 and all(type(n) is int for n in value)
        if not good or value[0] < value[1] or value[1] < 0:
            raise PolicyError(f"{where} is {value!r}; write two whole numbers, such as [10, 6].")
        return tuple(value)
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise PolicyError(f"{where} is {value!r}; write true or false.")
        return value
    if section == "payments":
        return _payment(where, key, value)
    if isinstance(default, str):
        if key == "two_steps_for":
            return _roles(where, value)
        if not isinstance(value, str) or not value.strip():
            raise PolicyError(f"{where} is {value!r}; write a text in quotes.")
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise PolicyError(f"{where} is {value!r}; write a number that is not negative.")
    most = MOST_DAYS if section == "retention" or key.endswith("days") else MOST
    if not value <= most:  # nan is neither more nor less
        raise PolicyError(f"{where} is {value!r}; write a number up to {most:,}.")
    return value


def _roles(where: str, value: Any) -> str:
    """Roles of the console with a space between; '' for nobody."""
    named = value.split() if isinstance(value, str) else []
    if named == ["nobody"]:
        return ""
    if not named or not set(named) <= set(ROLES):
        raise PolicyError(f'{where} is {value!r}; write "nobody", or some of: {" ".join(ROLES)}.')
    return " ".join(named)


def _payment(where: str, key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise PolicyError(f"{where} is {value!r}; write a text in quotes.")
    if key != "iban" or not value.strip():
        return value.strip()
    iban = "".join(value.split()).upper()
    if not is_iban(iban):
        raise PolicyError(
            f"{where} is {value!r}, which is no IBAN: its check digits do not fit, or something "
            "is missing. Copy it from the bank's own papers."
        )
    return iban


def is_iban(text: str) -> bool:
    """Whether letters and digits without spaces are an IBAN; ISO 13616: modulo 97.

    >>> is_iban("GB29NWBK60161331926819"), is_iban("GB29NWBK60161331926891")
    (True, False)
    """
    long_enough = len(text) == IBAN_LV if text.startswith("LV") else 15 <= len(text) <= 34
    if not (long_enough and _IBAN.fullmatch(text)):
        return False
    return int("".join(str(int(sign, 36)) for sign in text[4:] + text[:4])) % 97 == 1


def _opening_hours(days: dict[str, Any], wrong: list[str]) -> dict[int, tuple[time, time]]:
    hours = {}
    for day, text in days.items():
        try:
            hours[_weekday(day)] = _from_to(f"[opening_hours] {day} in the policy", text)
        except PolicyError as error:
            wrong.append(str(error))
    return hours


def _weekday(day: str) -> int:
    if day not in DAYS:
        where = f"[opening_hours] {day} in the policy"
        raise PolicyError(f"{where} is no day; the days are {', '.join(DAYS)}.")
    return DAYS.index(day)


def _from_to(where: str, text: Any) -> tuple[time, time]:
    first, dash, last = str(text).partition("-")
    opens, closes = _clock(where, first.strip()), _clock(where, last.strip())
    if not dash or opens >= closes:
        raise PolicyError(f'{where} is {text!r}; write "08:00-20:00".')
    return opens, closes


def _clock(where: str, text: Any) -> time:
    try:
        return datetime.strptime(str(text), "%H:%M").time()  # noqa: DTZ007 - a clock, no moment
    except ValueError as error:
        raise PolicyError(f'{where} is {text!r}; write hours and minutes, "21:00".') from error


def _unknown(where: str, left: Iterable[str]) -> str:
    return f"{where} of the policy has unknown keys: {', '.join(sorted(left))}."
