-- The first schema. Ids are BLOBs; times are milliseconds since the epoch; offsets are the log's.

-- Offsets are one sequence for all partitions: those of a partition grow, with gaps.
CREATE TABLE log (
    offset    INTEGER PRIMARY KEY,
    partition INTEGER NOT NULL,
    payload   BLOB    NOT NULL
);

-- Records that could not be understood, for an operator to look at.
CREATE TABLE dead_letter (
    partition INTEGER NOT NULL,
    offset    INTEGER NOT NULL,
    payload   BLOB    NOT NULL,
    reason    TEXT    NOT NULL,
    PRIMARY KEY (partition, offset)
) WITHOUT ROWID;

-- What was decided when the folder was made, such as the number of partitions.
CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE partition_mark (
    partition INTEGER PRIMARY KEY,
    offset    INTEGER NOT NULL
);

CREATE TABLE conversation (
    id           BLOB PRIMARY KEY,
    kind         INTEGER NOT NULL,
    open_history INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    offset       INTEGER NOT NULL,
    name         TEXT,
    name_offset  INTEGER NOT NULL
) WITHOUT ROWID;

-- A page of history is one range of this table. `local` is the id without the conversation that it begins with;
-- `content` and `changes` are JSON, `changes` NULL until there are any.
CREATE TABLE message (
    conversation      BLOB    NOT NULL,
    seq               INTEGER NOT NULL,
    offset            INTEGER NOT NULL,
    local             BLOB    NOT NULL,
    sender            BLOB    NOT NULL,
    client_message_id TEXT    NOT NULL,
    created_at        INTEGER NOT NULL,
    content           TEXT    NOT NULL,
    changes           TEXT,
    PRIMARY KEY (conversation, seq)
) WITHOUT ROWID;
CREATE UNIQUE INDEX message_by_id ON message (conversation, local);

-- `body` is JSON.
CREATE TABLE change (
    conversation BLOB    NOT NULL,
    change_seq   INTEGER NOT NULL,
    offset       INTEGER NOT NULL,
    id           BLOB    NOT NULL,
    body         TEXT    NOT NULL,
    PRIMARY KEY (conversation, change_seq)
) WITHOUT ROWID;
CREATE UNIQUE INDEX change_by_id ON change (id);

-- Append-only: the last event below a place in the log counts. `role` is NULL where the membership ended.
CREATE TABLE member_event (
    conversation  BLOB    NOT NULL,
    user          BLOB    NOT NULL,
    offset        INTEGER NOT NULL,
    role          INTEGER,
    since         INTEGER NOT NULL,
    history_from  INTEGER NOT NULL,
    changes_after INTEGER NOT NULL,
    PRIMARY KEY (conversation, user, offset)
) WITHOUT ROWID;
CREATE INDEX member_event_by_user ON member_event (user, conversation, offset);

CREATE TABLE rejection (
    sender            BLOB    NOT NULL,
    conversation      BLOB    NOT NULL,
    offset            INTEGER NOT NULL,
    client_message_id TEXT    NOT NULL,
    reason            TEXT    NOT NULL,
    at                INTEGER NOT NULL,
    PRIMARY KEY (sender, conversation, offset)
) WITHOUT ROWID;
CREATE INDEX rejection_by_time ON rejection (at);

CREATE TABLE receipt (
    conversation BLOB    NOT NULL,
    user         BLOB    NOT NULL,
    delivered    INTEGER NOT NULL,
    read         INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    PRIMARY KEY (conversation, user)
) WITHOUT ROWID;

CREATE TABLE quarantine (
    conversation BLOB PRIMARY KEY,
    why          TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE account (
    id            BLOB PRIMARY KEY,
    email         TEXT    NOT NULL UNIQUE,
    name          TEXT    NOT NULL,
    tier          INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    password_hash TEXT    NOT NULL
) WITHOUT ROWID;
CREATE INDEX account_by_name ON account (name, id);

CREATE TABLE session (
    id         BLOB PRIMARY KEY,
    user       BLOB    NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX session_by_expiry ON session (expires_at);

-- `hash` is the token's SHA-256. A used token stays until it would have expired, to recognise its second use.
CREATE TABLE refresh_token (
    hash       BLOB PRIMARY KEY,
    session    BLOB    NOT NULL,
    used       INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX refresh_token_by_session ON refresh_token (session);
