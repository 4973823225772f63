-- +goose Up
ALTER TABLE telephony_call ADD COLUMN billing TEXT NOT NULL DEFAULT ''; -- JSON: names of billing groups
