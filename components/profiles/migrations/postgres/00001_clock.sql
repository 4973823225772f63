-- +goose Up
-- Up to when the times of profiles are observed.
CREATE TABLE profile_clock (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    at BIGINT NOT NULL -- milliseconds since 1970
);
