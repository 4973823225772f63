-- +goose Up
ALTER TABLE directory_object ADD COLUMN location TEXT NOT NULL DEFAULT ''; -- id of the location that a device belongs to; it has no owner then

-- Who is logged in where: everybody at one location at most, and one at each.
CREATE TABLE directory_seat (
    member   TEXT    NOT NULL PRIMARY KEY, -- JID of the user
    location TEXT    NOT NULL UNIQUE,
    since    BIGINT  NOT NULL -- milliseconds since 1970
);

-- Where users have logged in before, the last few of each.
CREATE TABLE directory_recent (
    member   TEXT    NOT NULL, -- JID of the user
    location TEXT    NOT NULL,
    since    BIGINT  NOT NULL, -- of the last time, milliseconds since 1970
    PRIMARY KEY (member, location)
);
