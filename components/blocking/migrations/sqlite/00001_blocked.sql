-- +goose Up
CREATE TABLE blocked (
	owner TEXT NOT NULL, -- bare JID
	jid   TEXT NOT NULL, -- what is blocked, canonical
	PRIMARY KEY (owner, jid)
) WITHOUT ROWID;
