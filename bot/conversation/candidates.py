"""Examples to learn from: noted when somebody says what a text meant, decided on by a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rapidfuzz import fuzz, process

from bot.conversation.learning import accepted, load_taught
from bot.policy import Policy
from bot.service import Service
from intents.danger import find_danger
from intents.exact import reserved
from intents.fold import fold
from intents.model import LANGUAGES
from intents.phrases import Phrase, load_phrases
from intents.scrub import LONGEST, scrub
from intents.understanding import Recogniser, taught_recogniser
from locales.alphabet import clean
from storage import Database, Row, Tx, candidates, contacts, customers, talked
from storage.database import audit

_SHOWN = (
    "id", "language", "intent", "text", "times", "source", "first_at", "last_at", "message_id",
)  # fmt: skip
_NEAREST = 3  # examples shown beside a candidate
LAST = "last"  # the latest text of a phone
_LATELY = timedelta(days=7)  # within which an agent's word can be about a text
_SHORTEST_KEY = 4
_ANSWERS = ("yes", "no", "choice")  # to a question: they say nothing by themselves
# As near as this to a phrase with another meaning, one of both must be wrong.
_NEAR = 97.0


class CandidateRefused(Exception):
    """It cannot be done; the sentence says why and what to do instead.

    `why` names the reason for who shows it in other words, with the `values` that those need.
    """

    def __init__(self, sentence: str, why: str = "", **values: str) -> None:
        super().__init__(sentence)
        self.why, self.values = why, values


@dataclass(frozen=True, slots=True)
class Said:
    """A text, and what somebody said that it meant. `source`: candidates.CUSTOMER or AGENT."""

    message_id: str
    phone: str
    text: str
    language: str
    intent: str
    source: str


def note(tx: Tx, said: Said, recogniser: Recogniser, now: datetime) -> bool:
    """Keep it as a candidate, without what tells who wrote it; False when nothing is left."""
    text = scrub(said.text, recogniser.knows, names_of(tx, said.phone))
    if not said.message_id or not text:
        return False
    heard = recogniser.understand(said.text)
    language = heard.language if heard.language_sure else said.language
    made = candidates.NewCandidate(
        said.message_id, language, said.intent, text, fold(text), said.source
    )
    candidates.remember(tx, made, now)
    return True


def note_answer(
    tx: Tx, said: Said, recogniser: Recogniser, now: datetime
) -> bool:  # fmt: skip
    """As `note`, for the sender's latest text that says `said.text`."""
    message_id = candidates.latest_text(tx, said.phone, said.text)
    known = Said(message_id, said.phone, said.text, said.language, said.intent, said.source)
    return note(tx, known, recogniser, now)


def names_of(tx: Tx, phone: str) -> Iterator[str]:
    """What belongs to the customers with this phone: their names, and addresses of premises."""
    numbers = list(dict.fromkeys(str(r["customer_number"]) for r in contacts.with_phone(tx, phone)))
    if numbers:
        yield from customers.names_of(tx, numbers).values()
        yield from (str(row["address"]) for row in contacts.premises_of(tx, numbers))


def note_agent(made: Service, phone: str, intent: str, key: str, now: datetime) -> str:
    """An agent says what a text of this phone meant; the text as it was kept, '' for nothing new.

    `key`: LAST, the end of a message's id, or '' for the latest text that we were not sure of.
    Raises CandidateRefused when there is no such text.
    """
    row = _text_of(made.database, phone, key, now)
    if row["sure"] and row["intent"] == intent:
        return ""  # it was understood so
    recogniser = load_taught(made.database)
    said = Said(
        str(row["id"]), phone, str(row["body"]), str(row["language"]), intent, candidates.AGENT
    )
    noted = made.database.transaction(lambda tx: note(tx, said, recogniser, now))
    return said.text if noted else ""


def teach(
    made: Service, message_id: str, intent: str, recogniser: Recogniser, *, by: str, now: datetime
) -> bool:
    """A person says what a text of the reports meant: a candidate, until somebody accepts it.

    False when nothing is left of the text without names. Raises CandidateRefused when it is gone.
    """
    row = talked.text_of(made.database, message_id)
    if row is None:
        raise CandidateRefused("there is no such text any more.", "gone")
    said = Said(message_id, row["peer"], row["body"], row["language"], intent, candidates.AGENT)

    def work(tx: Tx) -> bool:
        noted = note(tx, said, recogniser, now)
        if noted:
            audit(tx, by, "candidate.noted", message_id, now=now, detail=intent)
        return noted

    return made.database.transaction(work)


