-- +goose Up
CREATE TABLE conference_bookmark (   -- bookmarks that are still to be written
	room   TEXT   NOT NULL,
	owner  TEXT   NOT NULL,          -- whose bookmark, bare JID
	what   TEXT   NOT NULL,          -- add, rename, remove
	name   TEXT   NOT NULL,          -- of the room
	was    TEXT   NOT NULL,          -- its former name, for rename
	node   TEXT   NOT NULL,          -- who writes it
	serial TEXT   NOT NULL,          -- another one when the row has changed
	PRIMARY KEY (room, owner)
);
CREATE INDEX conference_bookmark_node ON conference_bookmark (node);
