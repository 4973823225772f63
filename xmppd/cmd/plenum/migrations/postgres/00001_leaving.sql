-- +goose Up
CREATE TABLE leaving (
	owner TEXT NOT NULL PRIMARY KEY -- bare JID of an account whose data is being removed
);
