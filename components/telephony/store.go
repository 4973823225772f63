package telephony

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

//go:embed migrations
var migrations embed.FS

func migrate(ctx context.Context, db *store.DB) error {
	lite, _ := fs.Sub(migrations, "migrations/sqlite") // the path is a constant
	pg, _ := fs.Sub(migrations, "migrations/postgres")
	return db.Migrate(ctx, "telephony", lite, pg)
}

const columns = `id, chain, parent, began, answered, ended, caller_user, caller_number, caller_name, caller_device, caller_location, caller_trunk,
	callee_user, callee_number, callee_name, callee_device, callee_location, callee_trunk, dialled, prefix, team, via, by_whom, result, detail, reason,
	voicemail, of_caller, of_callee, of_team, missed, labels, billing`

var putRecord = store.NewInsert("telephony_call", strings.FieldsFunc(columns+",node", func(r rune) bool { return strings.ContainsRune(", \n\t", r) }),
	`ON CONFLICT (id) DO UPDATE SET answered = excluded.answered, ended = excluded.ended, callee_user = excluded.callee_user,
	callee_number = excluded.callee_number, callee_name = excluded.callee_name, callee_device = excluded.callee_device,
	callee_location = excluded.callee_location, callee_trunk = excluded.callee_trunk, result = excluded.result, detail = excluded.detail,
	reason = excluded.reason, of_caller = excluded.of_caller, of_callee = excluded.of_callee, of_team = excluded.of_team, missed = excluded.missed,
	labels = excluded.labels, billing = excluded.billing`)

