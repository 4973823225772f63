package store

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"
)

// Insert is an INSERT statement that a package declares once and uses for many rows. The writer sends the rows of one Insert in one
// group together.
type Insert struct {
	columns int
	plain   string // with ?, which SQLite binds fastest
	one     string // with $1…, for PostgreSQL
	many    string // the same for manyRows rows; empty when the rows must go one by one
}

// manyRows is how many rows one statement carries to PostgreSQL, which saves the server a fifth of its work.
const manyRows = 32

// NewInsert declares an insert into table. conflict is the ON CONFLICT clause, or empty.
func NewInsert(table string, columns []string, conflict string) *Insert {
	head := "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES "
	if conflict != "" {
		conflict = " " + conflict
	}
	ins := &Insert{
		columns: len(columns),
		plain:   head + "(" + strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ") + ")" + conflict,
		one:     head + placeholders(len(columns), 1) + conflict,
	}
	if !strings.Contains(strings.ToUpper(conflict), "UPDATE") { // PostgreSQL lets one statement update a row only once
		ins.many = head + placeholders(len(columns), manyRows) + conflict
	}
	return ins
}

// placeholders returns ($1, $2), ($3, $4)… for rows rows.
func placeholders(columns, rows int) string {
	var b strings.Builder
	for i := range columns * rows {
		switch {
		case i == 0:
			b.WriteString("(")
		case i%columns == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", i+1)
	}
	b.WriteString(")")
	return b.String()
}

// step is one part of a batch: rows of one Insert, or a function.
type step struct {
	ins  *Insert
	args []any
	fn   func(*Tx) error
}

// Batch is what is written together: all of it is committed, or nothing. The zero value is empty and ready to use. It is used once, and
// not by two goroutines at a time.
//
// Inside a batch, and between batches, functions see everything inserted before them. Rows of different Inserts may reach the
// database in another order than they were added, as long as no function stands between them.
type Batch struct {
	steps    []step
	callback []func(error)
	rows     int // rows; a function counts as one
	bytes    int // size of text and blobs
	err      error

	claimed atomic.Bool // by the writer, or by a Commit that gave up
	queued  time.Time
	done    chan error // of Commit; capacity 1
	result  error      // set by the writer
}

// Insert adds a row. args are the values of the columns in order; slices must not change any more.
func (b *Batch) Insert(ins *Insert, args ...any) {
	if len(args) != ins.columns {
		b.fail(fmt.Errorf("store: %d values for %d columns: %s", len(args), ins.columns, ins.one))
		return
	}
	vals, err := values(args)
	if err != nil {
		b.fail(fmt.Errorf("%w: %s", err, ins.one))
		return
	}
	b.rows++
	for _, v := range vals {
		switch v := v.(type) {
		case string:
			b.bytes += len(v)
		case []byte:
			b.bytes += len(v)
		}
	}
	if n := len(b.steps); n > 0 && b.steps[n-1].ins == ins {
		b.steps[n-1].args = append(b.steps[n-1].args, vals...)
		return
	}
	b.steps = append(b.steps, step{ins: ins, args: vals})
}

// Do adds a function that runs inside the transaction. It may run more than once; an error fails the whole batch.
func (b *Batch) Do(fn func(*Tx) error) {
	b.rows++
	b.steps = append(b.steps, step{fn: fn})
}

// OnCommit adds a callback that gets nil when the batch is committed, else why it is not. Callbacks run outside the
// transaction, on one goroutine, in the order in which batches were submitted. They hold up each other: they post to an inbox
// and return.
func (b *Batch) OnCommit(fn func(error)) { b.callback = append(b.callback, fn) }

// Empty reports whether there is nothing to write.
func (b *Batch) Empty() bool { return len(b.steps) == 0 && b.err == nil }

func (b *Batch) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}
