-- +goose Up
-- How Microsoft is asked who is in a call, and what came of it the last time.
CREATE TABLE profile_teams (
    id         BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    enabled    BOOLEAN NOT NULL,
    tenant     TEXT NOT NULL,
    client     TEXT NOT NULL,
    secret     BYTEA, -- sealed
    revision   BIGINT NOT NULL,
    next       BIGINT NOT NULL, -- when it is asked again, in milliseconds since 1970
    asked      BIGINT NOT NULL, -- when it was asked, likewise
    failures   BIGINT NOT NULL, -- one after the other
    failure    TEXT NOT NULL, -- why the last time failed
    asked_for  BIGINT NOT NULL -- users
);
INSERT INTO profile_teams (id, enabled, tenant, client, revision, next, asked, failures, failure, asked_for) VALUES (1, FALSE, '', '', 0, 0, 0, 0, '', 0);

-- Who is in a call, and the profile that he was to be put into by it.
CREATE TABLE profile_teams_call (
    owner   TEXT NOT NULL PRIMARY KEY,
    profile TEXT NOT NULL
);
