-- +goose Up
CREATE TABLE turn_secret (
	id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
	secret BYTEA NOT NULL -- of the credentials; sealed with the key of the directory
);
