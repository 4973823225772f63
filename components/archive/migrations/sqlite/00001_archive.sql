-- +goose Up
CREATE TABLE archive (
	owner    TEXT NOT NULL,   -- bare JID of the account or room
	id       BIGINT NOT NULL, -- time-ordered: milliseconds since 1970 << 20 | number
	peer     TEXT NOT NULL,   -- bare JID of the other side; in a room, of the author
	resource TEXT NOT NULL,   -- of the other side
	stanza   BLOB NOT NULL    -- as delivered, without the stanza-id of this archive
);
-- Rows are appended where the last one went, and one small index finds them: a third of what a table in the order of its key
-- costs for each message. A filter by peer reads the index alone.
CREATE UNIQUE INDEX archive_key ON archive (owner, id, peer);

CREATE TABLE archive_prefs (
	owner   TEXT NOT NULL PRIMARY KEY,
	mode    TEXT NOT NULL, -- always, roster, never
	always  TEXT NOT NULL, -- JIDs, one a line
	never   TEXT NOT NULL
);
