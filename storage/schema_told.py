"""The tables of what is told: campaigns, notices, messages, letters, calls. See `schema`."""

from __future__ import annotations

TOLD = """
-- What is told ---------------------------------------------------------------------------------
CREATE TABLE campaigns (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    title TEXT NOT NULL,
    parent_id TEXT,                    -- a reminder goes with its planned notice's approval
    corrects_id TEXT,                  -- a correction: the campaign whose readers get it
    audience TEXT NOT NULL DEFAULT '', -- an announcement: whom it is for, in words
    made_by TEXT NOT NULL,
    made_login TEXT NOT NULL DEFAULT '',  -- of the operating system, where a person acted
    made_at TEXT NOT NULL,
    approved_by TEXT,
    approved_login TEXT NOT NULL DEFAULT '',
    approved_at TEXT,
    late_reason TEXT,
    deadline_at TEXT,                  -- the last moment at which the law is kept
    works INTEGER NOT NULL DEFAULT 0,  -- how many outages it tells of, and when they begin
    first_at TEXT,
    last_at TEXT,
    paused_why TEXT,
    valid_until TEXT,                  -- an announcement: of no use after
    canary_until TEXT,                 -- receipts of the first few are awaited until then
    -- failed, and handed over in all, when a person last let it go on: they do not count again
    seen_failed INTEGER NOT NULL DEFAULT 0,
    seen_handed INTEGER NOT NULL DEFAULT 0,
    updated_at TEXT NOT NULL
) STRICT;
CREATE INDEX campaigns_by_state ON campaigns (state);
CREATE INDEX campaigns_by_parent ON campaigns (parent_id) WHERE parent_id IS NOT NULL;

-- The words of an announcement or a correction, a row a language.
CREATE TABLE campaign_texts (
    campaign_id TEXT NOT NULL REFERENCES campaigns (id),
    language TEXT NOT NULL CHECK (language IN ('lv', 'ru', 'en')),
    text TEXT NOT NULL,
    PRIMARY KEY (campaign_id, language)
) STRICT, WITHOUT ROWID;

-- What one customer (or one subscribed phone) must be told about one revision of one outage; or
-- about another topic: an announcement, a debt, a complaint.
CREATE TABLE notices (
    id TEXT PRIMARY KEY,
    campaign_id TEXT NOT NULL REFERENCES campaigns (id),
    outage_id TEXT REFERENCES outages (id),
    topic_id TEXT NOT NULL DEFAULT '', -- what it is about when it is about no outage
    revision INTEGER NOT NULL,
    kind TEXT NOT NULL,
    customer_number TEXT NOT NULL DEFAULT '',
    eic TEXT NOT NULL DEFAULT '',
    phone TEXT NOT NULL DEFAULT '',    -- of a subscriber who is no customer
    -- in_doubt: overtaken while its message was on the way; whether it was told is not known yet
    state TEXT NOT NULL CHECK (state IN ('draft', 'approved', 'queued', 'unreachable',
                                         'in_doubt', 'withdrawn')),
    due_at TEXT NOT NULL,
    old_starts_at TEXT,                -- what this customer was told before (moved, cancelled)
    old_ends_at TEXT,
    life_support INTEGER NOT NULL DEFAULT 0,  -- these go first
    by_letter INTEGER NOT NULL DEFAULT 0,     -- neither phone nor e-mail: goes day and night
    made_at TEXT NOT NULL,
    UNIQUE (customer_number, eic, phone, outage_id, revision, kind)
) STRICT;
CREATE UNIQUE INDEX notices_of_topic ON notices (topic_id, kind, customer_number, phone)
    WHERE outage_id IS NULL;
-- With the time: each look for due notices, and the next of them in order, is one range.
CREATE INDEX notices_by_campaign ON notices (campaign_id, state, due_at);
-- Partial: else a look for the notices of one debt walks those of all debts (20,000 took 100 s).
CREATE INDEX notices_by_outage ON notices (outage_id, revision) WHERE outage_id IS NOT NULL;
CREATE INDEX notices_urgent ON notices (campaign_id, customer_number)
    WHERE life_support = 1 AND state = 'approved';
CREATE INDEX notices_by_letter ON notices (campaign_id, due_at)
    WHERE by_letter = 1 AND state = 'approved';
-- One a reader at most; whether it was told is asked at each word of a long fault.
CREATE INDEX notices_of_long ON notices (outage_id, customer_number, eic, phone)
    WHERE kind = 'long_outage';
CREATE INDEX notices_in_doubt ON notices (outage_id) WHERE state = 'in_doubt';

CREATE TABLE messages (
    id TEXT PRIMARY KEY,
    direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    channel TEXT NOT NULL CHECK (channel IN ('sms', 'email', 'letter', 'voice')),
    kind TEXT NOT NULL,                -- text, answer, agent, or the notice kind
    lane TEXT NOT NULL DEFAULT '',     -- answer, alert
    provider TEXT NOT NULL DEFAULT '',
    provider_id TEXT,
    peer TEXT NOT NULL,                -- the customer's phone number or e-mail address
    customer_number TEXT NOT NULL DEFAULT '',
    campaign_id TEXT,
    in_reply_to TEXT,
    topic_id TEXT NOT NULL DEFAULT '',  -- the outage, or empty where one message tells of several
    language TEXT NOT NULL DEFAULT '',
    body TEXT,                         -- NULL: written when the message is claimed
    segments INTEGER NOT NULL DEFAULT 0,
    cost_cents INTEGER NOT NULL DEFAULT 0,  -- by the prices of the day on which it went
    status TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at TEXT,
    valid_until TEXT,
    leased_by TEXT,
    lease_until TEXT,
    claimed_at TEXT,
    lookups INTEGER NOT NULL DEFAULT 0,
    followed INTEGER NOT NULL DEFAULT 0,  -- it failed or stayed silent, and the next channel knows
    error_code TEXT,
    made_at TEXT NOT NULL,
    sent_at TEXT,
    done_at TEXT,
    made_by TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX messages_by_provider_id ON messages (provider, provider_id)
    WHERE provider_id IS NOT NULL;
CREATE INDEX messages_by_peer ON messages (peer, made_at);
CREATE INDEX messages_by_campaign ON messages (campaign_id, status) WHERE campaign_id IS NOT NULL;
CREATE UNIQUE INDEX messages_once ON messages (campaign_id, channel, peer, topic_id)
    WHERE campaign_id IS NOT NULL;
-- Claims look only at what waits; over the whole table they were hundreds of times slower.
-- The campaign is in the index so that the many of a paused one are passed over without being read.
CREATE INDEX messages_ready ON messages (channel, lane, due_at, campaign_id)
    WHERE status = 'queued';
-- Figures of a month; without it each of them reads every message there is.
CREATE INDEX messages_sent ON messages (sent_at) WHERE lane = 'alert' AND sent_at IS NOT NULL;
-- What agents wrote: a few among the many.
CREATE INDEX messages_of_agents ON messages (made_at) WHERE kind = 'agent';
CREATE INDEX messages_leased ON messages (lease_until) WHERE status IN ('sending', 'unknown');
-- What may call for the next channel; a receipt takes its message out again.
CREATE INDEX messages_to_follow ON messages (status, sent_at)
    WHERE followed = 0
      AND kind IN ('planned_notice', 'moved', 'cancelled', 'debt_first', 'debt_second')
      AND (status IN ('failed', 'expired', 'set_aside')
           OR status = 'withdrawn' AND error_code = 'opted_out'
           OR status IN ('accepted', 'sent') AND channel = 'sms');

CREATE TABLE notice_messages (
    notice_id TEXT NOT NULL REFERENCES notices (id),
    message_id TEXT NOT NULL REFERENCES messages (id),
    PRIMARY KEY (notice_id, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX notice_messages_by_message ON notice_messages (message_id);

-- Letters that went to the print shop together: one PDF, one manifest.
CREATE TABLE letter_batches (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('open', 'written')),
    file TEXT NOT NULL DEFAULT '',
    letters INTEGER NOT NULL DEFAULT 0,
    pages INTEGER NOT NULL DEFAULT 0,
    postage_cents INTEGER NOT NULL DEFAULT 0,
    made_by TEXT NOT NULL,
    made_at TEXT NOT NULL,
    written_at TEXT
) STRICT;

-- Whom a person must ring up: life support at home, or nobody reached in time.
CREATE TABLE calls (
    id TEXT PRIMARY KEY,
    reason TEXT NOT NULL CHECK (reason IN ('life_support', 'not_reached')),
    customer_number TEXT NOT NULL,
    eic TEXT NOT NULL DEFAULT '',
    outage_id TEXT,
    campaign_id TEXT,
    before_at TEXT,                    -- of no use after
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'withdrawn')),
    made_at TEXT NOT NULL,
    done_at TEXT,
    done_by TEXT NOT NULL DEFAULT '',
    outcome TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX calls_once ON calls (reason, customer_number, eic, outage_id, campaign_id);
CREATE INDEX calls_open ON calls (before_at) WHERE state = 'open';

CREATE TABLE receipts (
    id TEXT PRIMARY KEY,
    message_id TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    status TEXT NOT NULL,
    error_code TEXT,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX receipts_by_message ON receipts (message_id);
"""

# A word that was kept twice is kept once, the first of them; from now on the engine sees to it.
RECEIPTS_ONCE = """
DELETE FROM receipts WHERE EXISTS (
    SELECT 1 FROM receipts earlier
    WHERE earlier.message_id = receipts.message_id AND earlier.provider_id = receipts.provider_id
      AND earlier.status = receipts.status AND earlier.id < receipts.id);
DROP INDEX receipts_by_message;
CREATE UNIQUE INDEX receipts_once ON receipts (message_id, provider_id, status);
"""
