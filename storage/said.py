"""What messages said: for the answer to a customer who asks years later. Reads only."""

from __future__ import annotations

from storage.database import Row, Tx

_MESSAGE = """
SELECT m.*, c.title AS campaign, u.name
FROM messages m
LEFT JOIN campaigns c ON c.id = m.campaign_id
LEFT JOIN customers u ON u.customer_number = m.customer_number
WHERE m.id = ?
"""
# By the addresses first: these are indexed, and messages of a customer are not.
_PAPERS = """
WITH people AS (
    SELECT DISTINCT customer_number FROM contacts WHERE kind = 'mobile' AND value = :phone),
places AS (
    SELECT customer_number AS peer, customer_number FROM people
    UNION
    SELECT c.value, c.customer_number FROM people p
    JOIN contacts c ON c.customer_number = p.customer_number AND c.kind = 'email')
SELECT m.id, m.channel, m.kind, m.body, m.status, m.made_at, m.sent_at
FROM places CROSS JOIN messages m
WHERE m.peer = places.peer AND m.customer_number = places.customer_number
  AND m.channel IN ('email', 'letter')
ORDER BY m.made_at DESC, m.id DESC LIMIT :limit
"""


def message(tx: Tx, message_id: str) -> Row | None:
    """All of one message, the title of its `campaign` and the customer's `name`."""
    return tx.one(_MESSAGE, [message_id])


def papers_of(tx: Tx, phone: str, limit: int) -> list[Row]:
    """The latest e-mails and letters to the customers with this phone, oldest first."""
    return tx.all(_PAPERS, {"phone": phone, "limit": limit})[::-1]
