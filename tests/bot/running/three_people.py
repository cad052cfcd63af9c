"""Three people whom nothing that is written down may name, and how they would be found there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from intents.eic import make


@dataclass(frozen=True)
class Who:
    """One of the three, as the distributor knows them and as they write."""

    language: str
    name: str
    street: str
    phone: str
    email: str
    customer: str
    meter: str
    texts: tuple[str, ...]

    @property
    def local(self) -> str:
        return self.phone[4:]

    @property
    def words(self) -> tuple[str, ...]:
        """What of it would be found again, in whatever it stood."""
        surname, street = self.name.split()[-1], self.street.split()[0]
        return (surname, street, self.email, self.customer, self.meter, *MARKS[self.language])


# A word of each language that stands in all their texts, whatever these are about.
MARKS = {"lv": ("pūķēns",), "ru": ("дракоша",), "en": ("dragonling",)}
ZELMA = Who(
    "lv", "Zelma Zaļkalniņa", "Vārnēnu iela 7", "+37129123457", "zelma.z@drakons.example",
    "80077771", "77001231",
    ("Nav elektrības Vārnēnu ielā 7, Siguldā, pūķēns baidās", "1", "reģistrēties", "80077771",
     "77001239", "1231", "dzirksteļo vads pie Vārnēnu 7, pūķēns!", "kad būs gaisma? pūķēns",
     "mans epasts zelma.z@drakons.example, tel 29 123 457 pūķēns",
     "sūdzība: Zelma Zaļkalniņa nav apmierināta, pūķēns", "bērns uz aparāta, pūķēns",
     "aģents", "pūķēns raud", "STOP", "START"),
)  # fmt: skip
GLAFIRA = Who(
    "ru", "Глафира Соловушкина", "Stārķēnu iela 11", "+37126555446", "glafira.s@drakons.example",
    "80077772", "77001242",
    ("Нет света, Stārķēnu 11, дракоша боится", "да", "регистрация", "80077772", "1242",
     "искрит провод, дракоша!", "когда включат? дракоша", "оператор, дракоша",
     "мой телефон +371 26555446 дракоша", "жалоба: Соловушкина, дракоша", "СТОП", "START"),
)  # fmt: skip
WINIFRED = Who(
    "en", "Winifred Applebottomley", "Dzērvēnu iela 3", "+37122333449", "winnie.a@drakons.example",
    "80077773", "77001253",
    ("No power at Dzervenu 3, the dragonling is afraid", "yes", "register", "80077773", "1253",
     "sparks from a wire, dragonling!", "when is it back, dragonling", "agent, dragonling",
     "mail me at winnie.a@drakons.example, dragonling", "complaint: Applebottomley, dragonling",
     "STOP", "START"),
)  # fmt: skip
PEOPLE = (ZELMA, GLAFIRA, WINIFRED)
CROWD = 9  # more phones, each with another fault of the provider
AGENT_WORDS = "Dear Applebottomley, pūķēns, дракоша, dragonling: +371 29123457"


def eic_of(who: Who) -> str:
    return make(f"43Z0000{who.customer}")


def crowd(number: int) -> str:
    return f"+3712777700{number}"


@dataclass
class Needles:
    """Looks for what belongs to these people in anything that was written."""

    plain: tuple[str, ...] = field(
        default_factory=lambda: tuple(w.casefold() for who in PEOPLE for w in who.words)
    )
    numbers: tuple[str, ...] = field(
        default_factory=lambda: (*(w.local for w in PEOPLE), *(crowd(n)[4:] for n in range(CROWD)))
    )

    def within(self, text: str, *, customers: bool = False) -> list[str]:
        """Which of them stand in the text. `customers`: the numbers of customers may."""
        low = text.casefold()
        allowed = {who.customer for who in PEOPLE} if customers else set()
        found = [word for word in self.plain if word in low and word not in allowed]
        # A number is one however it is spelled; only signs that may stand inside are passed over.
        close = re.sub(r"(?<=\d)[ ().\-/\u00a0](?=\d)", "", low)
        return found + [each for each in self.numbers if each in low or each in close]
