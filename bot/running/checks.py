"""What `gaisma doctor` looks at: each check is short, ends by itself, and says what to do.

`ok`: all is well. `mend`: something does not work, or soon will not. `note`: worth knowing.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.policy import PolicyError, read_policy
from bot.settings import ENVIRONMENT, Settings, look_over, misspelt

OK, MEND, NOTE = "ok", "mend", "note"
SECONDS = 6.0  # longer than any question's own limit


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at, and what to do when it is not well."""

    what: str
    state: str
    says: str

    @property
    def good(self) -> bool:
        """Whether nothing has to be mended."""
        return self.state != MEND


Look = Callable[[Settings], Iterator[Check]]


def check_all() -> Iterator[Check]:
    """Everything, one after the other; what hangs on a wrong setting is named and left out."""
    settings, wrong = look_over()
    for sentence in wrong:
        yield Check("settings", MEND, sentence)
    yield from _misspelt()
    if not wrong:
        yield Check("settings", OK, f"the provider is {settings.sms_provider}")
    yield from _of_files(settings)
    # Loaded here: what asks providers takes half a second to load.
    from bot.running import checks_data, checks_net

    for what, look in checks_data.LOOKS:
        yield from bounded(what, look, settings)
    blamed = set(re.findall(r"[A-Z]+(?:_[A-Z]+)+", " ".join(wrong)))
    for what, look, needed in checks_net.LOOKS:
        if found := sorted(blamed & {ENVIRONMENT[name] for name in needed}):
            yield Check(what, NOTE, f"not looked at until {' and '.join(found)} can be used")
        else:
            yield from bounded(what, look, settings)


def _misspelt() -> Iterator[Check]:
    """A setting written wrongly is passed over in silence by everybody else."""
    for name, near in misspelt():
        if near:
            yield Check("settings", MEND, f"{name} is no setting; {near} is meant?")
        else:
            yield Check("settings", NOTE, f"{name} is no setting of Gaisma and does nothing")


def bounded(what: str, look: Look, settings: Settings, seconds: float = SECONDS) -> list[Check]:
    """What a look finds; a sentence when it does not end, or fails in a way nobody thought of."""
    found: list[Check] = []
    failed: list[str] = []

    def work() -> None:
        try:
            found.extend(look(settings))
        except Exception as error:  # noqa: BLE001 - a doctor that falls ill says so
            failed.append(type(error).__name__)

    # A name that the net does not resolve can keep a thread for a minute; it ends with us.
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        return [*found, Check(what, MEND, f"no answer within {seconds:.0f} seconds")]
    if failed:
        return [*found, Check(what, MEND, f"it could not be looked at: {failed[0]}")]
    return found


def _of_files(settings: Settings) -> Iterator[Check]:
    yield _keys(settings)
    yield from _policy(settings)
    yield from bounded("texts", _texts, settings)
    yield from bounded("typeface", _typeface, settings)
    yield from bounded("time zone", _zone, settings)


def _keys(settings: Settings) -> Check:
    if settings.secret_keys:
        short = [key for key in settings.secret_keys if len(key) < 16]
        if short:
            return Check("secret key", MEND, "a key in GAISMA_SECRET_KEY is shorter than 16 signs")
        return Check("secret key", OK, "set")
    if settings.sms_provider == "sandbox":
        return Check("secret key", OK, "one is made at each start, which is fine for a trial")
    return Check(
        "secret key",
        MEND,
        "GAISMA_SECRET_KEY is not set, so all sign-ins end at each restart. "
        'Make one: python3 -c "import secrets; print(secrets.token_hex(32))"',
    )


def _policy(settings: Settings) -> Iterator[Check]:
    from bot.debts.days import holidays  # read where a day is asked about, and not before

    try:
        holidays(datetime.now(UTC).year, read_policy(settings.policy).debt_holidays)
    except PolicyError as error:
        yield from (Check("policy", MEND, sentence) for sentence in str(error).splitlines())
    else:
        yield Check("policy", OK, settings.policy or "as shipped")


def _texts(settings: Settings) -> Iterator[Check]:
    from locales.catalogue import gaps

    found = gaps()
    if found:
        yield Check("texts", MEND, f"{len(found)} gap(s), the first: {found[0]}")
    else:
        yield Check("texts", OK, "complete in lv, ru and en, with all forms and placeholders")


# By code, so that no letters of customers are in the program: Latvian; then Russian, a dash, a
# quotation mark and the sign of money.
_LATVIAN = (
    0x100, 0x101, 0x10C, 0x10D, 0x112, 0x113, 0x122, 0x123, 0x12A, 0x12B, 0x136, 0x137, 0x13B,
    0x13C, 0x145, 0x146, 0x160, 0x161, 0x16A, 0x16B, 0x17D, 0x17E,
)  # fmt: skip
_CODES = (*_LATVIAN, *range(0x410, 0x450), 0x401, 0x451, 0x2013, 0x201E, 0x20AC)


def _typeface(settings: Settings) -> Iterator[Check]:
    try:
        from bot.letters.typeface import font

        lost = {
            chr(code)
            for face in ("regular", "bold")
            for code in _CODES
            if code not in font(face).face.charToGlyph
        }
    except (OSError, ImportError, KeyError):
        yield Check("typeface", MEND, "the typeface of letters is missing; install anew: ./run")
        return
    if lost:
        yield Check("typeface", MEND, f"the typeface of letters lacks: {' '.join(sorted(lost))}")
    else:
        yield Check("typeface", OK, "letters can show all signs of the three languages")


def _zone(settings: Settings) -> Iterator[Check]:
    from bot.policy import RIGA

    try:
        hours = [datetime(2026, month, 1, 12, tzinfo=UTC).astimezone(RIGA).hour for month in (1, 7)]
    except (KeyError, ValueError):
        hours = []
    if hours == [14, 15]:
        yield Check("time zone", OK, "Europe/Riga, with summer time")
    else:
        yield Check("time zone", MEND, "the data of Europe/Riga are wrong; install tzdata anew")
