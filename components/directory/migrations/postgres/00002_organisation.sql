-- +goose Up
ALTER TABLE directory_state ADD COLUMN key_check BYTEA; -- tells whether the key file is the one that secrets were sealed with

ALTER TABLE directory_account ADD COLUMN extension TEXT NOT NULL DEFAULT '';
ALTER TABLE directory_account ADD COLUMN auth TEXT NOT NULL DEFAULT 'internal'; -- internal, external, none
ALTER TABLE directory_account ADD COLUMN email TEXT NOT NULL DEFAULT '';
ALTER TABLE directory_account ADD COLUMN language TEXT NOT NULL DEFAULT ''; -- '' for the server's
ALTER TABLE directory_account ADD COLUMN call_waiting BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE directory_account ADD COLUMN fax_extension TEXT NOT NULL DEFAULT '';
ALTER TABLE directory_account ADD COLUMN voicemail TEXT NOT NULL DEFAULT 'none'; -- none, external, internal, all
ALTER TABLE directory_account ADD COLUMN softphone BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE directory_account ADD COLUMN mobile BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE directory_account ADD COLUMN mobile_number TEXT NOT NULL DEFAULT '';
ALTER TABLE directory_account ADD COLUMN pin BYTEA; -- sealed
ALTER TABLE directory_account ADD COLUMN deleted BIGINT NOT NULL DEFAULT 0; -- milliseconds since 1970 of the move to the bin, 0 for not there
ALTER TABLE directory_account ADD COLUMN changed BIGINT NOT NULL DEFAULT 0; -- milliseconds since 1970
ALTER TABLE directory_account ADD COLUMN changed_by TEXT NOT NULL DEFAULT ''; -- '' for the server itself

UPDATE directory_account SET changed = created;

-- Devices, teams and locations: as much of them as permissions and extensions need.
CREATE TABLE directory_object (
    kind       TEXT    NOT NULL, -- device, team, location
    id         TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    device     TEXT    NOT NULL, -- softphone, mobile, fax; '' for what is no device
    owner      TEXT    NOT NULL, -- JID of the user who has the device, or ''
    extension  TEXT    NOT NULL,
    revision   BIGINT NOT NULL,
    changed    BIGINT NOT NULL,
    changed_by TEXT    NOT NULL,
    PRIMARY KEY (kind, id)
);

CREATE INDEX directory_object_owner ON directory_object (owner) WHERE owner <> '';

-- Each number inside the organisation exists once, whoever has it.
CREATE TABLE directory_extension (
    extension TEXT NOT NULL PRIMARY KEY,
    kind      TEXT NOT NULL, -- the pool: account, team, faxdevice, speeddial, extension
    owner     TEXT NOT NULL  -- JID of the user, or id of the object
);

CREATE INDEX directory_extension_owner ON directory_extension (owner);

CREATE TABLE directory_permission (
    id             TEXT    NOT NULL PRIMARY KEY,
    name           TEXT    NOT NULL,
    folded         TEXT    NOT NULL UNIQUE, -- the name as two that look the same are equal
    description    TEXT    NOT NULL,
    types          TEXT    NOT NULL, -- separated by spaces
    auto_users     BOOLEAN NOT NULL,
    auto_teams     BOOLEAN NOT NULL,
    auto_locations BOOLEAN NOT NULL,
    auto_devices   BOOLEAN NOT NULL,
    revision       BIGINT NOT NULL,
    changed        BIGINT NOT NULL,
    changed_by     TEXT    NOT NULL
);

-- What is assigned by hand; kinds with automatic assignment have no rows.
CREATE TABLE directory_assignment (
    permission TEXT NOT NULL,
    kind       TEXT NOT NULL, -- user, team, location, device
    object     TEXT NOT NULL,
    PRIMARY KEY (permission, kind, object)
);

CREATE INDEX directory_assignment_object ON directory_assignment (kind, object);

CREATE TABLE directory_guest (
    room        TEXT    NOT NULL PRIMARY KEY, -- JID
    token       BYTEA    NOT NULL, -- sealed
    token_hash  BYTEA    NOT NULL UNIQUE, -- SHA-256
    pin         BYTEA    NOT NULL, -- sealed
    pin_mac     BYTEA    NOT NULL UNIQUE, -- HMAC-SHA-256 with the key of the seal
    since       BIGINT NOT NULL, -- milliseconds since 1970
    granted_by  TEXT    NOT NULL,
    guest_limit BIGINT NOT NULL -- guests at a time, 0 for the server's limit
);

-- The last changes, by which a node brings up to date what it has in memory.
CREATE TABLE directory_change (
    revision BIGINT NOT NULL PRIMARY KEY,
    kind     TEXT    NOT NULL,
    object   TEXT    NOT NULL, -- JID, or id of a permission, device, team, location
    actor    TEXT    NOT NULL,
    origin   TEXT    NOT NULL  -- the process that made it
);
