-- +goose Up
CREATE TABLE muc_room (
	room       TEXT NOT NULL PRIMARY KEY, -- bare JID
	name       TEXT NOT NULL,             -- what the list of rooms shows
	public     BOOLEAN NOT NULL,
	persistent BOOLEAN NOT NULL,
	locked     BOOLEAN NOT NULL,          -- not configured yet
	config     BYTEA NOT NULL,             -- JSON, RoomConfig
	secret     BYTEA NOT NULL,             -- key of the occupant ids
	subject    BYTEA,                      -- the message that set it
	subject_at BIGINT NOT NULL,          -- milliseconds since 1970
	created    BIGINT NOT NULL           -- milliseconds since 1970
);

CREATE INDEX muc_room_public ON muc_room (room) WHERE public;

CREATE TABLE muc_affiliation (
	room        TEXT NOT NULL,
	jid         TEXT NOT NULL,            -- bare JID or domain
	affiliation TEXT NOT NULL,
	nick        TEXT NOT NULL,            -- reserved; '' for none
	role        TEXT NOT NULL,            -- kept for the next visit; '' for none
	reason      TEXT NOT NULL,
	PRIMARY KEY (room, jid)
);

CREATE INDEX muc_affiliation_jid ON muc_affiliation (jid, affiliation);

-- The number of the last owner of a room. Everything that is written for a room carries the writer's number; one that is
-- too old breaks the check, and nothing is written.
CREATE TABLE muc_fence (
	room  TEXT NOT NULL PRIMARY KEY,
	fence BIGINT NOT NULL,
	stale BOOLEAN NOT NULL CHECK (NOT stale)
);

-- Who is in a room, as long as there are several servers: the one that takes over goes on with them.
CREATE TABLE muc_occupant (
	room     TEXT NOT NULL,
	jid      TEXT NOT NULL,               -- full JID
	nick     TEXT NOT NULL,
	role     TEXT NOT NULL,
	presence BYTEA NOT NULL,               -- the last one, without addresses
	node     TEXT NOT NULL,               -- the server that has the room
	PRIMARY KEY (room, jid)
);

CREATE INDEX muc_occupant_node ON muc_occupant (node);

-- Archives of rooms that are gone, to be removed.
CREATE TABLE muc_purge (
	archive TEXT NOT NULL PRIMARY KEY
);
