-- +goose Up
CREATE TABLE telephony_call (         -- one row for each party that was looked for in a call
	id            TEXT   NOT NULL PRIMARY KEY, -- grows with the time of its beginning
	chain         TEXT   NOT NULL,    -- the first row of the call
	parent        TEXT   NOT NULL,    -- the row that this one goes on from; empty for the first
	node          TEXT   NOT NULL,    -- where the call is or was
	began         BIGINT NOT NULL,    -- milliseconds since 1970, as all times
	answered      BIGINT NOT NULL,    -- 0: not
	ended         BIGINT NOT NULL,    -- 0: not yet
	caller_user   TEXT   NOT NULL,    -- bare JID; empty for who is no user, as below
	caller_number TEXT   NOT NULL,
	caller_name   TEXT   NOT NULL,
	caller_device TEXT   NOT NULL,
	caller_trunk  TEXT   NOT NULL,
	callee_user   TEXT   NOT NULL,
	callee_number TEXT   NOT NULL,
	callee_name   TEXT   NOT NULL,
	callee_device TEXT   NOT NULL,
	callee_trunk  TEXT   NOT NULL,
	dialled       TEXT   NOT NULL,
	via           TEXT   NOT NULL,
	result        TEXT   NOT NULL,    -- empty: not yet
	detail        TEXT   NOT NULL
);
CREATE INDEX telephony_call_caller ON telephony_call (caller_user, id);
CREATE INDEX telephony_call_callee ON telephony_call (callee_user, id);
CREATE INDEX telephony_call_open ON telephony_call (node) WHERE ended = 0;
