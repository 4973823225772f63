-- +goose Up
-- What the actions of profiles have done for users, the last times.
CREATE TABLE profile_run (
    owner TEXT   NOT NULL,
    at    BIGINT NOT NULL, -- microseconds since 1970
    run   TEXT   NOT NULL, -- JSON
    PRIMARY KEY (owner, at)
);
