"""What unsure texts meant, as their writers or agents said, and what was learned of it.

A candidate is one text; phrases that are spelled alike and mean the same are one to a reviewer.
Nothing here names a person: whoever stores a text takes names, numbers and addresses out before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.database import Row, Tx, new_id, stamp

CUSTOMER, AGENT = "customer", "agent"


@dataclass(frozen=True, slots=True)
class NewCandidate:
    """A text (already without personal data) and what it meant. `skeleton`: the folded text."""

    message_id: str
    language: str
    intent: str
    text: str
    skeleton: str
    source: str


def remember(tx: Tx, candidate: NewCandidate, now: datetime) -> None:
    """Keep it; what was said of the same message before is replaced, but an agent's word stays."""
    tx.run(
        """INSERT INTO candidates (id, message_id, language, intent, text, skeleton, source, at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (message_id) DO UPDATE SET intent = excluded.intent,
               source = excluded.source, at = excluded.at
           WHERE candidates.source = 'customer' OR excluded.source = 'agent'""",
        (
            new_id(),
            candidate.message_id,
            candidate.language,
            candidate.intent,
            candidate.text,
            candidate.skeleton,
            candidate.source,
            stamp(now),
        ),
    )


# Of two spellings the greater one has the marks of its letters.
_GROUPS = """SELECT min(id) AS id, language, intent, max(text) AS text, skeleton,
    count(*) AS times, min(at) AS first_at, max(at) AS last_at, max(message_id) AS message_id,
    CASE WHEN max(source) = min(source) THEN max(source) ELSE 'both' END AS source
    FROM candidates GROUP BY language, intent, skeleton"""


def waiting(tx: Tx, *, language: str = "", limit: int = 1000) -> list[Row]:
    """Candidates as a reviewer sees them, the most frequent first: `id`, `language`, `intent`,
    `text`, `skeleton`, `times`, `first_at`, `last_at`, `source` (customer, agent or both), and
    `message_id`, the latest."""
    return tx.all(
        f"SELECT * FROM ({_GROUPS}) AS grouped WHERE ? IN ('', language)"  # noqa: S608
        " ORDER BY times DESC, last_at DESC, id LIMIT ?",
        (language, limit),
    )


def find_waiting(tx: Tx, key: str) -> list[Row]:
    """Candidates by the id or the end of it; more than one when the end is too short."""
    sql = f"SELECT * FROM ({_GROUPS}) AS grouped WHERE id LIKE ? LIMIT 3"  # noqa: S608
    return tx.all(sql, (f"%{key}",))


def forget(tx: Tx, candidate: Row, *, every_intent: bool = False) -> int:
    """Delete the texts of a candidate, or whatever was said to be meant by it; how many."""
    return tx.run(
        "DELETE FROM candidates WHERE language = ? AND skeleton = ? AND (intent = ? OR ? = 1)",
        (candidate["language"], candidate["skeleton"], candidate["intent"], int(every_intent)),
    )


def erase(tx: Tx, phone: str) -> int:
    """Delete the candidates made of texts of this phone; how many. Phrases have no such tie."""
    return tx.run(
        "DELETE FROM candidates WHERE message_id IN (SELECT id FROM messages WHERE peer = ?)",
        (phone,),
    )


def of_phone(tx: Tx, phone: str) -> list[Row]:
    """The candidates made of texts of this phone, oldest first: what an export of data has."""
    return tx.all(
        """SELECT c.* FROM candidates c JOIN messages m ON m.id = c.message_id
           WHERE m.peer = ? ORDER BY c.id""",
        (phone,),
    )


def purge(tx: Tx, before: datetime) -> int:
    """Delete candidates that nobody decided on since `before`; how many."""
    return tx.run("DELETE FROM candidates WHERE at < ?", (stamp(before),))


def latest_text(tx: Tx, phone: str, text: str) -> str:
    """The id of the latest text of this phone that says just this; '' when there is none."""
    row = tx.one(
        """SELECT id FROM messages WHERE peer = ? AND direction = 'in' AND body = ?
           ORDER BY made_at DESC, id DESC LIMIT 1""",
        (phone, text),
    )
    return "" if row is None else str(row["id"])


def texts_of(tx: Tx, phone: str, since: datetime) -> list[Row]:
    """The texts of this phone with what they were understood as, the latest first: `id`, `body`,
    `language`, `intent`, `score`, `sure`."""
    return tx.all(
        """SELECT m.id, m.body, t.language, t.intent, t.score, t.sure
           FROM messages m JOIN turns t ON t.message_id = m.id
           WHERE m.peer = ? AND m.direction = 'in' AND m.made_at > ?
           ORDER BY m.made_at DESC, m.id DESC LIMIT 200""",
        (phone, stamp(since)),
    )


# --- phrases of this installation ------------------------------------------------------------


def add_phrase(
    tx: Tx, language: str, intent: str, text: str, skeleton: str, *, by: str, now: datetime
) -> str:
    """The id of the new phrase. The skeleton must be new: ask `phrase_like` first."""
    phrase_id = new_id()
    tx.run(
        "INSERT INTO phrases VALUES (?, ?, ?, ?, ?, ?, ?)",
        (phrase_id, language, intent, text, skeleton, stamp(now), by),
    )
    return phrase_id


def phrases(tx: Tx, *, language: str = "") -> list[Row]:
    """All accepted phrases, by language and intent, oldest first."""
    return tx.all(
        "SELECT * FROM phrases WHERE ? IN ('', language) ORDER BY language, intent, id",
        (language,),
    )


def phrase_like(tx: Tx, skeleton: str) -> Row | None:
    """The accepted phrase that is spelled alike."""
    return tx.one("SELECT * FROM phrases WHERE skeleton = ?", (skeleton,))


def find_phrases(tx: Tx, key: str) -> list[Row]:
    """Accepted phrases by the id or the end of it."""
    return tx.all("SELECT * FROM phrases WHERE id LIKE ? LIMIT 3", (f"%{key}",))


def drop_phrase(tx: Tx, phrase_id: str) -> None:
    tx.run("DELETE FROM phrases WHERE id = ?", (phrase_id,))


def phrases_version(tx: Tx) -> str:
    """Changes whenever the accepted phrases do: when the recogniser must learn anew."""
    row = tx.one("SELECT count(*) AS n, max(id) AS last FROM phrases")
    return f"{row['n']}/{row['last']}" if row and row["n"] else ""
