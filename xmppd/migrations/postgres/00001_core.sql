-- +goose Up
CREATE TABLE secrets (
	name  TEXT NOT NULL PRIMARY KEY,
	value BYTEA NOT NULL -- random bytes
);

CREATE TABLE rosters (
	owner   TEXT NOT NULL PRIMARY KEY, -- bare JID
	version BIGINT NOT NULL,           -- grows with each change that clients see; milliseconds since 1970 or more
	serial  BIGINT NOT NULL            -- grows with each change
);

CREATE TABLE contacts (
	owner    TEXT NOT NULL,    -- bare JID
	contact  TEXT NOT NULL,    -- bare JID
	state    BIGINT NOT NULL,  -- 0-8: none, none+out, none+in, none+out+in, to, to+in, from, from+out, both (RFC 6121 A.1)
	listed   BOOLEAN NOT NULL, -- clients see it; false: the contact has asked and is not in the roster
	approved BOOLEAN NOT NULL, -- approved before the contact asked (RFC 6121 3.4)
	name     TEXT NOT NULL,
	group_names TEXT NOT NULL,    -- separated by U+001F
	request  BYTEA,             -- the contact's unanswered <presence type='subscribe'/>
	PRIMARY KEY (owner, contact)
);

CREATE TABLE offline (
	id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	owner    TEXT NOT NULL,            -- bare JID
	archived BOOLEAN NOT NULL,         -- the message is in the owner's archive too
	node     TEXT NOT NULL DEFAULT '', -- the node and the session that are delivering it
	session  TEXT NOT NULL DEFAULT '',
	stanza   BYTEA NOT NULL             -- with delay and stanza-id
);
CREATE INDEX offline_owner ON offline (owner, id);
