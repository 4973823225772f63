-- +goose Up
CREATE TABLE vcards (
	owner TEXT NOT NULL PRIMARY KEY, -- bare JID
	data  BLOB NOT NULL              -- the <vCard/>, standing alone
) WITHOUT ROWID;
