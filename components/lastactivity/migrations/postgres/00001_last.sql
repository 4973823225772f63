-- +goose Up
CREATE TABLE last_activity (
	owner  TEXT NOT NULL PRIMARY KEY, -- bare JID
	at     BIGINT NOT NULL,           -- seconds since 1970
	status TEXT NOT NULL              -- of the last unavailable presence
);