def _text_of(tx: Tx, phone: str, key: str, now: datetime) -> Row:
    texts = candidates.texts_of(tx, phone, now - _LATELY)
    if key == LAST:
        found = texts[:1]
    elif key:
        found = [r for r in texts if len(key) >= _SHORTEST_KEY and str(r["id"]).endswith(key)]
    else:
        found = [r for r in texts if not r["sure"] and r["intent"] not in _ANSWERS][:1]
    if len(found) == 1:
        return found[0]
    which = f"text {key!r}" if key else "text that we were not sure of"
    raise CandidateRefused(
        f"there is no {which} from this phone in the last {_LATELY.days} days; "
        "see: gaisma conversation show"
    )


def purge_old(database: Database, now: datetime, policy: Policy) -> int:
    """Delete what nobody decided on for as long as conversations are kept; how many."""
    before = now - timedelta(days=policy.retention_conversations)
    return database.transaction(lambda tx: candidates.purge(tx, before), bulk=True)


# --- for reviewers --------------------------------------------------------------------------


def review(
    made: Service, *, language: str = "", limit: int = 100, recogniser: Recogniser | None = None
) -> list[dict[str, Any]]:
    """Candidates, the most frequent first, each with what it is understood as now (`now_intent`,
    `now_score`, `now_sure`) and the `nearest` examples of its language (`intent`, `text`).

    `recogniser`: one that has learned already, where there is one.
    """
    rows = candidates.waiting(made.database, language=language, limit=limit)
    if not rows:
        return []
    own = accepted(made.database)
    knows, nearest = recogniser or taught_recogniser(own), _Nearest([*load_phrases(), *own])
    return [_reviewed(row, knows, nearest) for row in rows]


def _reviewed(row: Row, recogniser: Recogniser, nearest: _Nearest) -> dict[str, Any]:
    heard = recogniser.understand(str(row["text"]), str(row["language"]))
    return {
        **{name: row[name] for name in _SHOWN},
        "now_intent": heard.intent,
        "now_score": round(heard.score, 3),
        "now_sure": heard.sure,
        "nearest": [
            {"intent": phrase.intent, "text": phrase.text}
            for phrase in nearest.to(str(row["language"]), str(row["skeleton"]))
        ],
    }


