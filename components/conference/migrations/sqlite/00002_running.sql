-- +goose Up
CREATE TABLE conference_running (    -- conferences that go on
	room  TEXT   NOT NULL PRIMARY KEY,
	node  TEXT   NOT NULL,           -- where
	since BIGINT NOT NULL            -- milliseconds since 1970
);
CREATE INDEX conference_running_node ON conference_running (node);
