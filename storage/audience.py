"""Whom something is for: customers and premises by place on the network or in a town."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from storage.database import Row, Tx
from storage.lists import in_chunks, spell

# So many EICs in one statement; the engines allow 32,766 values and read long lists slowly.
EICS_AT_ONCE = 500


@dataclass(frozen=True)
class Audience:
    """Customers with premises that fulfil everything that is given; nothing given: all.

    `eics` None: not limited to a list; `kind`: household, business or '' for both.
    """

    towns: tuple[str, ...] = ()
    transformer: str = ""
    feeder: str = ""
    eics: tuple[str, ...] | None = None
    kind: str = ""

    def of_premises(self) -> bool:
        """Whether it matters which premises a customer has."""
        return bool(self.towns or self.transformer or self.feeder or self.eics is not None)


def customers_of(tx: Tx, audience: Audience) -> list[str]:
    """The customer numbers, in order."""
    if not audience.of_premises():
        sql = "SELECT customer_number FROM customers WHERE :kind IN ('', kind) ORDER BY 1"
        return [str(row["customer_number"]) for row in tx.all(sql, {"kind": audience.kind})]
    return sorted({str(row["customer_number"]) for row in _premises(tx, audience)})


def eics_of(tx: Tx, audience: Audience) -> list[str]:
    """The EICs of the premises, in order."""
    return sorted(str(row["eic"]) for row in _premises(tx, audience))


def addresses_in(tx: Tx, towns: Sequence[str]) -> list[Row]:
    """(eic, address, town) of all premises of these towns, or of all when none is named."""
    sql = "SELECT eic, address, town FROM premises"
    if not towns:
        return tx.all(sql)
    return tx.all(*spell(sql + " WHERE town IN ({towns})", towns=list(towns)))


def outages_on(tx: Tx, outage_ids: Sequence[str], feeder: str) -> set[str]:
    """Those of the outages that touch premises of a feeder."""
    sql = """
    SELECT DISTINCT op.outage_id FROM outage_premises op JOIN premises p ON p.eic = op.eic
    WHERE op.outage_id IN ({ids}) AND op.until_revision IS NULL AND p.feeder = :feeder
    """
    found: set[str] = set()
    for some in in_chunks(outage_ids, EICS_AT_ONCE):
        found |= {str(row["outage_id"]) for row in tx.all(*spell(sql, ids=some, feeder=feeder))}
    return found


def _premises(tx: Tx, audience: Audience) -> list[Row]:
    sql, values = _statement(audience)
    if audience.eics is None:
        return tx.all(*spell(sql, **values))
    found: list[Row] = []
    for some in in_chunks(audience.eics, EICS_AT_ONCE):
        found += tx.all(*spell(sql + " AND p.eic IN ({eics})", eics=some, **values))
    return found


def _statement(audience: Audience) -> tuple[str, dict[str, Any]]:
    values: dict[str, Any] = {}
    sql = "SELECT p.eic, p.customer_number FROM premises p"
    if audience.kind:
        sql += " JOIN customers u ON u.customer_number = p.customer_number AND u.kind = :kind"
        values["kind"] = audience.kind
    sql += " WHERE 1 = 1"
    if audience.transformer:
        sql += " AND p.transformer = :transformer"
        values["transformer"] = audience.transformer
    if audience.feeder:
        sql += " AND p.feeder = :feeder"
        values["feeder"] = audience.feeder
    if audience.towns:
        sql += " AND p.town IN ({towns})"
        values["towns"] = list(audience.towns)
    return sql, values


_CONTACTS = """
SELECT c.customer_number, c.kind, c.value, c.language,
       EXISTS (SELECT 1 FROM opt_outs x WHERE x.kind = c.kind AND x.value = c.value) AS silenced,
       c.dead_at
FROM contacts c WHERE c.customer_number IN ({numbers})
"""


def ways_of(tx: Tx, numbers: Sequence[str]) -> dict[tuple[str, str], int]:
    """(channel, language) to how many messages an announcement to these customers makes; ('', '')
    to how many of them it cannot reach. As `broadcasts.count_messages`, before there is a draft."""
    sms: dict[str, str] = {}
    emails: list[str] = []
    reached = 0
    for some in in_chunks(numbers, EICS_AT_ONCE):
        of_one: dict[str, list[Row]] = {}
        for row in tx.all(*spell(_CONTACTS, numbers=list(some))):
            of_one.setdefault(str(row["customer_number"]), []).append(row)
        for rows in of_one.values():
            open_ones = [row for row in rows if not row["silenced"] and row["dead_at"] is None]
            phones = [row for row in open_ones if row["kind"] == "mobile"]
            for row in phones:
                value, language = str(row["value"]), str(row["language"])
                sms[value] = min(language, sms.get(value, language))
            silent = any(row["silenced"] for row in rows if row["kind"] == "mobile")
            letters = [] if phones or silent else open_ones
            emails += [str(row["language"]) for row in letters]
            reached += bool(phones or letters)
    counts: dict[tuple[str, str], int] = {}
    for channel, languages in (("sms", list(sms.values())), ("email", emails)):
        for language in languages:
            counts[channel, language] = counts.get((channel, language), 0) + 1
    counts["", ""] = len(numbers) - reached
    return counts
