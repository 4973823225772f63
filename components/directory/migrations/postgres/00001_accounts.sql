-- +goose Up
CREATE TABLE directory_state (
    id          BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    revision    BIGINT NOT NULL, -- of the last change to the directory
    fake_secret BYTEA  NOT NULL  -- makes the salts of users who do not exist
);

-- COLLATE "C" pages through accounts in the same order as SQLite does, whatever the database's locale.
CREATE TABLE directory_account (
    jid              TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- bare
    domain           TEXT             NOT NULL,
    display_name     TEXT             NOT NULL,
    role             TEXT             NOT NULL, -- of the web administration, '' for none
    disabled         BOOLEAN          NOT NULL,
    keys             TEXT             NOT NULL, -- in the form of RFC 5803
    created          BIGINT           NOT NULL, -- milliseconds since 1970
    password_changed BIGINT           NOT NULL, -- milliseconds since 1970
    revision         BIGINT           NOT NULL  -- of the last change to this account
);

CREATE INDEX directory_account_domain ON directory_account (domain, jid);
CREATE INDEX directory_account_role ON directory_account (role) WHERE role <> '';
