-- +goose Up
-- When the devices of users and locations ring, as far as somebody has set it.
CREATE TABLE directory_followme (
    holder     TEXT    NOT NULL, -- JID of the user, or id of the location
    device     TEXT    NOT NULL, -- id of the device, or xmpp for all XMPP clients of the user
    form       TEXT    NOT NULL, -- JSON
    revision   BIGINT  NOT NULL,
    changed    BIGINT  NOT NULL, -- milliseconds since 1970
    changed_by TEXT    NOT NULL,
    PRIMARY KEY (holder, device)
);
CREATE INDEX directory_followme_device ON directory_followme (device);
