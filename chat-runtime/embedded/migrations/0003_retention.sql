-- What is too old expires by a change in the log, and is purged some time after it.

-- Beside its change in `change`: the messages up to `through` have expired. Those of a conversation before the last one
-- that is purged go with it. `purge` is 0 if that is to come, 1 if it has begun, 2 when it is done.
CREATE TABLE expiry (
    conversation BLOB    NOT NULL,
    offset       INTEGER NOT NULL,
    through      INTEGER NOT NULL,
    purge        INTEGER NOT NULL,
    PRIMARY KEY (conversation, offset)
) WITHOUT ROWID;
CREATE INDEX expiry_to_purge ON expiry (conversation) WHERE purge < 2;

-- What is left of a purged message, by which its retry is known.
CREATE TABLE purged_message (
    conversation BLOB    NOT NULL,
    local        BLOB    NOT NULL,
    seq          INTEGER NOT NULL,
    offset       INTEGER NOT NULL,
    PRIMARY KEY (conversation, local)
) WITHOUT ROWID;

-- The changes of a conversation's oldest messages are one range of this.
CREATE INDEX change_by_message ON change (conversation, body ->> 'messageSeq') WHERE body ->> 'messageSeq' IS NOT NULL;

-- Those that are there already count from now on.
ALTER TABLE dead_letter ADD COLUMN buried_at INTEGER NOT NULL DEFAULT 0;
UPDATE dead_letter SET buried_at = unixepoch() * 1000;
