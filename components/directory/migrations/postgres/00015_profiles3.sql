-- +goose Up
ALTER TABLE directory_account ADD COLUMN time_zone TEXT NOT NULL DEFAULT ''; -- of the IANA database; empty for the organisation's
