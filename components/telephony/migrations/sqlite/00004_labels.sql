-- +goose Up
ALTER TABLE telephony_call ADD COLUMN labels TEXT NOT NULL DEFAULT ''; -- JSON: values by name
