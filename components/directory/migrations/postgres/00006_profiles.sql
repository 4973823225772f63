-- +goose Up
-- Ways of working. What is asked of a profile is answered from memory, so that its form is one column.
CREATE TABLE directory_profile (
    id         TEXT    NOT NULL PRIMARY KEY,
    folded     TEXT    NOT NULL UNIQUE, -- the name as two that look the same are equal
    form       TEXT    NOT NULL, -- JSON
    revision   BIGINT  NOT NULL,
    changed    BIGINT  NOT NULL, -- milliseconds since 1970
    changed_by TEXT    NOT NULL
);

-- Who is in which profile; no row for who has never chosen one.
CREATE TABLE directory_profile_use (
    owner      TEXT    NOT NULL PRIMARY KEY,
    profile    TEXT    NOT NULL,
    previous   TEXT    NOT NULL,
    triggered  BOOLEAN NOT NULL,
    since      BIGINT  NOT NULL, -- milliseconds since 1970
    set_by     TEXT    NOT NULL
);

INSERT INTO directory_profile (id, folded, form, revision, changed, changed_by) VALUES
    ('available', 'available', '{"Name":"Available","Colour":"#1c8a4a","Icon":"ok","Permissions":["all"]}', 0, 0, ''),
    ('dnd', 'dnd', '{"Name":"DND","Colour":"#c8321f","Icon":"dnd","ShowIcon":true,"Silent":true,"Show":"dnd","Permissions":["all"]}', 0, 0, '');
