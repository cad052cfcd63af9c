"""The tables of the console: who may enter, where they are signed in, what they have read."""

from __future__ import annotations

CONSOLE = """
-- The console ----------------------------------------------------------------------------------
CREATE TABLE agents (
    name TEXT PRIMARY KEY,             -- what they sign in with, lower case
    full_name TEXT NOT NULL,
    roles TEXT NOT NULL,               -- space-separated: agent dispatcher operator administrator
    password_hash TEXT NOT NULL,       -- argon2id
    must_change INTEGER NOT NULL DEFAULT 1,    -- the password was given, not chosen
    given_at TEXT,                     -- then: when; it ends by itself
    totp_secret TEXT NOT NULL DEFAULT '',      -- '' without a second step
    step_asked_at TEXT,                -- first asked to set one up, as the policy wants of them
    totp_used INTEGER NOT NULL DEFAULT 0,      -- the period of the last code: none counts twice
    language TEXT NOT NULL CHECK (language IN ('lv', 'ru', 'en')),
    theme TEXT NOT NULL DEFAULT 'auto' CHECK (theme IN ('auto', 'light', 'dark')),
    disabled_at TEXT,
    made_at TEXT NOT NULL
) STRICT;

-- Wrong passwords and codes in a row, also for names that nobody has: a lock must not tell which
-- names exist. The name is hashed, as people type passwords into the wrong field.
CREATE TABLE agent_tries (
    name_hash TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    locked_until TEXT,
    at TEXT NOT NULL
) STRICT;

CREATE TABLE agent_sessions (
    token_hash TEXT PRIMARY KEY,       -- the token itself is only in the browser
    agent TEXT NOT NULL REFERENCES agents (name),
    passed INTEGER NOT NULL,           -- 0: the password was right, the code is awaited
    made_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,             -- the last act of the person, not of the polling page
    address TEXT NOT NULL DEFAULT '',  -- of the browser, for the person to recognise
    browser TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX agent_sessions_by_agent ON agent_sessions (agent);

-- How far each agent has read a conversation: the id of its last message then.
CREATE TABLE conversation_reads (
    agent TEXT NOT NULL,
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    message_id TEXT NOT NULL,
    PRIMARY KEY (agent, conversation_id)
) STRICT, WITHOUT ROWID;
-- Here and of waits: for a conversation that goes.
CREATE INDEX conversation_reads_of ON conversation_reads (conversation_id);

-- Reports of danger that somebody has looked at; the others stay on top of the network.
CREATE TABLE danger_looks (
    report_id TEXT PRIMARY KEY REFERENCES fault_reports (id),
    by TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX fault_reports_dangers ON fault_reports (made_at) WHERE danger = 1;

-- What agents write to each other beside a conversation; no customer sees it.
CREATE TABLE conversation_notes (
    id TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    agent TEXT NOT NULL,
    text TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX conversation_notes_of ON conversation_notes (conversation_id);

-- How long customers waited for a person: one row a wait that an agent's answer ended.
CREATE TABLE conversation_waits (
    id TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    agent TEXT NOT NULL,
    urgent INTEGER NOT NULL,
    since TEXT NOT NULL,
    answered_at TEXT NOT NULL
) STRICT;
CREATE INDEX conversation_waits_of ON conversation_waits (conversation_id);
CREATE INDEX conversation_waits_at ON conversation_waits (answered_at);

-- Answers of the distributor's own that agents pick; those that come with the program are texts.
CREATE TABLE ready_answers (
    name TEXT PRIMARY KEY,             -- what an agent types after "/"
    topic TEXT NOT NULL,
    lv TEXT NOT NULL,
    ru TEXT NOT NULL,
    en TEXT NOT NULL,
    made_by TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;

-- What is searched: one document a conversation, made anew from its texts after they came in, by
-- a job and before a search. Nothing of it is on the path of a text.
CREATE TABLE search_documents (
    id INTEGER PRIMARY KEY,            -- rowid of its words
    conversation_id TEXT NOT NULL UNIQUE REFERENCES conversations (id),
    up_to TEXT NOT NULL                -- the last turn in it; '' when it must be made anew
) STRICT;
CREATE INDEX search_stale ON search_documents (id) WHERE up_to = '';
CREATE VIRTUAL TABLE search_words USING fts5 (
    people, texts, tokenize = "unicode61 remove_diacritics 2", prefix = '2 3'
);
"""
