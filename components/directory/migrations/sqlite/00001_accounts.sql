-- +goose Up
CREATE TABLE directory_state (
    id          INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    revision    INTEGER NOT NULL, -- of the last change to the directory
    fake_secret BLOB    NOT NULL  -- makes the salts of users who do not exist
);

CREATE TABLE directory_account (
    jid              TEXT    NOT NULL PRIMARY KEY, -- bare
    domain           TEXT    NOT NULL,
    display_name     TEXT    NOT NULL,
    role             TEXT    NOT NULL, -- of the web administration, '' for none
    disabled         BOOLEAN NOT NULL,
    keys             TEXT    NOT NULL, -- in the form of RFC 5803
    created          INTEGER NOT NULL, -- milliseconds since 1970
    password_changed INTEGER NOT NULL, -- milliseconds since 1970
    revision         INTEGER NOT NULL  -- of the last change to this account
) WITHOUT ROWID;

CREATE INDEX directory_account_domain ON directory_account (domain, jid);
CREATE INDEX directory_account_role ON directory_account (role) WHERE role <> '';
