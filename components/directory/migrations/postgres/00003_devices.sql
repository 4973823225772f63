-- +goose Up
ALTER TABLE directory_object ADD COLUMN by_switch BOOLEAN NOT NULL DEFAULT FALSE; -- a device that comes and goes with a switch of its owner
ALTER TABLE directory_object ADD COLUMN sip_user TEXT NOT NULL DEFAULT ''; -- by which a device registers
ALTER TABLE directory_object ADD COLUMN sip_keys BYTEA; -- sealed: HA1 by MD5 and by SHA-256, realm; NULL before the first secret
ALTER TABLE directory_object ADD COLUMN secret_since BIGINT NOT NULL DEFAULT 0; -- milliseconds since 1970
ALTER TABLE directory_object ADD COLUMN encryption TEXT NOT NULL DEFAULT ''; -- '' for any, required

UPDATE directory_object SET by_switch = TRUE WHERE kind = 'device';

CREATE UNIQUE INDEX directory_object_sip ON directory_object (sip_user) WHERE sip_user <> '';
