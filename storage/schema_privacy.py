"""The tables of what was asked for about a person's data, and of who was erased."""

from __future__ import annotations

PRIVACY = """
-- Personal data --------------------------------------------------------------------------------
-- Who it is about and why is only here for as long as it waits; the audit log says who did it.
CREATE TABLE privacy_requests (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('erase', 'export')),
    who TEXT NOT NULL,                 -- phone, e-mail, customer number; '' when over
    reason TEXT NOT NULL,              -- the same
    state TEXT NOT NULL CHECK (state IN ('waits', 'approved', 'done', 'dropped')),
    asked_by TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    decided_by TEXT NOT NULL DEFAULT '',
    decided_at TEXT
) STRICT;
CREATE INDEX privacy_requests_at ON privacy_requests (asked_at);

-- Whose data were erased: texts of theirs from before that, in files of any host, go as well.
CREATE TABLE erased (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL,                -- of the address, by the secret key
    at TEXT NOT NULL
) STRICT;
CREATE INDEX erased_of ON erased (hash);
"""
