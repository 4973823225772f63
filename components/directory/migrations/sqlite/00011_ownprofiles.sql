-- +goose Up
-- The address of who has made a profile for himself; empty for those of the organisation.
ALTER TABLE directory_profile ADD COLUMN owner TEXT NOT NULL DEFAULT '';
