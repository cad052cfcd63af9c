"""Takes texts and receipts as they come; what the database cannot store now waits in the spool.

Every sender's texts are taken in their order: as long as one waits, those after it wait too. Each
is taken once, however often it is tried, because the provider's id of it is unique.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from time import monotonic
from typing import Any

from prometheus_client import Counter as Counted

from bot.channels.provider import Answer, Inbound, Receipt, Waited
from bot.delivery import receipts
from bot.people import erasures
from bot.privacy import describe_error
from bot.service import Service
from bot.spool.files import Spool, SpoolError, folder_of
from bot.turn import MAX_TEXT, SenderErased, Turns, keep_away, told_at_once
from bot.watch import Watch
from locales.alphabet import clean
from storage import StorageError, Tx, erased, late_texts, vitals
from storage.database import Doubtful, moment, new_id, stamp

log = logging.getLogger("gaisma.spool")

SPOOLED = Counted("gaisma_spooled", "Kept in files: the database could not be written", ["what"])
POISON = Counted("gaisma_poison_texts", "Texts that the dialogue failed on")
LOOK_SECONDS = 1.0
LOOK_ASIDE_SECONDS = 60.0
_OVERDUE_SECONDS = 60.0
MOST_TRIES = 3
RECEIPTS_SHARE = 0.5  # of the spool: a storm of receipts must leave room for texts


class Intake:
    """What providers hand over goes through one of these a process, from any thread."""

    def __init__(self, service: Service, turns: Turns) -> None:
        self._database, self._policy = service.database, service.policy
        self._settings, self._look_aside_at = service.settings, 0.0
        self._turns = turns
        rules = receipts.Rules(tries=int(service.policy.outbox_max_tries))
        self._receipts = receipts.Receipts(service.database, rules)
        self._spool = Spool(folder_of(service.settings))
        self._watch = Watch("gaisma-spool", lambda: LOOK_SECONDS, _OVERDUE_SECONDS)
        self._lock = threading.Lock()
        self._closed = False  # the database could not be written when it was last tried
        self._phones: dict[str, str] = {}  # whose text each file is, '' for none
        self._waiting: Counter[str] = Counter()
        self._tries: Counter[str] = Counter()
        self._look_through()

    def watch(self) -> None:
        """Take what waits from now on, in a thread that ends with this object."""
        self._watch.start(self)

    def stop(self) -> None:
        self._watch.stop()

    @property
    def is_closed(self) -> bool:
        """Whether texts wait in files, as the database could not be written when it was tried."""
        return self._closed

    # -- what comes --------------------------------------------------------------------------

    def take(self, inbound: Inbound, now: datetime) -> Answer:
        """Take a text and say what to answer; nothing, when it must wait: it is answered later.

        Raises StorageError when it can be stored nowhere: the provider must try again.
        """
        if self._watch.is_gone:
            self.watch()
        if self._closed or inbound.phone in self._waiting:
            return self._keep_text(inbound, now, "earlier texts wait")
        try:
            return self._turns.take(inbound, now)
        except StorageError as error:
            self._closed = True
            return self._keep_text(inbound, now, str(error), doubt=isinstance(error, Doubtful))
        except Exception as error:  # noqa: BLE001 - whatever a text breaks, its sender is answered
            note_poison(error)
        try:
            return self._turns.take_plainly(inbound, now)
        except Exception as error:  # noqa: BLE001 - as above: then it waits for a person
            return self._keep_text(inbound, now, describe_error(error))

    def record(self, receipt: Receipt, now: datetime) -> bool:
        """Keep a receipt; False when no message of ours has its id. Raises StorageError."""
        if not self._closed:
            try:
                return self._receipts.record(receipt, now)
            except StorageError as error:
                self._closed = True
                log.error("receipts wait in files: %s", error)
        entry = {"kind": "receipt", "at": stamp(now), **asdict(receipt)}
        self._put(entry, "", RECEIPTS_SHARE)
        SPOOLED.labels("receipt").inc()
        return True

    def _keep_text(
        self, inbound: Inbound, now: datetime, why: str, *, doubt: bool = False
    ) -> Answer:
        """`doubt`: it may be stored, with an answer that its sender does not get now."""
        text = clean(inbound.text)[:MAX_TEXT]
        told, language = self._safety(text)
        told_id = new_id() if told else ""
        entry = {
            "kind": "text", "at": stamp(now), "provider": inbound.provider,
            "provider_id": inbound.provider_id, "phone": inbound.phone, "text": text,
            "provider_answered": inbound.provider_answered, "told": told, "told_id": told_id,
            "language": language, "doubt": "yes" if doubt else "",
        }  # fmt: skip
        try:
            self._put(entry, inbound.phone)
        except StorageError:
            if not told:
                raise
            # Whom to call is worth more to them than an answer of another host may be.
            log.critical("a text about a danger could not be kept anywhere; its sender was warned")
            return Answer("", told)
        SPOOLED.labels("text").inc()
        log.error("a text waits in a file: %s", why)
        return Answer(told_id, told)

    def _put(self, entry: Mapping[str, Any], phone: str, share: float = 1.0) -> None:
        try:
            name = self._spool.put(entry, share)
        except SpoolError as error:
            log.critical("nothing can be kept: %s", error)
            raise StorageError(str(error)) from error
        with self._lock:
            self._remember(name, phone)
        self.watch()

    def _safety(self, text: str) -> tuple[str, str]:
        """What whoever is near a danger is told at once, and in which language; '' for others."""
        try:
            heard = self._turns.learning.recogniser.understand(text)
        except Exception as error:  # noqa: BLE001 - what a text breaks must not lose it
            note_poison(error)
            return "", "lv"
        language = heard.language if heard.language_sure else "lv"
        if heard.danger != "sure":
            return "", language
        return keep_away(language, self._policy), language

    # -- what waits --------------------------------------------------------------------------

    def refresh(self) -> int:
        """Take what waits, as much as the database takes now; how much. Never raises."""
        self._spool.prepare()
        self._look_through()
        if self._closed and not self._may_write():
            return 0
        try:
            self._drop_erased()
        except StorageError as error:
            log.error("what was set aside could not be looked through: %s", error)
        taken = 0
        with self._spool.alone() as alone:
            if not alone:
                return 0
            held: set[str] = set()  # whose earlier text could not be taken this time
            for name in self._spool.names():
                phone = self._phones.get(name, "")
                if phone and phone in held:
                    continue
                if self._try_one(name):
                    taken += 1
                elif self._closed:
                    break
                elif phone:
                    held.add(phone)
        self._look_through()
        if taken:
            log.warning("%d texts or receipts that waited in files were taken", taken)
        return taken

    def _may_write(self) -> bool:
        try:
            vitals.try_to_write(self._database, datetime.now(UTC))
        except StorageError:
            return False
        self._closed = False
        return True

    def _try_one(self, name: str) -> bool:
        try:
            entry = self._spool.read(name)
            if entry is not None:
                self._take_entry(entry)
        except StorageError as error:
            self._closed = True
            log.error("what waits in files waits on: %s", error)
            return False
        except SenderErased:
            self._spool.wipe(name)
            log.warning("a text that waited in a file was dropped: its sender was erased")
            return True
        except Exception as error:  # noqa: BLE001 - one that cannot be taken holds up no other
            self._tries[name] += 1
            log.error("an entry of the spool cannot be taken: %s", describe_error(error))
            if self._tries[name] >= MOST_TRIES:
                log.critical("%s was set aside in the spool for a person", name)
                self._spool.set_aside(name)
            return False
        self._spool.remove(name)
        return True

    def _take_entry(self, entry: Mapping[str, str]) -> None:
        now = datetime.now(UTC)
        if entry["kind"] == "receipt":
            self._receipts.record(read_receipt(entry), now)
            return
        inbound = read_inbound(entry, self._marks(str(entry["phone"])))
        try:
            answer = self._turns.take(inbound, now)
            if answer.repeated and (entry["told"] or entry.get("doubt")):
                doubt = bool(entry.get("doubt"))
                self._database.transaction(partial(_make_good, inbound, answer, now, doubt))
        except (StorageError, SenderErased):
            raise
        except Exception as error:  # noqa: BLE001 - as when it comes at once
            note_poison(error)
            self._turns.take_plainly(inbound, now)

    def _marks(self, phone: str) -> tuple[str, ...]:
        return erasures.digests(self._settings, phone)

    def _drop_erased(self) -> None:
        """Of what was set aside and waits for a person, what is of somebody who was erased since,
        wherever that was asked for. What waits to be taken is looked at when it is."""
        if monotonic() < self._look_aside_at:
            return
        self._look_aside_at = monotonic() + LOOK_ASIDE_SECONDS
        for name in self._spool.aside_names():
            try:
                inbound = read_inbound(self._spool.read(name) or {})
            except (LookupError, ValueError, TypeError, SpoolError):
                continue  # broken, or gone meanwhile
            waited, marks = inbound.waited, self._marks(inbound.phone)
            if waited is not None and erased.any_since(self._database, marks, waited.since):
                self._spool.wipe(name)
                log.warning("a text that was set aside was dropped: its sender was erased")

    # -- whose it is -------------------------------------------------------------------------

    def _look_through(self) -> None:
        """Know the senders of what waits, also of what another process has kept or taken."""
        names = set(self._spool.names())
        with self._lock:
            for name in self._phones.keys() - names:
                self._forget(name)
            new = names - self._phones.keys()
        for name in sorted(new):
            phone = self._phone_in(name)
            with self._lock:
                self._remember(name, phone)

    def _phone_in(self, name: str) -> str:
        try:
            return str((self._spool.read(name) or {}).get("phone", ""))
        except (ValueError, SpoolError):
            return ""

    def _remember(self, name: str, phone: str) -> None:
        if name not in self._phones:
            self._phones[name] = phone
            if phone:
                self._waiting[phone] += 1

    def _forget(self, name: str) -> None:
        phone = self._phones.pop(name)
        self._tries.pop(name, None)
        if phone:
            self._waiting[phone] -= 1
            if not self._waiting[phone]:
                del self._waiting[phone]


def _make_good(inbound: Inbound, answer: Answer, now: datetime, doubt: bool, tx: Tx) -> None:
    """The text is stored already, by a commit of which nobody heard (`doubt`) or by another host:
    keep what its sender was told here, and send them the answer that they did not get."""
    if inbound.waited is not None and inbound.waited.told:
        told = told_at_once(inbound.waited)
        late_texts.keep_told(tx, inbound.provider, inbound.provider_id, told)
    if doubt and answer.text:
        late_texts.answer_anew(tx, answer.reply_id, now)


def read_inbound(entry: Mapping[str, str], marks: tuple[str, ...] = ()) -> Inbound:
    """The text in an entry. Raises LookupError or ValueError for one that is none."""
    told = entry["told"], entry["told_id"], entry["language"]
    waited = Waited(moment(entry["at"]), *told, marks)
    return Inbound(
        entry["provider"], entry["provider_id"], entry["phone"], entry["text"],
        entry["provider_answered"], waited,
    )  # fmt: skip


def read_receipt(entry: Mapping[str, str]) -> Receipt:
    names = ("message_id", "provider", "provider_id", "status", "error_code")
    return Receipt(**{name: str(entry[name]) for name in names})


def note_poison(error: Exception) -> None:
    """A text that the dialogue failed on: counted, and logged without its words."""
    POISON.inc()
    log.critical("a text could not be understood: %s; a person gets it", describe_error(error))
