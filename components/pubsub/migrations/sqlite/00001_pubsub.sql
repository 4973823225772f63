-- +goose Up
CREATE TABLE pubsub_nodes (
	service TEXT   NOT NULL, -- bare JID of the account, or domain of a service
	node    TEXT   NOT NULL,
	config  TEXT   NOT NULL, -- JSON of NodeConfig
	created BIGINT NOT NULL, -- milliseconds since 1970
	serial  BIGINT NOT NULL, -- grows with each change of the node
	edition BIGINT NOT NULL, -- the serial of the last change of its items
	items   BIGINT NOT NULL, -- how many there are
	bytes   BIGINT NOT NULL, -- of their payloads
	last    TEXT   NOT NULL, -- id of the item published last; empty for none
	PRIMARY KEY (service, node)
) WITHOUT ROWID;

CREATE TABLE pubsub_items (
	service   TEXT   NOT NULL,
	node      TEXT   NOT NULL,
	item      TEXT   NOT NULL, -- its id
	serial    BIGINT NOT NULL, -- of the node when it was published: the order of items
	published BIGINT NOT NULL, -- milliseconds since 1970
	expires   BIGINT NOT NULL, -- likewise; 0 for never
	publisher TEXT   NOT NULL, -- JID
	payload   BLOB   NOT NULL, -- an element standing alone; empty for none
	PRIMARY KEY (service, node, item)
);
CREATE UNIQUE INDEX pubsub_items_order ON pubsub_items (service, node, serial);
CREATE INDEX pubsub_items_expires ON pubsub_items (expires) WHERE expires > 0;

CREATE TABLE pubsub_entities (
	service      TEXT NOT NULL,
	node         TEXT NOT NULL,
	jid          TEXT NOT NULL, -- as subscribed; bare for an affiliation
	bare         TEXT NOT NULL, -- its bare JID
	affiliation  TEXT NOT NULL, -- empty for none
	subscription TEXT NOT NULL, -- pending, subscribed, or empty for none
	PRIMARY KEY (service, node, jid)
) WITHOUT ROWID;
CREATE INDEX pubsub_entities_bare ON pubsub_entities (bare, service);

CREATE TABLE pubsub_old_bookmarks (
	owner TEXT NOT NULL PRIMARY KEY, -- bare JID
	rest  BLOB NOT NULL              -- what a client keeps in storage:bookmarks besides rooms: the elements, each standing alone
) WITHOUT ROWID;