class _Nearest:
    """Finds the phrases of a language that are spelled most like a text."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        self._phrases = {lang: [p for p in phrases if p.language == lang] for lang in LANGUAGES}
        self._skeletons = {
            lang: [fold(phrase.text) for phrase in own] for lang, own in self._phrases.items()
        }

    def to(self, language: str, skeleton: str) -> list[Phrase]:
        """The nearest first."""
        skeletons = self._skeletons[language]
        found = process.extract(skeleton, skeletons, scorer=fuzz.token_sort_ratio, limit=_NEAREST)
        return [self._phrases[language][place] for _, _, place in found]


def accept(
    made: Service, key: str, *, intent: str = "", text: str = "", by: str, now: datetime
) -> Phrase:
    """Make a candidate a phrase of this installation, with another meaning or wording if given.

    Raises CandidateRefused when there is none, or when it contradicts a phrase.
    """
    row = _candidate(made.database, key)
    words = " ".join(clean(text).split()) or str(row["text"])
    phrase = Phrase(str(row["language"]), intent or str(row["intent"]), words)
    _check(phrase, [*load_phrases(), *accepted(made.database)])

    def work(tx: Tx) -> None:
        skeleton = fold(phrase.text)
        if candidates.phrase_like(tx, skeleton):
            raise CandidateRefused(
                f"{phrase.text!r} is a phrase already.", "known", text=phrase.text
            )
        phrase_id = candidates.add_phrase(
            tx, phrase.language, phrase.intent, phrase.text, skeleton, by=by, now=now
        )
        candidates.forget(tx, row, every_intent=True)
        audit(tx, by, "phrase.accepted", phrase_id, now=now, detail=phrase.intent)

    made.database.transaction(work)
    return phrase


def reject(made: Service, key: str, *, by: str, now: datetime) -> str:
    """Forget a candidate, or an accepted phrase; its text. Raises CandidateRefused."""

    def work(tx: Tx) -> str:
        phrases = candidates.find_phrases(tx, key) if _is_key(key) else []
        if len(phrases) == 1 and not candidates.find_waiting(tx, key):
            candidates.drop_phrase(tx, str(phrases[0]["id"]))
            audit(tx, by, "phrase.rejected", str(phrases[0]["id"]), now=now)
            return str(phrases[0]["text"])
        row = _candidate(tx, key)
        candidates.forget(tx, row)
        audit(tx, by, "candidate.rejected", str(row["id"]), now=now)
        return str(row["text"])

    return made.database.transaction(work)


def _is_key(key: str) -> bool:
    return len(key) >= _SHORTEST_KEY and key.replace("-", "").isalnum()


def _candidate(tx: Tx, key: str) -> Row:
    found = candidates.find_waiting(tx, key) if _is_key(key) else []
    if not found:
        raise CandidateRefused(f"there is no candidate {key!r}; see: gaisma phrases review", "gone")
    if len(found) > 1:
        raise CandidateRefused(f"{key!r} fits several candidates; write more of the id.")
    return found[0]


def _check(phrase: Phrase, known: Sequence[Phrase]) -> None:
    """Raises CandidateRefused for what cannot be a phrase, or is one, or contradicts one."""
    skeleton = fold(phrase.text)
    if not skeleton or len(phrase.text) > LONGEST:
        raise CandidateRefused(
            f"a phrase has 1 to {LONGEST} characters; --text words it anew.", "length",
            most=str(LONGEST),
        )  # fmt: skip
    if reserved(skeleton):
        raise CandidateRefused(
            f"{phrase.text!r} is a reserved word; it means STOP or START.", "reserved",
            text=phrase.text,
        )  # fmt: skip
    if phrase.intent != "danger" and find_danger(skeleton, phrase.language) == "sure":
        raise CandidateRefused(
            f"{phrase.text!r} reads as a danger; it can only be accepted with: --intent danger",
            "danger", text=phrase.text,
        )  # fmt: skip
    for other in _alike(phrase, skeleton, known):
        where = f"in {other.where}" if other.where else "accepted here"
        if other.intent != phrase.intent:
            raise CandidateRefused(
                f"{phrase.text!r} contradicts {other.text!r}, which is {other.intent} ({where}). "
                f"Accept it with --intent {other.intent}, or reject it.",
                "contradicts", text=phrase.text, other=other.text, intent=other.intent,
            )  # fmt: skip
        if fold(other.text) == skeleton:
            raise CandidateRefused(
                f"{phrase.text!r} is a phrase already ({where}); reject it.", "known",
                text=phrase.text,
            )  # fmt: skip


def _alike(phrase: Phrase, skeleton: str, known: Sequence[Phrase]) -> Iterator[Phrase]:
    """Phrases that are spelled alike in any language, then those nearly so in its own."""
    skeletons = [fold(other.text) for other in known]
    yield from (o for o, folded in zip(known, skeletons, strict=True) if folded == skeleton)
    near = process.extract(skeleton, skeletons, scorer=fuzz.ratio, score_cutoff=_NEAR, limit=5)
    yield from (known[place] for _, _, place in near if known[place].language == phrase.language)


def as_files(phrases: Sequence[Row]) -> dict[str, str]:
    """Accepted phrases by language, in the format of the phrase files."""
    return {language: _as_file(language, phrases) for language in LANGUAGES}


def _as_file(language: str, phrases: Sequence[Row]) -> str:
    lines = [f"# Accepted at an installation: intents/phrases/{language}/"]
    own = [row for row in phrases if row["language"] == language]
    for intent in dict.fromkeys(str(row["intent"]) for row in own):
        lines += ["", f"[{intent}]"]
        lines += [str(row["text"]) for row in own if row["intent"] == intent]
    return "\n".join(lines) + "\n"
