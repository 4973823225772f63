package directory

import (
	"context"
	"fmt"
	"slices"

	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// chunk is how many accounts one statement of an import carries: some 900 values, far below what either database takes.
const chunk = 100

// txn is one transaction on the directory. It holds the lock on the revision, so that changes of several nodes come one after the other.
type txn struct {
	*store.Tx
	revision int64 // of the change made last
	changes  []Change
}

// write runs fn in a transaction, announces what it changed in the order of commits, and returns when that is done. It waits for the outcome even
// when ctx ends, because it is then not known; the store bounds that wait.
func (s *sqlStore) write(ctx context.Context, fn func(*txn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var changes []Change
	batch := &store.Batch{}
	batch.Do(func(tx *store.Tx) error {
		t := &txn{Tx: tx}
		// Writing first takes the row's lock in PostgreSQL: what fn reads is not changed by another node meanwhile.
		if err := tx.QueryRow("UPDATE directory_state SET revision = revision WHERE id = 1 RETURNING revision").Scan(&t.revision); err != nil {
			return err
		}
		if err := fn(t); err != nil {
			return err
		}
		changes = t.changes
		_, err := tx.Exec("UPDATE directory_state SET revision = $1 WHERE id = 1", t.revision)
		return err
	})
	done := make(chan error, 1)
	batch.OnCommit(func(err error) {
		if err == nil {
			s.onCommit(changes)
		}
		done <- err
	})
	if err := s.db.Submit(batch); err != nil {
		return storeFault(err)
	}
	return storeFault(<-done)
}

// note counts a change and returns its revision.
func (t *txn) note(bare jid.JID, kind ChangeKind) int64 {
	t.revision++
	t.changes = append(t.changes, Change{Revision: t.revision, JID: bare, Kind: kind})
	return t.revision
}

// SystemAdministrators is part of View.
func (t *txn) SystemAdministrators() (int, error) {
	var n int
	err := t.QueryRow("SELECT COUNT(*) FROM directory_account WHERE role = $1 AND NOT disabled", SystemAdministrator.String()).Scan(&n)
	return n, err
}

func (t *txn) get(bare jid.JID) (Record, error) {
	rows, err := t.Query("SELECT "+accountColumns+" FROM directory_account WHERE jid = $1", bare.String())
	return oneRecord(rows, err, bare)
}

func (s *sqlStore) Create(ctx context.Context, records []Record, overwrite bool) (created, replaced int, err error) {
	err = s.write(ctx, func(t *txn) error {
		existing, err := t.existing(records)
		if err != nil {
			return err
		}
		if len(existing) > 0 && !overwrite {
			return &ExistsError{JIDs: existing}
		}
		created, replaced = len(records)-len(existing), len(existing)
		replaces := make(map[jid.JID]bool, len(existing))
		for _, address := range existing {
			replaces[address] = true
		}
		for part := range slices.Chunk(records, chunk) {
			if err := t.insert(part, replaces); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, 0, err
	}
	return created, replaced, nil
}

// existing returns those of the records' JIDs that are taken, in the order of the records.
func (t *txn) existing(records []Record) ([]jid.JID, error) {
	var found []jid.JID
	for part := range slices.Chunk(records, chunk) {
		args := make([]any, len(part))
		for i, r := range part {
			args[i] = r.JID.String()
		}
		rows, err := t.Query("SELECT jid FROM directory_account WHERE jid IN "+placeholders(1, len(args)), args...)
		if err != nil {
			return nil, err
		}
		taken := make(map[string]bool, rows.Len())
		for rows.Next() {
			var address string
			if err := rows.Scan(&address); err != nil {
				return nil, err
			}
			taken[address] = true
		}
		for _, r := range part {
			if taken[r.JID.String()] {
				found = append(found, r.JID)
			}
		}
	}
	return found, nil
}

// insert writes records, over those that are to be replaced. A record is not changed, because a transaction may run twice.
func (t *txn) insert(records []Record, replaces map[jid.JID]bool) error {
	var args []any
	for _, r := range records {
		kind := AccountCreated
		if replaces[r.JID] {
			kind = PasswordSet
		}
		r.Revision = t.note(r.JID, kind)
		values, err := r.values()
		if err != nil {
			return err
		}
		args = append(args, values...)
	}
	_, err := t.Exec("INSERT INTO directory_account ("+accountColumns+") VALUES "+placeholders(len(records), len(args)/len(records))+
		" ON CONFLICT (jid) DO UPDATE SET display_name = excluded.display_name, keys = excluded.keys,"+
		" password_changed = excluded.password_changed, revision = excluded.revision", args...)
	return err
}

func (s *sqlStore) Update(ctx context.Context, bare jid.JID, kind ChangeKind, change func(*Record, View) error) (Account, error) {
	var after Account
	err := s.write(ctx, func(t *txn) error {
		record, err := t.get(bare)
		if err != nil {
			return err
		}
		if err := change(&record, t); err != nil {
			return err
		}
		record.Revision = t.note(bare, kind)
		after = record.Account
		values, err := record.values()
		if err != nil {
			return err
		}
		_, err = t.Exec("UPDATE directory_account SET domain = $2, display_name = $3, role = $4, disabled = $5, keys = $6, created = $7,"+
			" password_changed = $8, revision = $9 WHERE jid = $1", values...)
		return err
	})
	if err != nil {
		return Account{}, fmt.Errorf("change account %s: %w", bare, err)
	}
	return after, nil
}

func (s *sqlStore) Delete(ctx context.Context, bare jid.JID, check func(*Record, View) error) error {
	err := s.write(ctx, func(t *txn) error {
		record, err := t.get(bare)
		if err != nil {
			return err
		}
		if err := check(&record, t); err != nil {
			return err
		}
		t.note(bare, AccountDeleted)
		_, err = t.Exec("DELETE FROM directory_account WHERE jid = $1", bare.String())
		return err
	})
	if err != nil {
		return fmt.Errorf("delete account %s: %w", bare, err)
	}
	return nil
}
