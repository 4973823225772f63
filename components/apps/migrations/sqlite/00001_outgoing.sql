-- +goose Up
CREATE TABLE apps_outgoing (
	owner  TEXT NOT NULL PRIMARY KEY, -- bare JID
	device TEXT NOT NULL              -- that rings first for calls which its owner has asked for
);
