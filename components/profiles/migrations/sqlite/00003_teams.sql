-- +goose Up
-- How Microsoft is asked who is in a call, and what came of it the last time.
CREATE TABLE profile_teams (
    id         INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    enabled    BOOLEAN NOT NULL,
    tenant     TEXT NOT NULL,
    client     TEXT NOT NULL,
    secret     BLOB, -- sealed
    revision   INTEGER NOT NULL,
    next       INTEGER NOT NULL, -- when it is asked again, in milliseconds since 1970
    asked      INTEGER NOT NULL, -- when it was asked, likewise
    failures   INTEGER NOT NULL, -- one after the other
    failure    TEXT NOT NULL, -- why the last time failed
    asked_for  INTEGER NOT NULL -- users
);
INSERT INTO profile_teams (id, enabled, tenant, client, revision, next, asked, failures, failure, asked_for) VALUES (1, FALSE, '', '', 0, 0, 0, 0, '', 0);

-- Who is in a call, and the profile that he was to be put into by it.
CREATE TABLE profile_teams_call (
    owner   TEXT NOT NULL PRIMARY KEY,
    profile TEXT NOT NULL
);
