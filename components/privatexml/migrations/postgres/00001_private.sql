-- +goose Up
CREATE TABLE private_xml (
	owner TEXT NOT NULL, -- bare JID
	space TEXT NOT NULL, -- namespace of the element
	local TEXT NOT NULL, -- its name
	data  BYTEA NOT NULL, -- the element, standing alone
	PRIMARY KEY (owner, space, local)
);
