package telephony

import (
	"context"
	"fmt"
	"slices"
	"time"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// Journal is the calls of users and teams, as these see them: one entry for each call, made of the rows of the records.
type Journal struct{ s *Service }

// Journal is that of the calls of this service.
func (s *Service) Journal() Journal { return Journal{s} }

// JournalFilter chooses entries; zero fields choose all.
type JournalFilter struct {
	Scope       Direction // Internal, External, or AnyDirection
	Side        Side
	Outcome     Outcome   // Accepted, Missed, OnVoicemail, or AnyOutcome
	Text        string    // part of a number, a name or a user
	From, Until time.Time // of the beginning; from is within, until is not
	Before      string    // older than the entry with this ID
	Limit       int       // at most MaxRecords, which 0 means too

	id   string
	with RecordParty // user, or else number, of the other one
}

// Side is on which one is in a call.
type Side string

const (
	EitherSide Side = ""
	Incoming   Side = "in"
	Outgoing   Side = "out"
)

// Outcome is what a call has come to, for whom it is an entry.
type Outcome string

const (
	AnyOutcome  Outcome = ""
	Accepted    Outcome = "accepted"
	Missed      Outcome = "missed"    // who has called was not answered, though he could have been; of an outgoing call: nobody has answered
	OnVoicemail Outcome = "voicemail" // the box has taken the call
	Elsewhere   Outcome = "elsewhere" // somebody else has
	Forwarded   Outcome = "forwarded" // it went where calls are forwarded to
	Refused     Outcome = "refused"   // one has declined it, or the server has ended it
)

// A JournalEntry is a call as one of the two, or a team, sees it.
type JournalEntry struct {
	Record
	Incoming bool
	Outcome  Outcome
}

// With is the other one in the call.
func (e *JournalEntry) With() RecordParty {
	if e.Incoming {
		return e.Caller
	}
	return e.Callee
}

// A JournalDetail is an entry with what belongs to it.
type JournalDetail struct {
	JournalEntry
	Steps []Record       // of the whole call, the oldest first
	Last  []JournalEntry // the last calls with the other one before, the newest first
}

const (
	// lastCalls is how many calls with the other one are shown beside one, and
	lastCalls = 3
	// lastAmong among how many of each side they are looked for: who has more than that since then does not wonder when it was.
	lastAmong = 1000
)

// entry is a row as a user sees it; with a zero one, as his team does.
func (r Record) entry(user jid.JID) JournalEntry {
	e := JournalEntry{Record: r.shownTo(user), Incoming: user.IsZero() || r.Caller.User != user}
	switch {
	case r.Via == ViaVoicemail:
		e.Outcome = OnVoicemail
	case !r.Answered.IsZero():
		e.Outcome = Accepted
	case r.Missed, !e.Incoming:
		e.Outcome = Missed
	case r.Detail == DetailElsewhere:
		e.Outcome = Elsewhere
	case r.Result == ResultTransfer:
		e.Outcome = Forwarded
	default:
		e.Outcome = Refused
	}
	return e
}

// shownTo hides from a user what telephones others have, and who does not want to be seen.
func (r Record) shownTo(user jid.JID) Record {
	for _, p := range []*RecordParty{&r.Caller, &r.Callee} {
		if p.User == user && !user.IsZero() {
			continue
		}
		if p.Device, p.Location = "", ""; p.Name == "" && p.Number == "" {
			p.User = jid.JID{}
		}
	}
	return r
}

// outcomes are the conditions for what a call has come to, by the side of who looks.
var outcomes = map[Side]map[Outcome]string{
	Incoming: {Accepted: `answered > 0 AND via <> 'voicemail'`, Missed: `missed = 1`, OnVoicemail: `via = 'voicemail'`},
	Outgoing: {Accepted: `answered > 0 AND via <> 'voicemail'`, Missed: `answered = 0`, OnVoicemail: `via = 'voicemail'`},
}

func (f *JournalFilter) where() (c conditions) {
	c.text(f.Text)
	c.began(f.From, f.Until)
	c.always(directions[f.Scope])
	if f.Before != "" {
		c.id(`<`, f.Before)
	}
	if f.id != "" {
		c.also(`id = ?`, f.id)
	}
	return c
}

func (f *JournalFilter) limit() int {
	if f.Limit <= 0 || f.Limit > MaxRecords {
		return MaxRecords
	}
	return f.Limit
}

// List returns the entries of a user, the newest first.
func (j Journal) List(ctx context.Context, user jid.JID, f JournalFilter) ([]JournalEntry, error) {
	c, parts := f.of(user.Bare())
	return j.entries(ctx, user.Bare(), c, f.limit(), parts...)
}

// of are the conditions for entries of a user, and those for each side.
func (f *JournalFilter) of(user jid.JID) (c conditions, parts []string) {
	c = f.where()
	value := func(v any) string {
		c.args = append(c.args, v)
		return fmt.Sprintf("$%d", len(c.args))
	}
	me := value(user.String())
	for _, side := range []struct {
		side       Side
		mine, with string // on which one is, and the other
		also       string
	}{
		{Incoming, "callee", "caller", "caller_user <> " + me}, {Outgoing, "caller", "callee", ""},
	} {
		if f.Side != EitherSide && f.Side != side.side {
			continue
		}
		sql := fmt.Sprintf("%s_user = %s AND of_%[1]s = 1", side.mine, me)
		for _, more := range []string{side.also, outcomes[side.side][f.Outcome]} {
			if more != "" {
				sql += " AND " + more
			}
		}
		if f.with != (RecordParty{}) {
			sql += fmt.Sprintf(" AND id > COALESCE((SELECT id FROM telephony_call WHERE %s_user = %s AND id < %s ORDER BY id DESC LIMIT 1 OFFSET %d), '')",
				side.mine, me, value(f.Before), lastAmong)
		}
		if !f.with.User.IsZero() {
			sql += fmt.Sprintf(" AND %s_user = %s", side.with, value(f.with.User.String()))
		} else if f.with.Number != "" {
			sql += fmt.Sprintf(" AND %s_user = '' AND %[1]s_number = %[2]s", side.with, value(f.with.Number))
		}
		parts = append(parts, sql)
	}
	return c, parts
}

// OfTeam returns the entries of a team, the newest first: each call of its line once, by the member who took it or as missed.
func (j Journal) OfTeam(ctx context.Context, team string, f JournalFilter) ([]JournalEntry, error) {
	c := f.where()
	c.also(`team = ?`, team)
	c.always(`of_team = 1`)
	return j.entries(ctx, jid.JID{}, c, f.limit(), outcomes[Incoming][f.Outcome])
}

func (j Journal) entries(ctx context.Context, user jid.JID, c conditions, limit int, alternatives ...string) ([]JournalEntry, error) {
	rows, err := j.s.read(ctx, c, limit, alternatives...)
	if err != nil {
		return nil, err
	}
	list := make([]JournalEntry, len(rows))
	for i, r := range rows {
		list[i] = r.entry(user)
	}
	return list, nil
}

// Entry returns one entry of a user with its call; fault.NotFound when it is none of his.
func (j Journal) Entry(ctx context.Context, user jid.JID, id string) (d JournalDetail, err error) {
	found, err := j.List(ctx, user, JournalFilter{id: id})
	return j.detail(ctx, user, found, err)
}

// TeamEntry returns one entry of a team with its call; fault.NotFound when it is none of its.
func (j Journal) TeamEntry(ctx context.Context, team, id string) (JournalDetail, error) {
	found, err := j.OfTeam(ctx, team, JournalFilter{id: id})
	return j.detail(ctx, jid.JID{}, found, err)
}

func (j Journal) detail(ctx context.Context, user jid.JID, found []JournalEntry, err error) (d JournalDetail, _ error) {
	if err != nil {
		return d, err
	}
	if len(found) == 0 {
		return d, fault.New(fault.NotFound, "there is no such entry in the journal")
	}
	d.JournalEntry = found[0]
	if d.Steps, err = j.Steps(ctx, d.Chain); err != nil {
		return d, err
	}
	for i := range d.Steps {
		d.Steps[i] = d.Steps[i].shownTo(user)
	}
	with := d.With()
	if user.IsZero() || with.User.IsZero() && with.Number == "" {
		return d, nil
	}
	d.Last, err = j.List(ctx, user, JournalFilter{with: with, Before: d.ID, Limit: lastCalls})
	return d, err
}

// Steps returns the rows of a call, the oldest first.
func (j Journal) Steps(ctx context.Context, chain string) ([]Record, error) {
	rows, err := j.s.Records(ctx, RecordQuery{Chain: chain})
	slices.Reverse(rows)
	return rows, err
}

// OnEntry has fn told of each entry of a user once its row is stored, and again when a message was left in it. fn runs where rows are written: it must
// not block, nor read the journal itself. OnEntry is to be called before the server starts.
func (j Journal) OnEntry(fn func(user jid.JID, e JournalEntry)) {
	j.s.ledger.stored = append(j.s.ledger.stored, func(r Record) {
		if r.OfCaller && !r.Caller.User.IsZero() {
			fn(r.Caller.User, r.entry(r.Caller.User))
		}
		if r.OfCallee && r.Callee.User != r.Caller.User {
			fn(r.Callee.User, r.entry(r.Callee.User))
		}
	})
}

// mostMissed is how far missed calls are counted.
const mostMissed = 999

// Missed returns how many calls a user has missed and not seen, up to 999.
func (j Journal) Missed(ctx context.Context, user jid.JID) (n int, err error) {
	var seen int64
	if err = j.s.ledger.flush(ctx); err == nil {
		err = j.s.db.QueryRow(ctx, `SELECT COALESCE(MAX(seen), 0) FROM telephony_journal WHERE owner = $1`, user.Bare().String()).Scan(&seen)
	}
	if err == nil { // no call that has ended later has begun before first
		first := recordTime(time.UnixMilli(max(0, seen)).Add(-j.s.cfg.Longest))
		err = j.s.db.QueryRow(ctx, `SELECT count(*) FROM (SELECT id FROM telephony_call WHERE callee_user = $1 AND missed = 1 AND id >= $2 AND ended > $3
			LIMIT $4) AS missed`, user.Bare().String(), first, seen, mostMissed).Scan(&n)
	}
	if err != nil {
		return 0, fmt.Errorf("count the missed calls of %s: %w", user, err)
	}
	return n, nil
}

// See notes that a user has seen what he had missed until then.
func (j Journal) See(ctx context.Context, user jid.JID, until time.Time) error {
	until = earlier(until, time.Now())
	err := j.s.db.Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO telephony_journal (owner, seen) VALUES ($1, $2)
			ON CONFLICT (owner) DO UPDATE SET seen = excluded.seen WHERE excluded.seen > telephony_journal.seen`, user.Bare().String(), millis(until))
		return err
	})
	if err != nil {
		return fmt.Errorf("note what %s has seen: %w", user, err)
	}
	for _, fn := range j.s.seenWatchers {
		fn(user.Bare())
	}
	return nil
}

// OnSeen has fn told who has seen what he had missed, at this server. fn must not block. OnSeen is to be called before the server starts.
func (j Journal) OnSeen(fn func(user jid.JID)) { j.s.seenWatchers = append(j.s.seenWatchers, fn) }

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// ForgetAccount removes what is known of a deleted account, other than the records, which others have a part in.
func (j Journal) ForgetAccount(ctx context.Context, user jid.JID) error {
	return j.s.db.Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM telephony_journal WHERE owner = $1`, user.Bare().String())
		return err
	})
}

// MessageLeft notes the voicemail message that was left in a call, by the ID of its record that the service was given.
func (s *Service) MessageLeft(record, message string) { s.ledger.message(record, message) }
