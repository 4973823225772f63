package telephony

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
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

const columns = `id, chain, parent, began, answered, ended, caller_user, caller_number, caller_name, caller_device, caller_trunk,
	callee_user, callee_number, callee_name, callee_device, callee_trunk, dialled, via, result, detail`

var putRecord = store.NewInsert("telephony_call", strings.FieldsFunc(columns+",node", func(r rune) bool { return strings.ContainsRune(", \n\t", r) }),
	`ON CONFLICT (id) DO UPDATE SET answered = excluded.answered, ended = excluded.ended, callee_user = excluded.callee_user,
	callee_number = excluded.callee_number, callee_name = excluded.callee_name, callee_device = excluded.callee_device,
	callee_trunk = excluded.callee_trunk, result = excluded.result, detail = excluded.detail`)

// insert stores a row as it is now.
func insert(tx *store.Tx, r *Record, node string) error {
	return tx.Insert(putRecord, r.ID, r.Chain, r.Parent, millis(r.Began), millis(r.Answered), millis(r.Ended),
		r.Caller.User.String(), r.Caller.Number, r.Caller.Name, r.Caller.Device, r.Caller.Trunk,
		r.Callee.User.String(), r.Callee.Number, r.Callee.Name, r.Callee.Device, r.Callee.Trunk,
		r.Dialled, string(r.Via), string(r.Result), r.Detail, node)
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
		n, err = tx.Exec(`UPDATE telephony_call SET result = $1, ended = CASE WHEN answered > 0 THEN answered ELSE began END WHERE node = $2 AND ended = 0`,
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

// directions are the conditions for rows of a direction.
var directions = map[Direction]string{
	Internal: `(caller_trunk = '' AND callee_trunk = '')`, External: `(caller_trunk <> '' OR callee_trunk <> '')`, Inbound: `caller_trunk <> ''`,
	Outbound: `(caller_trunk = '' AND callee_trunk <> '')`,
}

// MaxRecords is the most rows that Records returns at once.
const MaxRecords = 500

func (q *RecordQuery) where() (sql string, args []any) {
	var parts []string
	also := func(condition string, value any) {
		args = append(args, value)
		parts = append(parts, strings.ReplaceAll(condition, "?", fmt.Sprintf("$%d", len(args))))
	}
	if !q.User.IsZero() {
		also(`(caller_user = ? OR callee_user = ?)`, q.User.Bare().String())
	}
	if q.Text != "" {
		const like = ` LIKE ? ESCAPE '\'`
		fields := []string{"caller_user", "caller_number", "lower(caller_name)", "callee_user", "callee_number", "lower(callee_name)", "dialled"}
		also("("+strings.Join(fields, like+" OR ")+like+")", "%"+escape(strings.ToLower(q.Text))+"%")
	}
	if !q.From.IsZero() {
		also(`began >= ?`, q.From.UnixMilli())
	}
	if !q.Until.IsZero() {
		also(`began < ?`, q.Until.UnixMilli())
	}
	if q.Result != ResultOpen {
		also(`result = ?`, string(q.Result))
	}
	if condition := directions[q.Direction]; condition != "" {
		parts = append(parts, condition)
	}
	if q.Answered != nil && *q.Answered {
		parts = append(parts, `answered > 0`)
	} else if q.Answered != nil {
		parts = append(parts, `answered = 0 AND ended > 0`)
	}
	if q.Chain != "" {
		also(`chain = ?`, q.Chain)
	}
	if q.Before != "" {
		also(`id < ?`, q.Before)
	}
	if len(parts) > 0 {
		sql = " WHERE " + strings.Join(parts, " AND ")
	}
	return sql, args
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
	if err := s.ledger.flush(ctx); err != nil {
		return nil, fmt.Errorf("read the records of calls: %w", err)
	}
	where, args := q.where()
	args = append(args, q.Limit)
	rows, err := s.db.Query(ctx, `SELECT `+columns+` FROM telephony_call`+where+fmt.Sprintf(` ORDER BY id DESC LIMIT $%d`, len(args)), args...)
	if err != nil {
		return nil, fmt.Errorf("read the records of calls: %w", err)
	}
	list := make([]Record, 0, rows.Len())
	for rows.Next() {
		var r Record
		var began, answered, ended int64
		var caller, callee, via, result string
		err := rows.Scan(&r.ID, &r.Chain, &r.Parent, &began, &answered, &ended,
			&caller, &r.Caller.Number, &r.Caller.Name, &r.Caller.Device, &r.Caller.Trunk,
			&callee, &r.Callee.Number, &r.Callee.Name, &r.Callee.Device, &r.Callee.Trunk, &r.Dialled, &via, &result, &r.Detail)
		if err != nil {
			return nil, fmt.Errorf("read the records of calls: %w", err)
		}
		r.Began, r.Answered, r.Ended = fromMillis(began), fromMillis(answered), fromMillis(ended)
		r.Caller.User, r.Callee.User, r.Via, r.Result = jid.Canonical(caller), jid.Canonical(callee), Via(via), Result(result)
		list = append(list, r)
	}
	return list, nil
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
	for {
		var n int64
		err := s.db.Commit(ctx, func(tx *store.Tx) (err error) {
			n, err = tx.Exec(`DELETE FROM telephony_call WHERE id IN (SELECT id FROM telephony_call WHERE id < $1 AND ended > 0 ORDER BY id LIMIT $2)`, recordTime(t), sweepRows)
			return err
		})
		if err != nil || n < sweepRows {
			return err
		}
	}
}
