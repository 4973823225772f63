-- +goose Up
-- Ways to the outside world. What is asked of a trunk is answered from memory, so that its form is one column.
CREATE TABLE directory_trunk (
    id         TEXT    NOT NULL PRIMARY KEY,
    folded     TEXT    NOT NULL UNIQUE, -- the name as two that look the same are equal
    form       TEXT    NOT NULL, -- JSON
    passwords  BYTEA    NOT NULL, -- sealed JSON: by account
    revision   BIGINT NOT NULL,
    changed    BIGINT NOT NULL, -- milliseconds since 1970
    changed_by TEXT    NOT NULL
);

-- What is set for all telephones; no row as long as nothing is.
CREATE TABLE directory_telephony (
    id         BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    form       TEXT    NOT NULL, -- JSON
    revision   BIGINT NOT NULL,
    changed    BIGINT NOT NULL, -- milliseconds since 1970
    changed_by TEXT    NOT NULL
);
