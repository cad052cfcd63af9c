"""The address index of this process: built of the premises, built anew when they change."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from intents import street_words as words
from intents.address_rows import split_type
from intents.addresses import AddressIndex
from intents.model import Address, Place
from storage import Database, contacts

CHECK_SECONDS = 5.0
_SAME_NAME = 80.0  # likeness of 100 that makes the words before a town its street


@dataclass(frozen=True, slots=True)
class Match:
    """What an address may mean: houses, best first; or only streets (name, town); or a town."""

    places: tuple[Place, ...] = ()
    streets: tuple[tuple[str, str], ...] = ()
    town: str = ""
    elsewhere: bool = False  # the streets are in other towns than the one that was named


class Places:
    """Hands out the current index; a change of the premises shows within a few seconds.

    A stale index is handed out while a new one is built: an answer must not wait for it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._index: AddressIndex | None = None
        self._version = ""
        self._checked = 0.0
        self._building = threading.Lock()

    def prepare(self) -> None:
        """Build the index now, so that no text waits for it."""
        _ = self.index

    @property
    def index(self) -> AddressIndex:
        if self._index is None:
            with self._building:
                if self._index is None:
                    self._build()
        elif time.monotonic() - self._checked > CHECK_SECONDS:
            self._checked = time.monotonic()
            threading.Thread(target=self._refresh, name="gaisma-places", daemon=True).start()
        assert self._index is not None
        return self._index

    def match(self, address: Address | None) -> Match:
        """The places that the address may mean; the empty match for None."""
        if address is None:
            return Match()
        index = self.index
        town = "" if address.house else index.town(address.raw)
        if town and not _names_street(index, address, town):
            return Match(town=town)  # a town's own name is not the street called after it
        places = index.match(address)
        if any(place.exact for place in places):
            return Match(places)
        streets = index.match_street(address)
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
        streets = index.match_street(address)
        if not any(_is_called(name, each) for name, _ in streets for each in names):
            return Match()
        return Match(streets=streets, elsewhere=index.is_elsewhere(address))

    def match_town(self, text: str) -> Match:
        """The town that a sentence names anywhere in it; the empty match for none."""
        return Match(town=self.index.town(text))

    def _refresh(self) -> None:
        with self._building:
            if contacts.premises_version(self._database) != self._version:
                self._build()

    def _build(self) -> None:
        self._version = contacts.premises_version(self._database)
        rows = contacts.all_addresses(self._database)
        self._index = AddressIndex((row["eic"], row["address"], row["town"]) for row in rows)
        self._checked = time.monotonic()


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
