-- +goose Up
CREATE TABLE conference_number (     -- by which groups are dialled from inside: *42#n
	room   TEXT    NOT NULL PRIMARY KEY,
	number BIGINT  NOT NULL UNIQUE
);
