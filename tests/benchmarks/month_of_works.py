"""A month in which half a million customers were warned of works, as it lies after the fact.

Little lies in the order of anything else, as in life: neither customer numbers nor the EICs of
premises tell where they are, and messages were made in the order of phones, 300 notices at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from storage import Database, Tx
from storage.database import stamp

MONTH = "2026-05"
AT_ONE_OUTAGE = 100
AT_ONCE = 50_000
_NOW = datetime(2026, 4, 1, 8, tzinfo=UTC)
_NUMBERS = """
WITH RECURSIVE numbers (n) AS (SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n < :last)
"""
# 999,983 is prime, so each number has a place of its own.
_EIC = "'43X' || substr('0000000000000' || (n * 7919 % 999983), -13)"
_CUSTOMER = "'C' || substr('00000000' || (n * 104729 % 999983), -8)"
_OUTAGE = f"'W' || (n / {AT_ONE_OUTAGE})"
# Works of 20 days, each at one of eight hours.
_STARTS = f"""strftime('%Y-%m-%dT%H:00:00.000Z', '2026-05-04 06:00:00',
           '+' || (n / {AT_ONE_OUTAGE} % 20) || ' days',
           '+' || (n / {AT_ONE_OUTAGE} / 20 % 8) || ' hours')"""
# Of a hundred: 62 by SMS, 6 by SMS in vain and then by letter, 10 by e-mail, 21 by letter, 1 not.
_CHANNEL = """CASE WHEN n % 100 < 68 THEN 'sms' WHEN n % 100 < 78 THEN 'email'
           WHEN n % 100 < 99 THEN 'letter' ELSE '' END"""
# Nine days before, one in fifty three; five messages a moment, all within the hour.
_SENT = f"""strftime('%Y-%m-%dT%H:%M:%f', {_STARTS},
           CASE WHEN n % 50 = 0 THEN '-3 days' ELSE '-9 days' END,
           '+' || (n / 5 % 18000 * 0.2) || ' seconds') || 'Z'"""
_PEOPLE = (
    f"""INSERT INTO customers SELECT {_CUSTOMER}, 'Uzvārds ' || n,
           CASE n % 12 WHEN 0 THEN 'business' ELSE 'household' END, 'lv',
           'Garā iela ' || (n % 300) || ', Pilsēta ' || (n % 90), 'LV-1001', :now FROM numbers""",
    f"""INSERT INTO premises SELECT {_EIC}, {_CUSTOMER}, 'Garā iela ' || (n % 300), 'Pilsēta',
           'LV-1001', 'M' || n, 'TP-' || (n / 100), 'F-' || (n / 5000), 0, NULL, NULL, :now
           FROM numbers""",
)
_WORKS = (
    """INSERT INTO campaigns (id, kind, state, title, made_by, made_at, updated_at)
       VALUES ('month', 'planned_notice', 'done', '', 'bench', :now, :now)""",
    f"""INSERT INTO outages (id, external_id, kind, state, sequence, revision, starts_at, ends_at,
           reason, updated_at)
       SELECT DISTINCT {_OUTAGE}, {_OUTAGE}, 'planned', 'restored', 1, 1, {_STARTS}, {_STARTS},
              'Remonts', :now FROM numbers""",
    """INSERT INTO outage_revisions (outage_id, revision, sequence, state, starts_at, ends_at,
           reason, at, made_by)
       SELECT id, 1, 1, 'scheduled', starts_at, ends_at, reason, :now, 'bench' FROM outages""",
)
_TOLD = (
    f"INSERT INTO outage_premises (outage_id, eic) SELECT {_OUTAGE}, {_EIC} FROM numbers",
    f"""INSERT INTO notices (id, campaign_id, outage_id, revision, kind, customer_number, eic,
           state, due_at, made_at)
       SELECT 'n' || substr('000000' || n, -7), 'month', {_OUTAGE}, 1, 'planned_notice',
              {_CUSTOMER}, {_EIC},
              CASE n % 100 WHEN 99 THEN 'unreachable' ELSE 'queued' END, {_SENT}, :now
       FROM numbers""",
)
_MESSAGES = f"""
INSERT INTO messages (id, direction, channel, kind, lane, provider, provider_id, peer,
    customer_number, campaign_id, topic_id, language, body, segments, status, error_code, made_at,
    sent_at, done_at)
SELECT 'm' || substr('000000' || n, -7) || :after, 'out', {{channel}}, 'planned_notice', 'alert',
       'twilio', :after || n, '+3712' || n, {_CUSTOMER}, 'month', {_OUTAGE}, 'lv', :body, 2,
       {{status}}, CASE {{status}} WHEN 'failed' THEN '30005' END, :now, {_SENT},
       CASE {{status}} WHEN 'delivered' THEN strftime('%Y-%m-%dT%H:%M:%f', {_SENT},
           '+' || (n % 37 * 0.7) || ' seconds') || 'Z' END
FROM numbers WHERE {{who}}
ORDER BY n / 300, n * 31337 % 999983
"""
_FIRST = _MESSAGES.format(
    channel=_CHANNEL,
    status="CASE WHEN n % 100 < 62 THEN 'delivered' WHEN n % 100 < 68 THEN 'failed'"
    " ELSE 'accepted' END",
    who="n % 100 < 99",
)
_AFTER = _MESSAGES.format(channel="'letter'", status="'accepted'", who="n % 100 BETWEEN 62 AND 67")
_LINKS = """
INSERT INTO notice_messages SELECT 'n' || substr(id, 2, 7), id FROM messages
WHERE id >= 'm' || substr('000000' || :first, -7) AND id < 'm' || substr('000000' || :end, -7)
"""
_BODY = "Sadales tikls: planoti darbi, elektribas nebus 12. maija no plkst. 9.00 lidz 15.00. " * 2


def add_month(database: Database, messages: int) -> None:
    """Customers, works, notices and about so many messages of `MONTH` (at most a million)."""
    last = messages * 100 // 105 - 1  # 105 messages to 100 premises
    _run(database, _PEOPLE, 0, last)
    for sql in _WORKS:
        database.transaction(_work(sql, {"first": 0, "last": last}))
    _run(database, _TOLD, 0, last)
    _run(database, (_FIRST, _AFTER), 0, last)
    _run(database, (_LINKS,), 0, last)


def _run(database: Database, statements: tuple[str, ...], first: int, last: int) -> None:
    for start in range(first, last + 1, AT_ONCE):
        end = min(start + AT_ONCE - 1, last)
        for sql in statements:
            values = {"first": start, "last": end, "end": end + 1}
            database.transaction(_work(sql, {**values, "after": "b" if sql is _AFTER else "a"}))


def _work(sql: str, values: Mapping[str, int | str]) -> Callable[[Tx], int]:
    text = _NUMBERS + sql if "FROM numbers" in sql else sql
    given = dict(values) | {"now": stamp(_NOW), "body": _BODY}
    used = {name: value for name, value in given.items() if f":{name}" in text}

    def work(tx: Tx) -> int:
        return tx.run(text, used)

    return work
