package sqlitestore

// schema is the history of the tables; an entry never changes once released.
//
// Times are Unix milliseconds. NULL stands for an empty text, and for a zero
// time where a column may be without one. A conversation's latest ask is part
// of its row, since no other ask of it can be open; the line and the tickets an
// agent holds are partial indexes over those rows, and so can never disagree
// with them.
var schema = []string{`
CREATE TABLE conversations (
	id            TEXT NOT NULL PRIMARY KEY,
	channel       TEXT,
	account       TEXT,
	user          TEXT,
	thread        TEXT,
	name          TEXT,
	status        TEXT NOT NULL,
	epoch         INTEGER NOT NULL,
	episode       INTEGER NOT NULL,
	last_in       TEXT NOT NULL,
	last_heard    INTEGER NOT NULL,
	last_out      TEXT NOT NULL DEFAULT '',
	language      TEXT,
	offered       INTEGER NOT NULL DEFAULT 0,
	ticket        TEXT,
	ticket_status TEXT,
	lane          TEXT,
	rank          TEXT,
	class         INTEGER NOT NULL DEFAULT 0,
	asked_at      INTEGER,
	assignee      TEXT,
	assignee_name TEXT,
	claim_id      TEXT,
	returns       INTEGER NOT NULL DEFAULT 0,
	closed_at     INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX conversations_line ON conversations (lane, rank) WHERE ticket_status = 'waiting';
CREATE INDEX conversations_held ON conversations (assignee, asked_at, ticket) WHERE ticket_status = 'claimed';

CREATE TABLE messages (
	conversation TEXT NOT NULL,
	key          TEXT NOT NULL,
	author       TEXT,
	agent        TEXT,
	name         TEXT,
	purpose      TEXT,
	parts        TEXT NOT NULL, -- JSON
	way          INTEGER NOT NULL,
	ask          TEXT,
	client_id    TEXT,
	received     INTEGER,
	private      INTEGER NOT NULL,
	delivery     TEXT,          -- NULL: a customer's
	attempts     INTEGER NOT NULL DEFAULT 0,
	code         TEXT,
	hint         TEXT,
	outcome_at   INTEGER,
	PRIMARY KEY (conversation, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX messages_undelivered ON messages (conversation, key) WHERE delivery IN ('pending', 'attempting');

CREATE TABLE causes (
	conversation TEXT NOT NULL,
	cause        TEXT NOT NULL,
	messages     TEXT NOT NULL, -- JSON: the keys of what it made us say
	PRIMARY KEY (conversation, cause)
) STRICT, WITHOUT ROWID;

CREATE TABLE onces (
	name TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE records (
	seq   INTEGER PRIMARY KEY,
	ask   TEXT NOT NULL,
	event TEXT NOT NULL,
	nth   INTEGER NOT NULL,
	lane  TEXT,
	at    INTEGER NOT NULL,
	agent TEXT,
	why   TEXT,
	UNIQUE (ask, event, nth)
) STRICT;

CREATE INDEX records_at ON records (at);
CREATE INDEX records_claimed ON records (lane, at) WHERE event = 'claimed';

CREATE TABLE work (
	kind         TEXT NOT NULL,
	conversation TEXT NOT NULL,
	key          TEXT NOT NULL,
	agent        TEXT NOT NULL,
	due          INTEGER NOT NULL,
	attempts     INTEGER NOT NULL,
	PRIMARY KEY (kind, conversation, key, agent)
) STRICT, WITHOUT ROWID;

CREATE INDEX work_due ON work (due);
`, `
ALTER TABLE conversations ADD COLUMN answered INTEGER;

-- A cause of the whole store leads to what was said for it.
CREATE TABLE once_causes (
	cause        TEXT NOT NULL PRIMARY KEY,
	conversation TEXT NOT NULL,
	messages     TEXT NOT NULL -- JSON, as in causes
) STRICT, WITHOUT ROWID;
INSERT INTO once_causes SELECT name, '', '[]' FROM onces;
DROP TABLE onces;

-- Of several records of one occasion the earliest counts, so several are kept.
CREATE TABLE ledger (
	seq   INTEGER PRIMARY KEY,
	ask   TEXT NOT NULL,
	event TEXT NOT NULL,
	nth   INTEGER NOT NULL,
	lane  TEXT,
	at    INTEGER NOT NULL,
	agent TEXT,
	why   TEXT
) STRICT;
INSERT INTO ledger SELECT seq, ask, event, nth, lane, at, agent, why FROM records;
DROP TABLE records;
ALTER TABLE ledger RENAME TO records;
CREATE INDEX records_ask ON records (ask, event, nth);
CREATE INDEX records_at ON records (at);
CREATE INDEX records_claimed ON records (lane, at) WHERE event = 'claimed';
`, `
-- How far a customer's client has come with what people wrote.
CREATE TABLE seen (
	conversation TEXT NOT NULL PRIMARY KEY,
	received     TEXT NOT NULL,
	read         TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`, `
-- The own conversation of the customer whom a visitor turned out to be.
ALTER TABLE conversations ADD COLUMN became TEXT;
`, `
-- What is left of the newest grant.
ALTER TABLE conversations ADD COLUMN granted TEXT;
ALTER TABLE conversations ADD COLUMN allowance INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN allowed_until INTEGER;

-- The user and the thread are forgotten until the customer's next word.
ALTER TABLE conversations ADD COLUMN erased INTEGER NOT NULL DEFAULT 0;

ALTER TABLE messages ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN inline INTEGER NOT NULL DEFAULT 0;
DROP INDEX messages_undelivered;
CREATE INDEX messages_undelivered ON messages (conversation, key) WHERE delivery IN ('pending', 'attempting', 'held');
`, `
-- What the allowance had when it was granted.
ALTER TABLE conversations ADD COLUMN allowance_total INTEGER NOT NULL DEFAULT 0;
`, `
-- The message that shows a waiting customer their place, and what it shows.
ALTER TABLE conversations ADD COLUMN note_key TEXT;
ALTER TABLE conversations ADD COLUMN note_id TEXT;
ALTER TABLE conversations ADD COLUMN note_place TEXT;

-- Until when what may be done once in a while is taken.
CREATE TABLE turns (
	scope TEXT NOT NULL PRIMARY KEY,
	until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`, `
-- What a customer's word means by law, and whether the platform answers it.
ALTER TABLE messages ADD COLUMN keyword TEXT;
ALTER TABLE messages ADD COLUMN answered INTEGER NOT NULL DEFAULT 0;

-- Whether a customer lets us write to them.
ALTER TABLE conversations ADD COLUMN consent_key TEXT;
ALTER TABLE conversations ADD COLUMN opted_out INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN consent_told INTEGER NOT NULL DEFAULT 0;
`}
