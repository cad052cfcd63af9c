"""The address index of this process: built of the premises, built anew when they change."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from bot.watch import Watch
from intents import street_words as words
from intents.address_rows import split_type
from intents.addresses import AddressIndex
from intents.model import Address, Place
from storage import Database, StorageError, contacts
from storage.contacts import AddressRow as Row

log = logging.getLogger("gaisma.places")

CHECK_SECONDS = 5.0
PREPARE_SECONDS = 2.0  # that a start waits for the index
_OVERDUE_SECONDS = 600.0  # a building of millions of premises is over by then
_REST = 5  # times as long as a building took
_ROWS_A_BREATH = 100  # a millisecond of work: no text waits longer for its turn
_BREATH_SECONDS = 0.0005
_MOST = 8  # places and streets: a dialogue lists up to five towns, and asks when there are more
_SAME_NAME = 80.0  # likeness of 100 that makes the words before a town its street


@dataclass(frozen=True, slots=True)
class Match:
    """What an address may mean: houses, best first; or only streets (name, town); or a town."""

    places: tuple[Place, ...] = ()
    streets: tuple[tuple[str, str], ...] = ()
    town: str = ""
    elsewhere: bool = False  # the streets are in other towns than the one that was named

    @property
    def is_in_several_towns(self) -> bool:
        towns = {place.town for place in self.places} | {town for _, town in self.streets}
        return len(towns) > 1


class Places:
    """Hands out the current index; a change of the premises shows within a few seconds.

    A million premises are read in some ten seconds: at the start by a thread of their own, and
    later beside the answering of texts, which go by the index before. Only a text with an address
    that comes before the first index is there waits for it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._index: AddressIndex | None = None
        self._version = ""
        self._next_check = 0.0  # by the monotonic clock
        self._building = threading.Lock()
        self._watch = Watch("gaisma-places", lambda: CHECK_SECONDS, _OVERDUE_SECONDS)

    def prepare(self) -> None:
        """Begin to build the index; small ones are there when this returns."""
        thread = threading.Thread(target=self._build_first, name="gaisma-index", daemon=True)
        thread.start()
        thread.join(PREPARE_SECONDS)

    def watch(self) -> None:
        """Follow changes from now on, also while no text comes."""
        self._watch.start(self)

    def stop(self) -> None:
        """Follow no more changes."""
        self._watch.stop()

    @property
    def is_ready(self) -> bool:
        return self._index is not None

    @property
    def index(self) -> AddressIndex:
        """The index; raises StorageError when the first one cannot be built."""
        if self._index is None:
            with self._building:
                if self._index is None:
                    self._build()
        if self._watch.is_gone:
            self.watch()
        assert self._index is not None
        return self._index

    def refresh(self) -> None:
        """Build the index anew if the premises have changed; one thread at a time does it.

        Raises StorageError when they cannot be read.
        """
        if not self._building.acquire(blocking=False):
            return
        try:
            if self._index is None:
                self._build()
            elif self._is_due() and contacts.premises_version(self._database) != self._version:
                self._build(gently=True)
        finally:
            self._building.release()

    def _is_due(self) -> bool:
        return time.monotonic() > self._next_check

    def match(self, address: Address | None) -> Match:
        """The places that the address may mean; the empty match for None."""
        if address is None:
            return Match()
        index = self.index
        town = "" if address.house else index.town(address.raw)
        if town and not _names_street(index, address, town):
            return Match(town=town)  # a town's own name is not the street called after it
        places = index.match(address, _MOST)
        if any(place.exact for place in places):
            return Match(places)
        streets = index.match_street(address, _MOST)
        if streets or (address.street and address.town):
            # A street that is not known is not its whole town.
            return Match(places, streets, elsewhere=bool(streets) and index.is_elsewhere(address))
        return Match(places, town=index.town(address.town or address.raw))

    def match_on(self, street: Address, text: str) -> Match:
        """The street, in the town that the text names; the empty match unless one is called so.

        Not nearly so: the word behind "on" may be any.
        """
        index = self.index
        address = replace(street, town=index.town(text))
        spoken = " ".join(split_type(address.street)[0])
        names = {spoken, words.TRANSLATED.get(spoken, spoken)}
        streets = index.match_street(address, _MOST)
        if not any(_is_called(name, each) for name, _ in streets for each in names):
            return Match()
        return Match(streets=streets, elsewhere=index.is_elsewhere(address))

    def match_beside(self, address: Address, text: str) -> Match | None:
        """The same in the town that the rest of the text names; None when it names none."""
        town = self.index.town(text.replace(address.raw, " ", 1))
        return self.match(replace(address, town=town)) if town else None

    def match_town(self, text: str) -> Match:
        """The town that a sentence names anywhere in it; the empty match for none."""
        return Match(town=self.index.town(text))

    def nearly_town(self, name: str, match: Match) -> Match | None:
        """The town that is nearly called so, unless a street of the match is called so, too."""
        town = self.index.nearly_town(name)
        spoken = " ".join(split_type(name)[0])
        if not town or any(_is_called(street, spoken) for street, _ in match.streets):
            return None
        return Match(town=town)

    def _build_first(self) -> None:
        try:
            _ = self.index
        except StorageError as error:
            log.error("the addresses could not be read: %s", error)

    def _build(self, *, gently: bool = False) -> None:
        began = time.monotonic()
        # Before the rows: what changes while they are read calls for another reading.
        version = contacts.premises_version(self._database)
        rows = contacts.each_address(self._database)
        index = AddressIndex(_giving_way(rows) if gently else rows)
        self._index, self._version = index, version
        took = time.monotonic() - began
        # A long import changes the premises all the time: most of it is not spent on building.
        self._next_check = time.monotonic() + took * _REST


def _giving_way(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows, with a breath now and then for the threads that answer texts."""
    for number, row in enumerate(rows):
        if not number % _ROWS_A_BREATH:
            time.sleep(_BREATH_SECONDS)
        yield row


def _names_street(index: AddressIndex, address: Address, town: str) -> bool:
    """Whether a street is named beside the town; "works in Sigulda" names none."""
    name, kind = split_type(address.street)
    if kind:
        return True
    if not address.town or not name:
        return False
    spoken = " ".join(name)
    return any(
        _is_called(street, spoken) for street, at in index.match_street(address) if at == town
    )


def _is_called(street: str, spoken: str) -> bool:
    name = " ".join(split_type(street)[0])
    alike = (fuzz.ratio(name, spoken), fuzz.ratio(name.rpartition(" ")[2], spoken))
    return max(alike) >= _SAME_NAME
