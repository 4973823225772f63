-- +goose Up
ALTER TABLE telephony_call ADD COLUMN caller_location TEXT NOT NULL DEFAULT '';
ALTER TABLE telephony_call ADD COLUMN callee_location TEXT NOT NULL DEFAULT '';
ALTER TABLE telephony_call ADD COLUMN prefix TEXT NOT NULL DEFAULT '';
ALTER TABLE telephony_call ADD COLUMN team TEXT NOT NULL DEFAULT '';
ALTER TABLE telephony_call ADD COLUMN by_whom TEXT NOT NULL DEFAULT '';
ALTER TABLE telephony_call ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE telephony_call ADD COLUMN voicemail TEXT NOT NULL DEFAULT '';
ALTER TABLE telephony_call ADD COLUMN of_caller SMALLINT NOT NULL DEFAULT 0; -- 1: the row is in the journal of the caller, as below
ALTER TABLE telephony_call ADD COLUMN of_callee SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE telephony_call ADD COLUMN of_team SMALLINT NOT NULL DEFAULT 0;
ALTER TABLE telephony_call ADD COLUMN missed SMALLINT NOT NULL DEFAULT 0;
UPDATE telephony_call SET of_caller = 1, of_callee = CASE WHEN callee_user <> '' THEN 1 ELSE 0 END,
	missed = CASE WHEN callee_user <> '' AND result = 'noanswer' AND detail NOT IN ('answered elsewhere', 'declined', 'forbidden') THEN 1 ELSE 0 END
	WHERE ended > 0;
UPDATE telephony_call SET
	reason = CASE WHEN detail IN ('caller', 'callee', 'cancelled', 'answered elsewhere') THEN '' ELSE detail END,
	detail = CASE WHEN detail = 'caller' THEN 'caller' WHEN detail = 'callee' THEN 'dst' WHEN detail = 'cancelled' THEN 'abandon'
		WHEN detail = 'answered elsewhere' THEN 'elsewhere' WHEN result = 'noanswer' THEN 'dst' ELSE '' END;
CREATE INDEX telephony_call_missed ON telephony_call (callee_user, ended) WHERE missed = 1;
CREATE INDEX telephony_call_team ON telephony_call (team, id) WHERE of_team = 1;
CREATE INDEX telephony_call_chain ON telephony_call (chain, id);
CREATE TABLE telephony_journal (      -- how far users have looked at the calls that they have missed
	owner TEXT   NOT NULL PRIMARY KEY, -- bare JID
	seen  BIGINT NOT NULL             -- until when
);
