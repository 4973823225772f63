-- +goose Up
-- What is done with calls before they ring, and when nobody takes them: as far as somebody has set it.
CREATE TABLE directory_callflow (
    owner      TEXT    NOT NULL PRIMARY KEY, -- user:JID or team:ID
    form       TEXT    NOT NULL, -- JSON
    revision   BIGINT NOT NULL,
    changed    BIGINT NOT NULL, -- milliseconds since 1970
    changed_by TEXT    NOT NULL
);

-- The option of the user's form stood for itself until now: it stands for actions.
INSERT INTO directory_callflow (owner, form, revision, changed, changed_by)
    SELECT 'user:' || jid, CASE voicemail
        WHEN 'internal' THEN '{"AfterInternal":[{"Kind":"voicemail"}]}'
        WHEN 'external' THEN '{"AfterExternal":[{"Kind":"voicemail"}]}'
        ELSE '{"AfterInternal":[{"Kind":"voicemail"}],"AfterExternal":[{"Kind":"voicemail"}]}' END, 0, 0, ''
    FROM directory_account WHERE voicemail IN ('internal', 'external', 'all');

-- Menus, call routers, periods, calendars and switches.
CREATE TABLE directory_callobject (
    id         TEXT    NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL,
    folded     TEXT    NOT NULL, -- the name, as it is compared with those of others of the kind
    extension  TEXT    NOT NULL,
    form       TEXT    NOT NULL, -- JSON
    switched   BOOLEAN NOT NULL, -- what a switch says now
    revision   BIGINT NOT NULL,
    changed    BIGINT NOT NULL, -- milliseconds since 1970
    changed_by TEXT    NOT NULL,
    UNIQUE (kind, folded)
);
