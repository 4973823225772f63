-- +goose Up
CREATE TABLE websession (
    hash    BLOB    NOT NULL PRIMARY KEY, -- SHA-256 of the token
    account TEXT    NOT NULL, -- bare JID
    stamp   TEXT    NOT NULL, -- changes with what ends the account's sessions
    address TEXT    NOT NULL, -- IP address of the log-in
    created INTEGER NOT NULL, -- milliseconds since 1970
    used    INTEGER NOT NULL  -- milliseconds since 1970
) WITHOUT ROWID;

CREATE INDEX websession_account ON websession (account, created);