// insert stores a row as it is now.
func insert(tx *store.Tx, r *Record, node string) error {
	return tx.Insert(putRecord, r.ID, r.Chain, r.Parent, millis(r.Began), millis(r.Answered), millis(r.Ended),
		r.Caller.User.String(), r.Caller.Number, r.Caller.Name, r.Caller.Device, r.Caller.Location, r.Caller.Trunk,
		r.Callee.User.String(), r.Callee.Number, r.Callee.Name, r.Callee.Device, r.Callee.Location, r.Callee.Trunk,
		r.Dialled, r.Prefix, r.Team, string(r.Via), string(r.By), string(r.Result), string(r.Detail), r.Reason, r.Voicemail,
		flag(r.OfCaller), flag(r.OfCallee), flag(r.OfTeam), flag(r.Missed), string(r.Labels), string(r.Billing), node)
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// setVoicemail notes which message was left in a call.
func setVoicemail(tx *store.Tx, record, message string) error {
	_, err := tx.Exec(`UPDATE telephony_call SET voicemail = $1 WHERE id = $2`, message, record)
	return err
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}

// interrupted ends the rows of calls that a node has not ended itself. When they have ended nobody knows: the row has the time of its beginning, or
// of the answer.
func interrupted(ctx context.Context, db *store.DB, node string) (n int64, err error) {
	err = db.Commit(ctx, func(tx *store.Tx) (err error) {
		n, err = tx.Exec(`UPDATE telephony_call SET result = $1, of_caller = 1,
			of_callee = CASE WHEN callee_user <> '' THEN 1 ELSE 0 END, ended = CASE WHEN answered > 0 THEN answered ELSE began END WHERE node = $2 AND ended = 0`,
			string(ResultInterrupted), node)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("end the records of calls that were interrupted: %w", err)
	}
	return n, nil
}

// RecordQuery chooses rows; zero fields choose all.
type RecordQuery struct {
	User        jid.JID   // on either side
	Text        string    // part of a number, a name or a user, on either side, or of what was dialled
	From, Until time.Time // of the beginning; from is within, until is not
	Result      Result
	Direction   Direction
	Answered    *bool // only calls that were answered, or that are over and were not; nil for both
	Chain       string
	Billing     string // name of a billing group
	Before      string // older than the row with this ID
	Limit       int    // at most MaxRecords, which 0 means too
}

// Direction says where a call came from and went to.
type Direction string

const (
	AnyDirection Direction = ""
	Internal     Direction = "internal" // between two who are inside
	External     Direction = "external" // one of the two below
	Inbound      Direction = "inbound"  // from outside
	Outbound     Direction = "outbound" // to the outside, and not from there
)

// directions are the conditions for rows of a direction. A user's mobile telephone is inside.
var directions = map[Direction]string{
	Internal: `(caller_trunk = '' OR caller_user <> '') AND (callee_trunk = '' OR callee_user <> '')`,
	External: `(caller_trunk <> '' AND caller_user = '' OR callee_trunk <> '' AND callee_user = '')`,
	Inbound:  `caller_trunk <> '' AND caller_user = ''`,
	Outbound: `(caller_trunk = '' OR caller_user <> '') AND callee_trunk <> '' AND callee_user = ''`,
}

// MaxRecords is the most rows that Records returns at once.
const MaxRecords = 500

// conditions are those of a query, with their arguments.
type conditions struct {
	parts []string
	args  []any

	like   string   // the pattern of the text that is searched for; empty for none
	ids    []string // comparisons of the ID, each with
	idArgs []any    // its value
}

// also adds a condition with a value in the place of each question mark.
func (c *conditions) also(condition string, value any) {
	c.args = append(c.args, value)
	c.parts = append(c.parts, strings.ReplaceAll(condition, "?", fmt.Sprintf("$%d", len(c.args))))
}

func (c *conditions) always(condition string) {
	if condition != "" {
		c.parts = append(c.parts, condition)
	}
}

// id adds a comparison of the ID.
func (c *conditions) id(comparison, value string) {
	c.also(`id `+comparison+` ?`, value)
	c.ids, c.idArgs = append(c.ids, comparison), append(c.idArgs, value)
}

// began chooses rows by the time that their IDs begin with.
func (c *conditions) began(from, until time.Time) {
	if !from.IsZero() {
		c.id(`>=`, recordTime(from))
	}
	if !until.IsZero() {
		c.id(`<`, recordTime(until))
	}
}

// text chooses rows in which a text is part of who somebody is.
func (c *conditions) text(text string) {
	if text == "" {
		return
	}
	const like = ` LIKE ? ESCAPE '\'`
	fields := []string{"caller_user", "caller_number", "lower(caller_name)", "callee_user", "callee_number", "lower(callee_name)", "dialled"}
	c.like = "%" + escape(strings.ToLower(text)) + "%"
	c.also("("+strings.Join(fields, like+" OR ")+like+")", c.like)
}

// where are the conditions of a query, other than the user.
func (q *RecordQuery) where() (c conditions) {
	c.text(q.Text)
	c.began(q.From, q.Until)
	if q.Result != ResultOpen {
		c.also(`result = ?`, string(q.Result))
	}
	c.always(directions[q.Direction])
	if q.Answered != nil && *q.Answered {
		c.always(`answered > 0`)
	} else if q.Answered != nil {
		c.always(`answered = 0 AND ended > 0`)
	}
	if q.Chain != "" {
		c.also(`chain = ?`, q.Chain)
	}
	if q.Billing != "" {
		c.also(`billing LIKE ? ESCAPE '\'`, holdsBilling(q.Billing))
	}
	if q.Before != "" {
		c.id(`<`, q.Before)
	}
	return c
}

// escape makes a text match itself in LIKE.
func escape(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}

// Records returns rows, the newest first.
func (s *Service) Records(ctx context.Context, q RecordQuery) ([]Record, error) {
	if q.Limit <= 0 || q.Limit > MaxRecords {
		q.Limit = MaxRecords
	}
	c := q.where()
	if q.User.IsZero() {
		return s.read(ctx, c, q.Limit, "")
	}
	c.args = append(c.args, q.User.Bare().String())
	user := fmt.Sprintf("$%d", len(c.args))
	return s.read(ctx, c, q.Limit, "caller_user = "+user, "callee_user = "+user+" AND caller_user <> "+user)
}

// read returns the newest rows for which the conditions and one of the alternatives hold. No row is in two of those, for each of which there is an
// index: they are read by themselves, since a database reads all rows of an "or" before it sorts them.
func (s *Service) read(ctx context.Context, c conditions, limit int, alternatives ...string) ([]Record, error) {
	if err := s.ledger.flush(ctx); err != nil {
		return nil, fmt.Errorf("read the records of calls: %w", err)
	}
	if c.like != "" {
		if some, err := s.search(ctx, &c, len(alternatives) == 1 && alternatives[0] == ""); err != nil {
			return nil, fmt.Errorf("search the records of calls: %w", err)
		} else if !some {
			return []Record{}, nil
		}
	}
	rows, err := s.db.Query(ctx, c.sql(limit, alternatives), c.args...)
	if err != nil {
		return nil, fmt.Errorf("read the records of calls: %w", err)
	}
	list := make([]Record, 0, rows.Len())
	for rows.Next() {
		r, err := scanRecord(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("read the records of calls: %w", err)
		}
		list = append(list, r)
	}
	return list, nil
}

// sql reads rows; the limit becomes the last argument.
func (c *conditions) sql(limit int, alternatives []string) string {
	c.args = append(c.args, limit)
	last := fmt.Sprintf(" ORDER BY id DESC LIMIT $%d", len(c.args))
	var selects []string
	for i, a := range alternatives {
		where := ""
		if parts := slices.DeleteFunc(append([]string{a}, c.parts...), func(s string) bool { return s == "" }); len(parts) > 0 {
			where = " WHERE " + strings.Join(parts, " AND ")
		}
		selects = append(selects, fmt.Sprintf(`SELECT * FROM (SELECT %s FROM telephony_call%s%s) AS part%d`, columns, where, last, i))
	}
	return strings.Join(selects, " UNION ALL ") + last
}

func scanRecord(scan func(...any) error) (r Record, err error) {
	var began, answered, ended, ofCaller, ofCallee, ofTeam, missed int64
	var caller, callee, via, by, result, detail, labels, billing string
	err = scan(&r.ID, &r.Chain, &r.Parent, &began, &answered, &ended,
		&caller, &r.Caller.Number, &r.Caller.Name, &r.Caller.Device, &r.Caller.Location, &r.Caller.Trunk,
		&callee, &r.Callee.Number, &r.Callee.Name, &r.Callee.Device, &r.Callee.Location, &r.Callee.Trunk,
		&r.Dialled, &r.Prefix, &r.Team, &via, &by, &result, &detail, &r.Reason, &r.Voicemail, &ofCaller, &ofCallee, &ofTeam, &missed, &labels, &billing)
	r.Began, r.Answered, r.Ended = fromMillis(began), fromMillis(answered), fromMillis(ended)
	r.Caller.User, r.Callee.User, r.Via, r.By, r.Result, r.Detail = jid.Canonical(caller), jid.Canonical(callee), Via(via), By(by), Result(result), Detail(detail)
	r.Labels, r.Billing = Labels(labels), BillingGroups(billing)
	r.InJournals = InJournals{ofCaller > 0, ofCallee > 0, ofTeam > 0, missed > 0}
	return r, err
}

// sweepRows is how many rows go in one transaction, so that messages are not held up.
const sweepRows = 500

// sweepEvery is how often old rows are removed.
const sweepEvery = time.Hour

// sweep removes old rows, again and again until ctx ends.
func (s *Service) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := s.removeBefore(ctx, time.Now().Add(-s.cfg.KeepRecords)); err != nil && ctx.Err() == nil {
			s.log.Error("old records of calls could not be removed", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (s *Service) removeBefore(ctx context.Context, t time.Time) error {
	for removed := false; ; removed = true {
		var n int64
		err := s.db.Commit(ctx, func(tx *store.Tx) (err error) {
			n, err = tx.Exec(`DELETE FROM telephony_call WHERE id IN (SELECT id FROM telephony_call WHERE id < $1 AND ended > 0 ORDER BY id LIMIT $2)`, recordTime(t), sweepRows)
			return err
		})
		switch {
		case err != nil:
			return err
		case n < sweepRows && (n > 0 || removed):
			return s.forget(ctx, t)
		case n < sweepRows:
			return nil
		}
	}
}
