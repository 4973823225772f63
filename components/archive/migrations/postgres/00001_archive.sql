-- +goose Up
CREATE TABLE archive (
	owner    TEXT NOT NULL,   -- bare JID of the account or room
	id       BIGINT NOT NULL, -- time-ordered: milliseconds since 1970 << 20 | number
	peer     TEXT NOT NULL,   -- bare JID of the other side; in a room, of the author
	resource TEXT NOT NULL,   -- of the other side
	stanza   BYTEA NOT NULL,  -- as delivered, without the stanza-id of this archive
	PRIMARY KEY (owner, id)
);
CREATE INDEX archive_peer ON archive (owner, peer, id) WHERE peer <> '';

CREATE TABLE archive_prefs (
	owner   TEXT NOT NULL PRIMARY KEY,
	mode    TEXT NOT NULL, -- always, roster, never
	always  TEXT NOT NULL, -- JIDs, one a line
	never   TEXT NOT NULL
);
