-- +goose Up
-- What is set for a team; no row as long as nothing is. Its name and extension are those of the object.
CREATE TABLE directory_team (
    id         TEXT    NOT NULL PRIMARY KEY, -- of the object
    form       TEXT    NOT NULL, -- JSON
    revision   INTEGER NOT NULL,
    changed    INTEGER NOT NULL, -- milliseconds since 1970
    changed_by TEXT    NOT NULL
) WITHOUT ROWID;

-- Who is in a team, and what he does there.
CREATE TABLE directory_team_member (
    team     TEXT    NOT NULL,
    place    INTEGER NOT NULL, -- in the list
    member   TEXT    NOT NULL, -- JID
    dynamic  BOOLEAN NOT NULL, -- logs in and out
    weight   INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    present  BOOLEAN NOT NULL, -- has logged in
    paused   TEXT    NOT NULL, -- code of the reason; empty: does not pause
    since    INTEGER NOT NULL, -- milliseconds since 1970
    PRIMARY KEY (team, member)
) WITHOUT ROWID;
CREATE INDEX directory_team_member_member ON directory_team_member (member);
