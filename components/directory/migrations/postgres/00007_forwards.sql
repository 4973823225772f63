-- +goose Up
-- Where users have their calls forwarded, now or when they switch it on again.
CREATE TABLE directory_forward (
    jid        TEXT    NOT NULL PRIMARY KEY, -- whose calls
    target     TEXT    NOT NULL, -- as it is dialled
    active     BOOLEAN NOT NULL,
    revision   BIGINT  NOT NULL,
    changed    BIGINT  NOT NULL, -- milliseconds since 1970
    changed_by TEXT    NOT NULL
);
