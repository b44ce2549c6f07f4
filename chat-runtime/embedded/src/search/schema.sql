-- Derived from the store: a new schema needs a new number in file.rs and no migration, since the file is made anew.

-- How far into each conversation the index has come.
CREATE TABLE reached (
    conversation BLOB PRIMARY KEY,
    seq          INTEGER NOT NULL,
    change_seq   INTEGER NOT NULL
) WITHOUT ROWID;

-- The messages that have a text; `number` is the text's rowid in `words`. `edited` is the offset of the edit whose text
-- it is, NULL for the text as sent.
CREATE TABLE message (
    number       INTEGER PRIMARY KEY,
    conversation BLOB    NOT NULL,
    seq          INTEGER NOT NULL,
    id           BLOB    NOT NULL,
    sender       BLOB    NOT NULL,
    created_at   INTEGER NOT NULL,
    edited       INTEGER
);
CREATE UNIQUE INDEX message_by_seq ON message (conversation, seq);

CREATE VIRTUAL TABLE words USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2');
-- A deleted text leaves the index at once, and not only at some later merge.
INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
