-- +goose Up
CREATE TABLE muc_card (
	room TEXT NOT NULL PRIMARY KEY, -- bare JID
	data BYTEA NOT NULL             -- <vCard/>
);
