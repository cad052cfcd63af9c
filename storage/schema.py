"""The tables, and the steps that bring an older file up to date. Queries live with their aggregate.

Times are text `2026-12-01T10:00:00.000Z` (storage.database.stamp), ids UUIDv7 text, money integer
cents. A step that has been released is never edited: a new one follows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import cast

import sqlite_utils
from sqlite_utils import Migrations

from storage.schema_api import API
from storage.schema_guard import GUARD
from storage.schema_people import CONSOLE
from storage.schema_privacy import PRIVACY
from storage.schema_told import RECEIPTS_ONCE, TOLD

MIGRATIONS = Migrations("gaisma")

PEOPLE_AND_NETWORK = """
-- Who ------------------------------------------------------------------------------------------
CREATE TABLE customers (
    customer_number TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('household', 'business')),
    language TEXT NOT NULL CHECK (language IN ('lv', 'ru', 'en')),
    postal_address TEXT NOT NULL,
    postcode TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE premises (
    eic TEXT PRIMARY KEY,
    customer_number TEXT NOT NULL REFERENCES customers (customer_number),
    address TEXT NOT NULL,
    town TEXT NOT NULL,
    postcode TEXT NOT NULL,
    meter_number TEXT NOT NULL,
    transformer TEXT NOT NULL,
    feeder TEXT NOT NULL,
    life_support INTEGER NOT NULL DEFAULT 0,
    lat REAL,
    lon REAL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX premises_by_customer ON premises (customer_number);
CREATE INDEX premises_by_transformer ON premises (transformer);
CREATE INDEX premises_by_feeder ON premises (feeder);
CREATE INDEX premises_with_devices ON premises (eic) WHERE life_support = 1;
-- A street in a town as one range: town = ? AND address BETWEEN 'Kalna iela ' AND 'Kalna iela!'.
CREATE INDEX premises_by_place ON premises (town, address);

CREATE TABLE contacts (
    id TEXT PRIMARY KEY,
    customer_number TEXT NOT NULL REFERENCES customers (customer_number),
    kind TEXT NOT NULL CHECK (kind IN ('mobile', 'email')),
    value TEXT NOT NULL,
    language TEXT NOT NULL CHECK (language IN ('lv', 'ru', 'en')),
    source TEXT NOT NULL,              -- file, sms, api, agent
    consent_at TEXT NOT NULL,
    dead_at TEXT,                      -- the provider says that nobody can be reached there
    UNIQUE (kind, value, customer_number)
) STRICT;
-- With the kind in it: else a join by customer and kind reads the unique index for every contact.
CREATE INDEX contacts_by_customer ON contacts (customer_number, kind);

-- One row a silenced address, also of strangers; the register of how it came is `consents`.
CREATE TABLE opt_outs (
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    opted_out_at TEXT NOT NULL,
    PRIMARY KEY (kind, value)
) STRICT;

CREATE TABLE consents (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    customer_number TEXT NOT NULL DEFAULT '',
    action TEXT NOT NULL,              -- registered, unregistered, opted_out, opted_in
    at TEXT NOT NULL,
    text TEXT NOT NULL,
    message_id TEXT NOT NULL DEFAULT '',
    channel TEXT NOT NULL DEFAULT 'sms',   -- by which they said so: sms, email, console, provider
    purpose TEXT NOT NULL DEFAULT 'alerts',  -- to what: alerts on the channel of `kind`
    by TEXT NOT NULL DEFAULT ''        -- the agent who noted it for them
) STRICT;
CREATE INDEX consents_by_value ON consents (value);

CREATE TABLE registration_tries (
    id TEXT PRIMARY KEY,
    phone TEXT NOT NULL,
    customer_number TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX registration_tries_by_phone ON registration_tries (phone, at);
CREATE INDEX registration_tries_by_customer ON registration_tries (customer_number, at);
CREATE INDEX registration_tries_by_time ON registration_tries (at);

-- What happens on the network ------------------------------------------------------------------
CREATE TABLE outages (
    id TEXT PRIMARY KEY,
    external_id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('planned', 'unplanned')),
    state TEXT NOT NULL CHECK (state IN ('scheduled', 'cancelled', 'active', 'restored')),
    sequence INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    starts_at TEXT NOT NULL,
    ends_at TEXT,                      -- NULL: not known yet
    reason TEXT NOT NULL,
    crew TEXT NOT NULL DEFAULT ''
        CHECK (crew IN ('', 'handed_over', 'on_way', 'working')),
    nested_in TEXT REFERENCES outages (id),  -- the part that stayed dark when that one was over
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX outages_open ON outages (state, starts_at);
CREATE INDEX outages_changed ON outages (updated_at);
CREATE INDEX outages_nested ON outages (nested_in) WHERE nested_in IS NOT NULL;

CREATE TABLE outage_revisions (
    outage_id TEXT NOT NULL REFERENCES outages (id),
    revision INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    state TEXT NOT NULL,
    starts_at TEXT NOT NULL,
    ends_at TEXT,
    reason TEXT NOT NULL,
    crew TEXT NOT NULL DEFAULT '',
    at TEXT NOT NULL,
    made_by TEXT NOT NULL,
    PRIMARY KEY (outage_id, revision)
) STRICT;

-- The premises that an outage touches now. One that a revision left out keeps its row with
-- `until_revision`, so that who was told can still be told that it is over for them.
CREATE TABLE outage_premises (
    outage_id TEXT NOT NULL REFERENCES outages (id),
    eic TEXT NOT NULL REFERENCES premises (eic),
    until_revision INTEGER,
    PRIMARY KEY (outage_id, eic)
) STRICT;
CREATE INDEX outage_premises_by_eic ON outage_premises (eic);

-- Phones that asked for the news of an outage, whether or not they belong to a customer.
CREATE TABLE outage_subscribers (
    outage_id TEXT NOT NULL REFERENCES outages (id),
    phone TEXT NOT NULL,
    language TEXT NOT NULL,
    at TEXT NOT NULL,
    told INTEGER NOT NULL DEFAULT 1,   -- 0: reported the fault, and has heard nothing since
    PRIMARY KEY (outage_id, phone)
) STRICT;

CREATE TABLE fault_reports (
    id TEXT PRIMARY KEY,
    phone TEXT NOT NULL,
    eic TEXT NOT NULL DEFAULT '',
    address TEXT NOT NULL,
    town TEXT NOT NULL,
    transformer TEXT NOT NULL DEFAULT '',
    feeder TEXT NOT NULL DEFAULT '',
    scope TEXT NOT NULL,
    danger INTEGER NOT NULL DEFAULT 0,
    still_out INTEGER NOT NULL DEFAULT 0,
    outage_id TEXT,
    state TEXT NOT NULL CHECK (state IN ('open', 'cancelled', 'closed')),
    message_id TEXT NOT NULL,
    made_at TEXT NOT NULL,
    closed_at TEXT
) STRICT;
CREATE INDEX fault_reports_open ON fault_reports (phone) WHERE state = 'open';
CREATE INDEX fault_reports_by_phone ON fault_reports (phone);
-- All that a page of the console needs to see whether anything is new.
CREATE INDEX fault_reports_news ON fault_reports (state, made_at, danger, still_out, outage_id)
    WHERE state = 'open';
CREATE INDEX fault_reports_by_transformer ON fault_reports (transformer, made_at);
CREATE INDEX fault_reports_by_outage ON fault_reports (outage_id) WHERE outage_id IS NOT NULL;

"""
REST = """
-- Who talks with whom --------------------------------------------------------------------------
CREATE TABLE conversations (
    id TEXT PRIMARY KEY,
    phone TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL DEFAULT 'bot' CHECK (owner IN ('bot', 'agent')),
    agent TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT '', -- chosen for good by somebody who is no customer
    state TEXT NOT NULL DEFAULT '',    -- JSON of the dialogue under way
    pace TEXT NOT NULL DEFAULT '',     -- how much was answered lately: bot/conversation/restraint
    topic TEXT NOT NULL DEFAULT '',
    urgent INTEGER NOT NULL DEFAULT 0,
    waiting_since TEXT,
    last_in_at TEXT,
    made_at TEXT NOT NULL,
    agent_at TEXT,                     -- the last act of the agent who has it
    closed_at TEXT,                    -- done with, until the customer writes again
    closed_by TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX conversations_waiting ON conversations (urgent DESC, waiting_since)
    WHERE waiting_since IS NOT NULL;
CREATE INDEX conversations_of_agents ON conversations (agent) WHERE owner = 'agent';
CREATE INDEX conversations_closed ON conversations (closed_at) WHERE closed_at IS NOT NULL;

-- One row an inbound text: what it was understood as, and what it caused.
CREATE TABLE turns (
    message_id TEXT PRIMARY KEY REFERENCES messages (id),
    -- No reference: each conversation that goes would be looked for in all turns, and an index for
    -- that costs each text up to 40 us. Who takes a conversation has taken its texts before.
    conversation_id TEXT NOT NULL,
    reply_id TEXT REFERENCES messages (id),
    at TEXT NOT NULL,
    language TEXT NOT NULL,
    intent TEXT NOT NULL,
    score REAL NOT NULL,
    sure INTEGER NOT NULL,
    because TEXT NOT NULL,             -- the nearest example phrases, a line each
    answers TEXT NOT NULL,             -- the catalogue keys of the answer, with spaces between
    events TEXT NOT NULL               -- JSON list of what else it caused; '' for nothing
) STRICT, WITHOUT ROWID;
-- Else each message that retention takes walks over all turns.
CREATE INDEX turns_by_reply ON turns (reply_id) WHERE reply_id IS NOT NULL;

-- What texts meant that we were not sure of, as their writers or agents said: one row a text,
-- without numbers, names and addresses. They wait for a person to accept them.
CREATE TABLE candidates (
    id TEXT PRIMARY KEY,
    message_id TEXT NOT NULL UNIQUE,   -- finds them when a phone's data are erased
    language TEXT NOT NULL CHECK (language IN ('lv', 'ru', 'en')),
    intent TEXT NOT NULL,
    text TEXT NOT NULL,
    skeleton TEXT NOT NULL,            -- folded: spellings of one phrase meet
    source TEXT NOT NULL CHECK (source IN ('customer', 'agent')),
    at TEXT NOT NULL
) STRICT;

-- Accepted candidates: phrases of this installation, beside those that come with the program.
CREATE TABLE phrases (
    id TEXT PRIMARY KEY,
    language TEXT NOT NULL CHECK (language IN ('lv', 'ru', 'en')),
    intent TEXT NOT NULL,
    text TEXT NOT NULL,
    skeleton TEXT NOT NULL UNIQUE,
    accepted_at TEXT NOT NULL,
    accepted_by TEXT NOT NULL
) STRICT;

-- Money and complaints -------------------------------------------------------------------------
CREATE TABLE debts (
    id TEXT PRIMARY KEY,
    customer_number TEXT NOT NULL REFERENCES customers (customer_number),
    reference TEXT NOT NULL UNIQUE,    -- the invoice, or the case of the billing system
    sum_cents INTEGER NOT NULL,
    due_on TEXT NOT NULL,              -- a date
    pay_by TEXT,                       -- the day that the latest notice named
    stage TEXT NOT NULL DEFAULT '' CHECK (stage IN ('', 'first', 'second', 'disconnection',
                                                    'disconnected', 'plan', 'paid')),
    disconnect_on TEXT,                -- a date
    plan TEXT NOT NULL DEFAULT '',     -- JSON list of [date, cents]
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX debts_by_customer ON debts (customer_number);

-- The days that one notice of a debt names; the next one may name others.
CREATE TABLE debt_days (
    notice_id TEXT PRIMARY KEY REFERENCES notices (id),
    pay_by TEXT,
    disconnect_on TEXT
) STRICT;

CREATE TABLE complaints (
    id TEXT PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,       -- what the customer is told and types
    phone TEXT NOT NULL,
    customer_number TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL,
    text TEXT NOT NULL,
    message_id TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
    outcome TEXT NOT NULL DEFAULT '',
    made_at TEXT NOT NULL,
    answer_by TEXT NOT NULL,
    closed_at TEXT,
    closed_by TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX complaints_open ON complaints (answer_by) WHERE state = 'open';
CREATE INDEX complaints_of_phone ON complaints (phone, id) WHERE state = 'open';

-- The house ------------------------------------------------------------------------------------
CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT '',
    login TEXT NOT NULL DEFAULT '',    -- of the operating system, where a person acted
    seq INTEGER NOT NULL UNIQUE,       -- its place in the chain, without gaps
    salt TEXT NOT NULL,                -- '' when subject and detail were erased
    content_hash TEXT NOT NULL,        -- of salt, subject and detail; stays when they are erased
    hash TEXT NOT NULL                 -- of the hash before and of this row
) STRICT;
CREATE INDEX audit_of ON audit (subject);
CREATE INDEX audit_at ON audit (at, id);

-- Where the chain of the audit log ends (head), and the last row that retention took (anchor).
CREATE TABLE audit_chain (
    name TEXT PRIMARY KEY,             -- head, anchor
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL
) STRICT;

-- Single facts of the whole installation: moratorium, stop of all sending, data versions.
CREATE TABLE switches (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    at TEXT NOT NULL,
    by TEXT NOT NULL
) STRICT;

CREATE TABLE locks (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until TEXT NOT NULL
) STRICT;
"""
FIRST = PEOPLE_AND_NETWORK + TOLD + REST + CONSOLE + API + PRIVACY + GUARD


@MIGRATIONS()
def m001_first(db: object) -> None:
    """All tables of the first release."""
    for statement in statements(FIRST):
        cast(sqlite_utils.Database, db).execute(statement)


@MIGRATIONS()
def m002_receipts_once(db: object) -> None:
    """Each word about a message once: those of one moment are then kept in one statement."""
    for statement in statements(RECEIPTS_ONCE):
        cast(sqlite_utils.Database, db).execute(statement)


def statements(script: str) -> Iterator[str]:
    """The statements of a script, each ending with its line.

    sqlite-utils looks for the ends after every letter, which takes ten times as long as all else.
    """
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if line.rstrip().endswith(";") and sqlite3.complete_statement(pending):
            yield pending
            pending = ""
    if pending.strip():
        yield pending
