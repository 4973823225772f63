-- +goose Up
CREATE TABLE vcards (
	owner TEXT NOT NULL PRIMARY KEY, -- bare JID
	data  BYTEA NOT NULL              -- the <vCard/>, standing alone
);
