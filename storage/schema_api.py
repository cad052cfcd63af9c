"""The tables for other systems: tokens, kept answers, webhooks out. See `schema`."""

from __future__ import annotations

API = """
-- Other systems --------------------------------------------------------------------------------
-- Who may call the API. A token has 256 random bits, so a plain SHA-256 of it cannot be undone.
CREATE TABLE api_tokens (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,                -- of the system that calls, as it stands in the audit
    token_hash TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL,              -- space-separated
    made_by TEXT NOT NULL,
    made_at TEXT NOT NULL,
    expires_at TEXT,
    used_at TEXT,                      -- to the minute
    revoked_at TEXT
) STRICT;
CREATE INDEX api_tokens_by_name ON api_tokens (name);

-- What a request with an Idempotency-Key was answered: for a day, the same request gets the same.
CREATE TABLE api_answers (
    caller TEXT NOT NULL,              -- the name of the token
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (caller, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX api_answers_at ON api_answers (at);

-- Who is told of events, and at which address.
CREATE TABLE webhooks (
    id TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    events TEXT NOT NULL,              -- space-separated
    secret TEXT NOT NULL,              -- signs, so it cannot be kept as a hash
    old_secret TEXT NOT NULL DEFAULT '',
    old_secret_until TEXT,             -- both sign until then
    contacts INTEGER NOT NULL DEFAULT 0,  -- 1: phone numbers in full
    state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'removed', 'gone')),
    made_by TEXT NOT NULL,
    made_at TEXT NOT NULL
) STRICT;

-- What happened, written by triggers that are there only while somebody subscribes to it.
CREATE TABLE webhook_events (
    id TEXT PRIMARY KEY,
    event TEXT NOT NULL,
    subject_id TEXT NOT NULL,          -- of the report, message, conversation or outage
    data TEXT NOT NULL,                -- JSON, without phone numbers
    at TEXT NOT NULL,
    spread INTEGER NOT NULL DEFAULT 0  -- 1: its deliveries are made
) STRICT;
CREATE INDEX webhook_events_new ON webhook_events (id) WHERE spread = 0;
CREATE INDEX webhook_events_at ON webhook_events (at);

CREATE TABLE webhook_deliveries (
    event_id TEXT NOT NULL REFERENCES webhook_events (id),
    webhook_id TEXT NOT NULL REFERENCES webhooks (id),
    state TEXT NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'delivered', 'set_aside')),
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at TEXT NOT NULL,              -- also the lease of who is delivering it
    answer TEXT NOT NULL DEFAULT '',   -- the status, or why there was none
    done_at TEXT,
    PRIMARY KEY (event_id, webhook_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, due_at)
    WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_of ON webhook_deliveries (webhook_id, event_id);
"""
