-- +goose Up
-- Up to when the times of profiles are observed.
CREATE TABLE profile_clock (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    at INTEGER NOT NULL -- milliseconds since 1970
);
