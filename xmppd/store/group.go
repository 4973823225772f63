package store

import (
	"context"
	"errors"
	"time"
)

// maxAgain is how often a transaction is repeated that lost against one of another node.
const maxAgain = 3

// attempt writes the group in one transaction and sets every batch's result. It returns an error only when the connection
// was lost; then nothing is known and no result is set.
//
// The common way has no savepoints. When a batch fails, the group is rolled back and written again with a savepoint for each
// batch, so that the faulty one alone is undone.
func (w *writer) attempt(ctx context.Context, group []*Batch) error {
	err := w.together(ctx, group)
	for again := 0; errors.Is(err, errAgain) && again < maxAgain; again++ {
		w.conn.rollback(ctx)
		err = w.together(ctx, group)
	}
	if err == nil {
		return nil
	}
	w.conn.rollback(ctx)
	if errors.Is(err, errLost) {
		return err
	}
	if hitsAll(err) {
		return failAll(group, err)
	}
	w.stats.replays.Add(1)
	if len(group) == 1 {
		group[0].result = err
		return nil
	}
	return w.replay(ctx, group)
}

// together is the common way. On an error some batch is at fault, or the surroundings are.
func (w *writer) together(ctx context.Context, group []*Batch) error {
	for _, b := range group {
		b.result = nil
	}
	w.dropPending()
	if err := w.conn.begin(ctx); err != nil {
		return err
	}
	for _, b := range group {
		if err := w.apply(ctx, b); err != nil {
			return err
		}
	}
	if err := w.flush(ctx); err != nil {
		return err
	}
	return w.commit(ctx)
}

// apply writes b, its rows at the latest with the next flush. A function that stands first and fails before it has written anything needs
// no undoing: it is b's result, and apply returns nil.
func (w *writer) apply(ctx context.Context, b *Batch) error {
	for i := range b.steps {
		s := &b.steps[i]
		if s.fn == nil {
			w.addRows(s)
			continue
		}
		if err := w.flush(ctx); err != nil {
			return err
		}
		tx := &Tx{ctx: ctx, conn: w.conn}
		if err := w.runFn(tx, s.fn); err != nil {
			if i == 0 && tx.writes == 0 && tx.err == nil {
				b.result = err
				return nil
			}
			return preferLost(err, tx.err)
		}
	}
	return nil
}

// preferLost returns the error of the statement when that tells of a lost connection or a full disk, which the function may have
// replaced by its own.
func preferLost(fnErr, stmtErr error) error {
	if stmtErr != nil && hitsAll(stmtErr) {
		return stmtErr
	}
	return fnErr
}

func (w *writer) addRows(s *step) {
	for i := range w.pending {
		if p := &w.pending[i]; p.ins == s.ins {
			p.args = append(p.args, s.args...)
			return
		}
	}
	n := len(w.pending)
	if n < cap(w.pending) {
		w.pending = w.pending[:n+1] // takes up the old args buffer
	} else {
		w.pending = append(w.pending, pendingRows{})
	}
	p := &w.pending[n]
	p.ins, p.args = s.ins, append(p.args[:0], s.args...)
}

// flush sends the pending rows.
func (w *writer) flush(ctx context.Context) error {
	defer w.dropPending()
	for i := range w.pending {
		p := &w.pending[i]
		if err := w.conn.insert(ctx, p.ins, p.args); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) dropPending() {
	for i := range w.pending {
		clear(w.pending[i].args)
		w.pending[i].ins = nil
	}
	w.pending = w.pending[:0]
}

func (w *writer) commit(ctx context.Context) error {
	began := time.Now()
	err := w.conn.commit(ctx)
	w.stats.commits.Add(1)
	w.stats.commitNanos.Add(uint64(time.Since(began)))
	return err
}

// replay writes the group with a savepoint for each batch.
func (w *writer) replay(ctx context.Context, group []*Batch) error {
	err := w.withSavepoints(ctx, group)
	if err == nil {
		return nil
	}
	w.conn.rollback(ctx)
	switch {
	case errors.Is(err, errLost):
		return err
	case hitsAll(err):
		return failAll(group, err)
	}
	// The commit itself failed, by a constraint that is checked only there, or the group collided: one transaction each settles it.
	for i := range group {
		if err := w.attempt(ctx, group[i:i+1]); err != nil {
			return failAll(group[i:], err) // those before are committed and must not be written again
		}
	}
	return nil
}

func (w *writer) withSavepoints(ctx context.Context, group []*Batch) error {
	if err := w.conn.begin(ctx); err != nil {
		return err
	}
	for _, b := range group {
		if err := w.inSavepoint(ctx, b); err != nil {
			return err
		}
	}
	return w.commit(ctx)
}

// inSavepoint writes b alone and sets its result. It returns an error when the whole group cannot go on.
func (w *writer) inSavepoint(ctx context.Context, b *Batch) error {
	b.result = nil
	if _, err := w.conn.exec(ctx, "SAVEPOINT batch", nil); err != nil {
		return err
	}
	err := w.apply(ctx, b)
	if err == nil {
		err = w.flush(ctx)
	}
	w.dropPending()
	if err != nil {
		if hitsAll(err) || errors.Is(err, errAgain) {
			return err
		}
		b.result = err
		if _, err := w.conn.exec(ctx, "ROLLBACK TO SAVEPOINT batch", nil); err != nil {
			return err
		}
	}
	_, err = w.conn.exec(ctx, "RELEASE SAVEPOINT batch", nil)
	return err
}

func failAll(group []*Batch, err error) error {
	for _, b := range group {
		b.result = err
	}
	return nil
}
