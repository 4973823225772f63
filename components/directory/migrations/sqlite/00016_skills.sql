-- +goose Up
-- What users can, for calls of teams that need it.
CREATE TABLE directory_skills (
    jid        TEXT    NOT NULL PRIMARY KEY,
    skills     TEXT    NOT NULL, -- JSON: names and levels
    revision   INTEGER NOT NULL,
    changed    INTEGER NOT NULL, -- milliseconds since 1970
    changed_by TEXT    NOT NULL
) WITHOUT ROWID;
