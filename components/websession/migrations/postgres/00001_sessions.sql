-- +goose Up
CREATE TABLE websession (
    hash    BYTEA   NOT NULL PRIMARY KEY, -- SHA-256 of the token
    account TEXT    NOT NULL, -- bare JID
    stamp   TEXT    NOT NULL, -- changes with what ends the account's sessions
    address TEXT    NOT NULL, -- IP address of the log-in
    created BIGINT  NOT NULL, -- milliseconds since 1970
    used    BIGINT  NOT NULL  -- milliseconds since 1970
);

CREATE INDEX websession_account ON websession (account, created);
