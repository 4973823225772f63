-- +goose Up
DROP INDEX telephony_call_missed;
CREATE INDEX telephony_call_missed ON telephony_call (callee_user, id) WHERE missed = 1;
CREATE INDEX telephony_call_unreached ON telephony_call (caller_user, id) WHERE answered = 0;
CREATE INDEX telephony_call_voicemail_of ON telephony_call (callee_user, id) WHERE via = 'voicemail';
CREATE INDEX telephony_call_voicemail_by ON telephony_call (caller_user, id) WHERE via = 'voicemail';
CREATE INDEX telephony_call_team_missed ON telephony_call (team, id) WHERE of_team = 1 AND missed = 1;
