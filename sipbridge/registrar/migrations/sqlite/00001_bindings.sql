-- +goose Up
CREATE TABLE sip_bindings (
	device     TEXT    NOT NULL,
	id         TEXT    NOT NULL, -- of the binding within its device
	username   TEXT    NOT NULL,
	contact    TEXT    NOT NULL, -- URI
	instance   TEXT    NOT NULL, -- +sip.instance, empty when the phone has none
	regid      INTEGER NOT NULL, -- reg-id, 0 when there is none
	params     TEXT    NOT NULL, -- of the Contact
	remote     TEXT    NOT NULL, -- address and port that the phone sends from
	local      TEXT    NOT NULL, -- ours
	agent      TEXT    NOT NULL, -- User-Agent
	callid     TEXT    NOT NULL,
	cseq       INTEGER NOT NULL,
	since      INTEGER NOT NULL, -- milliseconds
	expires    INTEGER NOT NULL, -- milliseconds
	PRIMARY KEY (device, id)
) WITHOUT ROWID;
