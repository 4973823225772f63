-- +goose Up
CREATE TABLE muc_card (
	room TEXT NOT NULL PRIMARY KEY, -- bare JID
	data BLOB NOT NULL              -- <vCard/>
) WITHOUT ROWID;
