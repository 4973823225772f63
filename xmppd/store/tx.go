package store

import (
	"context"
)

// Tx is the group's transaction as a function given to Commit or Do sees it. It is valid only inside that function.
type Tx struct {
	ctx    context.Context
	conn   writeConn
	writes int   // statements that may have changed something
	err    error // first error of a statement; the transaction must not be committed as it is
}

// Exec runs a statement and returns how many rows it changed.
func (tx *Tx) Exec(sql string, args ...any) (int64, error) {
	vals, err := values(args)
	if err != nil {
		return 0, err
	}
	tx.writes++
	n, err := tx.conn.exec(tx.ctx, sql, vals)
	return n, tx.note(err)
}

// Insert adds one row now. Prefer Batch.Insert where no function is needed.
func (tx *Tx) Insert(ins *Insert, args ...any) error {
	vals, err := values(args)
	if err != nil {
		return err
	}
	tx.writes++
	return tx.note(tx.conn.insert(tx.ctx, ins, vals))
}

// Query reads, with what the transaction has written so far. It may also be a writing statement with RETURNING.
func (tx *Tx) Query(sql string, args ...any) (*Rows, error) {
	vals, err := values(args)
	if err != nil {
		return nil, err
	}
	if !isSelect(sql) {
		tx.writes++
	}
	rows, err := tx.conn.query(tx.ctx, sql, vals)
	return rows, tx.note(err)
}

// QueryRow reads one row; its Scan returns ErrNoRows when there is none.
func (tx *Tx) QueryRow(sql string, args ...any) *Row {
	rows, err := tx.Query(sql, args...)
	return &Row{rows: rows, err: err}
}

func (tx *Tx) note(err error) error {
	if err != nil && tx.err == nil {
		tx.err = err
	}
	return err
}

// isSelect reports whether sql surely changes nothing.
func isSelect(sql string) bool {
	for len(sql) > 0 && (sql[0] == ' ' || sql[0] == '\n' || sql[0] == '\t') {
		sql = sql[1:]
	}
	return len(sql) >= 6 && (sql[:6] == "SELECT" || sql[:6] == "select")
}
