-- +goose Up
-- What is set for a team; no row as long as nothing is. Its name and extension are those of the object.
CREATE TABLE directory_team (
    id         TEXT    NOT NULL PRIMARY KEY, -- of the object
    form       TEXT    NOT NULL, -- JSON
    revision   BIGINT NOT NULL,
    changed    BIGINT NOT NULL, -- milliseconds since 1970
    changed_by TEXT    NOT NULL
);

-- Who is in a team, and what he does there.
CREATE TABLE directory_team_member (
    team     TEXT    NOT NULL,
    place    BIGINT NOT NULL, -- in the list
    member   TEXT    NOT NULL, -- JID
    dynamic  BOOLEAN NOT NULL, -- logs in and out
    weight   BIGINT NOT NULL,
    priority BIGINT NOT NULL,
    present  BOOLEAN NOT NULL, -- has logged in
    paused   TEXT    NOT NULL, -- code of the reason; empty: does not pause
    since    BIGINT NOT NULL, -- milliseconds since 1970
    PRIMARY KEY (team, member)
);
CREATE INDEX directory_team_member_member ON directory_team_member (member);
