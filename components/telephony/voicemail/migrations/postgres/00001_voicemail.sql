-- +goose Up
CREATE TABLE voicemail_message (
	id       TEXT    NOT NULL PRIMARY KEY,
	owner    TEXT    NOT NULL,           -- whose box, bare JID
	left_at  BIGINT  NOT NULL,           -- milliseconds since 1970
	duration BIGINT  NOT NULL,           -- milliseconds
	number   TEXT    NOT NULL,           -- of the caller; empty when it was withheld
	name     TEXT    NOT NULL,
	caller   TEXT    NOT NULL,           -- bare JID of a user; empty for others
	heard    BOOLEAN NOT NULL
);
CREATE INDEX voicemail_message_owner ON voicemail_message (owner, left_at);
CREATE TABLE voicemail_mail (            -- messages that are still to be sent by mail
	id      TEXT    NOT NULL PRIMARY KEY,
	tries   BIGINT  NOT NULL,
	next_at BIGINT  NOT NULL             -- milliseconds since 1970
);
CREATE TABLE voicemail_box (             -- those that are not as all are
	owner     TEXT    NOT NULL PRIMARY KEY,
	discard   BOOLEAN NOT NULL,          -- messages are deleted when they were mailed
	monitored TEXT    NOT NULL           -- whose box is listened to by *104; empty for one's own
);
