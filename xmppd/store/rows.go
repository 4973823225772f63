package store

import "fmt"

// Rows is a result, held in memory. Use it as `for rows.Next() { rows.Scan(…) }`.
type Rows struct {
	cols int
	vals []any // cols values for each row; types as in values
	next int   // index in vals of the row that Next moves to
}

// Next moves to the next row and reports whether there is one.
func (r *Rows) Next() bool {
	if r.next >= len(r.vals) {
		return false
	}
	r.next += r.cols
	return true
}

// Scan copies the current row into the variables that dest points to: integers, strings, []byte, bool, floats, any, scanners such
// as sql.Null, and pointers to pointers, where NULL is nil. []byte values belong to the caller.
func (r *Rows) Scan(dest ...any) error {
	if r.next == 0 {
		return fmt.Errorf("store: Scan before Next")
	}
	if len(dest) != r.cols {
		return fmt.Errorf("store: %d columns, %d variables to scan into", r.cols, len(dest))
	}
	for i, v := range r.vals[r.next-r.cols : r.next] {
		if err := assign(dest[i], v); err != nil {
			return fmt.Errorf("store: column %d: %w", i+1, err)
		}
	}
	return nil
}

// Len returns the number of rows.
func (r *Rows) Len() int {
	if r.cols == 0 {
		return 0
	}
	return len(r.vals) / r.cols
}

// Close and Err exist for those used to database/sql; a result in memory needs no Close and has no late error.
func (r *Rows) Close() error { return nil }
func (r *Rows) Err() error   { return nil }

// Row is a result of which the first row counts.
type Row struct {
	rows *Rows
	err  error
}

// Scan copies the row as Rows.Scan does. It returns ErrNoRows when the result is empty.
func (r *Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	if !r.rows.Next() {
		return ErrNoRows
	}
	return r.rows.Scan(dest...)
}
