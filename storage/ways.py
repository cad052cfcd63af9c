"""By which channel a notice may reach its reader: SQL that fan-out and previews share."""

from __future__ import annotations

# Whoever wants no SMS gets these by e-mail or letter; the rest is left unsaid.
REQUIRED = (
    "planned_notice", "moved", "cancelled", "debt_first", "debt_second", "debt_disconnection",
    "debt_last",
)  # fmt: skip
# The kinds that are worth a letter; before its last word a debt had one.
BY_LETTER = tuple(kind for kind in REQUIRED if kind != "debt_last")
# These go by letter, and what else brings them only when that is posted.
ALSO_BY_LETTER = ("debt_disconnection",)
# What a person must ring up about when nothing else comes in time.
BY_CALL = ("planned_notice", "moved", "cancelled")
# These go the way on which their reader was told of the works.
ON_THE_SAME_WAY = ("moved", "cancelled")
# Notices are made in the order of the phones that they go to: their messages, which are indexed by
# phone, then lie side by side as well. The kind is spelled so that no index is chosen for it: for
# the least value SQLite would walk all mobiles there are, for each notice.
IN_ORDER_OF_PHONES = """(SELECT min(c.value) FROM contacts c
          WHERE c.customer_number = {number} AND c.kind || '' = 'mobile')"""
CHANNELS = ("sms", "email", "letter")  # the cheapest first

_COLUMNS = """n.id, n.campaign_id, COALESCE(n.outage_id, n.topic_id) AS outage_id, n.kind,
           n.customer_number, n.old_starts_at"""

# Each of these is a CTE `reach` over notices that `{picked}` picks; `ways` follows with a topic.
# CROSS JOIN: these notices first; with many ids SQLite began with every mobile phone there is.
_CUSTOMERS = """
    SELECT {columns}, c.value AS peer, c.language
    FROM notices n
    CROSS JOIN contacts c
    WHERE {picked} AND n.customer_number <> ''
      AND c.customer_number = n.customer_number AND c.kind = 'mobile' AND c.dead_at IS NULL
""".replace("{columns}", _COLUMNS)
_STRANGERS = """
    SELECT {columns}, n.phone, s.language
    FROM notices n
    JOIN outage_subscribers s ON s.outage_id = n.outage_id AND s.phone = n.phone
    WHERE {picked} AND n.phone <> ''
""".replace("{columns}", _COLUMNS.replace("n.customer_number", "''"))
SMS_OF_CUSTOMERS = f"reach AS ({_CUSTOMERS}),\n"
SMS = f"reach AS ({_CUSTOMERS} UNION ALL {_STRANGERS}),\n"
# Of a contact c and a notice n.
EMAIL_OPEN = """c.kind = 'email' AND c.dead_at IS NULL AND NOT EXISTS (
          SELECT 1 FROM opt_outs x WHERE x.kind = 'email' AND x.value = c.value)"""
# The kind is hidden from SQLite, which else walks all mobile phones that there are, in the unique
# index, once for each e-mail: 300 took four seconds beside 50,000 phones.
NOT_SILENCED = """NOT EXISTS (
          SELECT 1 FROM contacts s JOIN opt_outs x ON x.kind = 'mobile' AND x.value = s.value
          WHERE s.customer_number = n.customer_number AND s.kind || '' = 'mobile')"""
EMAIL = """
reach AS (
    SELECT {columns}, c.value AS peer, c.language
    FROM notices n
    CROSS JOIN contacts c
    WHERE {picked} AND n.customer_number <> ''
      AND c.customer_number = n.customer_number AND {email_open}
      AND (n.kind IN ({required}) OR {not_silenced})
),
""".replace("{columns}", _COLUMNS).replace("{not_silenced}", NOT_SILENCED)
EMAIL = EMAIL.replace("{email_open}", EMAIL_OPEN)
# Of a customer u: where no postal address is known, letters go to the premises.
LETTER_OPEN = """(u.postal_address <> '' OR EXISTS (
          SELECT 1 FROM premises h
          WHERE h.customer_number = u.customer_number AND h.address <> ''))"""
# Only while it comes before what it tells of: later it is of no use.
LETTER_IN_TIME = """(o.id IS NULL
           OR CASE WHEN n.kind = 'cancelled' THEN n.old_starts_at ELSE o.starts_at END
              >= :letters_from)"""
LETTER = """
reach AS (
    SELECT {columns}, n.customer_number AS peer, u.language
    FROM notices n
    CROSS JOIN customers u
    LEFT JOIN outages o ON o.id = n.outage_id
    WHERE {picked} AND n.customer_number <> '' AND u.customer_number = n.customer_number
      AND {letter_open} AND n.kind IN ({by_letter})
      AND {in_time}
),
""".replace("{columns}", _COLUMNS).replace("{in_time}", LETTER_IN_TIME)
LETTER = LETTER.replace("{letter_open}", LETTER_OPEN)


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _ways(reach: str, channel: str, topic: str, several: str) -> str:
    """`reach` and after it `ways`, which adds the topic: what one message tells of.

    A reader hears of all cancelled works at once (topic `several`); one that was told already,
    of each by itself (`topic`).
    """
    closed = "WHERE NOT EXISTS (SELECT 1 FROM opt_outs x WHERE x.kind = 'mobile' AND x.value = reach.peer)"  # noqa: E501
    return f"""{reach}
ways AS (
    SELECT reach.*, CASE WHEN kind = 'cancelled' AND NOT EXISTS (
               SELECT 1 FROM messages m
               WHERE m.campaign_id = reach.campaign_id AND m.channel = '{channel}'
                 AND m.peer = reach.peer AND m.topic_id = {several} AND m.status <> 'queued')
           THEN {several} ELSE {topic} END AS message_topic
    FROM reach {closed if channel == "sms" else ""}
)
""".replace("{required}", _quoted(REQUIRED)).replace("{by_letter}", _quoted(BY_LETTER))  # noqa: S608


# An e-mail names the customer it is for, so two who share an address get one each.
WAYS = {
    "sms": _ways(SMS, "sms", "outage_id", "''"),
    # The same for notices of which none is to a subscriber who is no customer: half the work.
    "sms of customers": _ways(SMS_OF_CUSTOMERS, "sms", "outage_id", "''"),
    "email": _ways(EMAIL, "email", "outage_id || ' ' || customer_number", "customer_number"),
    "letter": _ways(LETTER, "letter", "outage_id", "''"),
}
