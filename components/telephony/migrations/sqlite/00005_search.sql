-- +goose Up
CREATE TABLE telephony_party (        -- who has had a part in a call, each once
	id   INTEGER PRIMARY KEY,
	text TEXT NOT NULL UNIQUE         -- JID, number, name and what was dialled for him, in lines and in small letters
);
CREATE TABLE telephony_found (        -- the calls that somebody has had a part in
	party BIGINT NOT NULL,
	call  TEXT   NOT NULL,            -- ID of the row
	PRIMARY KEY (party, call)
) WITHOUT ROWID;
INSERT INTO telephony_party (text)
	SELECT lower(caller_user || char(10) || caller_number || char(10) || caller_name) FROM telephony_call
	UNION SELECT lower(callee_user || char(10) || callee_number || char(10) || callee_name || char(10) || dialled) FROM telephony_call;
INSERT INTO telephony_found (party, call)
	SELECT p.id, c.id FROM telephony_call c JOIN telephony_party p ON p.text = lower(c.caller_user || char(10) || c.caller_number || char(10) || c.caller_name)
	UNION SELECT p.id, c.id FROM telephony_call c JOIN telephony_party p
		ON p.text = lower(c.callee_user || char(10) || c.callee_number || char(10) || c.callee_name || char(10) || c.dialled);
