"""Complaints as agents handle them: filed for somebody, answered, and the answer on its way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.debts import days as debt_days
from bot.policy import Policy
from bot.words import texts
from bot.words.documents import write_document
from bot.words.full import document
from bot.words.subjects import Complaint, Reader
from locales.segments import count_segments
from storage import Row, Tx, complaints, contacts, conversations, customers
from storage.database import audit, moment
from storage.messages import NewMessage, enqueue

UPHELD, REJECTED = "upheld", "rejected"  # outcomes that have ready sentences
# An answer is sent whole: so much fits an SMS beside its other words.
LONGEST_IN_SMS = 160
_PARTS = 6
LAST = "last"  # the latest text of a phone
_LOOKED_AT = 200  # messages of a phone
_SHORTEST_KEY = 4  # characters of the end of a message's id
_WORTH = timedelta(days=5)


class ComplaintRefused(Exception):
    """It cannot be done; the sentence says why and what to do instead."""


@dataclass(frozen=True, slots=True)
class Told:
    """By which channel the outcome goes: sms, email, letter, or '' when none is open."""

    channel: str
    segments: int = 0


def file_text(
    tx: Tx, phone: str, key: str, *, by: str, now: datetime, policy: Policy
) -> tuple[str, datetime]:  # fmt: skip
    """File a text that came while an agent had the conversation: LAST, or the end of its id.

    It is added to the complaint of this phone that is open, if there is one; else as `file_for`.
    """
    text = _text_of(tx, phone, key)
    known = complaints.latest_open(tx, phone)
    if known is None:
        return file_for(
            tx, phone, text["body"], by=by, now=now, policy=policy, message_id=text["id"]
        )  # fmt: skip
    number = str(known["number"])
    if text["id"] == known["message_id"] or str(text["body"]) in str(known["text"]).split("\n"):
        raise ComplaintRefused(f"this text is in complaint {number} already.")
    complaints.add_words(tx, number, phone, text["body"])
    audit(tx, by, "complaint.added", number, now=now)
    return number, moment(known["answer_by"])


def _text_of(tx: Tx, phone: str, key: str) -> Row:
    texts = [row for row in conversations.timeline(tx, phone, _LOOKED_AT) if row["kind"] == "text"]
    if key == LAST and texts:
        return texts[-1]
    found = [row for row in texts if len(key) >= _SHORTEST_KEY and str(row["id"]).endswith(key)]
    if len(found) != 1:
        raise ComplaintRefused(
            f"there is no text {key!r} from this phone; see: gaisma conversation show {phone}"
        )
    return found[0]


def file_for(
    tx: Tx, phone: str, text: str, *, by: str, now: datetime, policy: Policy, message_id: str = ""
) -> tuple[str, datetime]:  # fmt: skip
    """File what somebody said to an agent; the number, and by when it is answered. They are told
    both by SMS, in their language."""
    words = " ".join(text.split())
    if not words:
        raise ComplaintRefused("the complaint is empty; write what it is about.")
    owners = contacts.with_phone(tx, phone)
    language = _language(tx, phone, owners)
    days = policy.complaint_answer_days
    number, answer_by = complaints.next_number(tx), now + timedelta(days=days)
    owner = str(owners[0]["customer_number"]) if owners else ""
    made = complaints.NewComplaint(
        number, phone, language, words, answer_by, owner, message_id
    )  # fmt: skip
    complaints.file(tx, made, now)
    audit(tx, by, "complaint.filed", number, now=now)
    row = _find(tx, number)
    if ("sms", phone) in complaints.ways_to(tx, row):
        _send(tx, row, "complaint_received", ("sms", phone), _subject(row, policy), (now, policy))
    return number, answer_by


def _language(tx: Tx, phone: str, owners: list[Row]) -> str:
    if owners:
        return str(owners[0]["language"])
    known = conversations.find_conversations(tx, phone)
    return str(known[0]["language"]) if known and known[0]["language"] else "lv"


def close(
    tx: Tx, number: str, outcome: str, *, by: str, now: datetime, policy: Policy, email: bool = True
) -> Told:  # fmt: skip
    """Answer a complaint: `outcome` are whole sentences in the writer's language, or one of UPHELD
    and REJECTED. `email` False: this installation sends none. Raises ComplaintRefused."""
    row = _find(tx, number)
    words = " ".join(outcome.split())
    if row["state"] == "closed":
        raise ComplaintRefused(f"complaint {row['number']} was closed by {row['closed_by']}.")
    if not words:
        raise ComplaintRefused('say what came of it: --outcome "..."')
    ways = [way for way in complaints.ways_to(tx, row) if email or way[0] != "email"]
    if ways and ways[0][0] == "sms" and len(words) > LONGEST_IN_SMS:
        raise ComplaintRefused(
            f"the outcome has {len(words)} characters; at most {LONGEST_IN_SMS} go into the SMS."
        )
    complaints.close(tx, str(row["number"]), outcome=words, by=by, now=now)
    audit(tx, by, "complaint.closed", str(row["number"]), now=now)
    if not ways:
        return Told("")
    subject = _subject(row, policy, words)
    segments = _send(tx, row, "complaint_outcome", ways[0], subject, (now, policy))
    return Told(ways[0][0], segments)


def find(tx: Tx, number: str) -> Row:
    """The complaint with this number. Raises ComplaintRefused when there is none."""
    return _find(tx, number)


def _find(tx: Tx, number: str) -> Row:
    row = complaints.find(tx, number)
    if row is None:
        raise ComplaintRefused(f"there is no complaint {number!r}; see: gaisma complaint list")
    return row


def _subject(row: Row, policy: Policy, words: str = "") -> Complaint:
    made, due = moment(row["made_at"]), moment(row["answer_by"])
    ready = words in ("", UPHELD, REJECTED)
    return Complaint(
        number=str(row["number"]),
        received_on=debt_days.today(made),
        answer_days=(due - made).days or policy.complaint_answer_days,
        upheld=words == UPHELD,
        outcome={} if ready else {str(row["language"]): words},
    )


def _send(
    tx: Tx, row: Row, kind: str, way: tuple[str, str], subject: Complaint,
    when: tuple[datetime, Policy],
) -> int:  # fmt: skip
    """Queue it; the segments of an SMS. An SMS waits for the morning: it is not urgent."""
    now, policy = when
    channel, peer = way
    sms = channel == "sms"
    body = (_short if sms else _full)(tx, row, kind, subject, when)
    segments = count_segments(body) if sms else 0
    made = NewMessage(
        channel, kind, "answer", peer, body, segments,
        customer_number=str(row["customer_number"]), topic_id=str(row["id"]),
        language=str(row["language"]), due_at=policy.after_quiet_hours(now) if sms else now,
        valid_until=None if channel == "letter" else now + _WORTH,
    )  # fmt: skip
    enqueue(tx, [made], now)
    return segments


def _short(
    tx: Tx, row: Row, kind: str, subject: Complaint, when: tuple[datetime, Policy]
) -> str:  # fmt: skip
    now, policy = when
    whole = replace(policy, text_max_segments=_PARTS)
    return texts.render(kind, str(row["language"]), [], whole, now=now, extra=subject)


def _full(
    tx: Tx, row: Row, kind: str, subject: Complaint, when: tuple[datetime, Policy]
) -> str:  # fmt: skip
    now, policy = when
    number, language = str(row["customer_number"]), str(row["language"])
    reader = Reader(customers.names_of(tx, [number]).get(number, ""), number, language=language)
    return write_document(
        document(kind, language, [], reader, policy=policy, now=now, extra=subject)
    )
