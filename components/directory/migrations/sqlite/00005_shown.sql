-- +goose Up
ALTER TABLE directory_account ADD COLUMN shown_number TEXT NOT NULL DEFAULT ''; -- instead of the extension, to other users
