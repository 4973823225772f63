package directory

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// chunk is how many rows one statement of a large change carries: some thousands of values, far below what either database takes.
const chunk = 100

// txn is one transaction on the directory. It holds the lock on the revision, so that changes of several nodes come one after the other.
type txn struct {
	*store.Tx
	by       jid.JID // who does it; zero: the server or its operator
	level    Role    // his, SystemAdministrator for the server
	revision int64   // of the change made last
	changes  []loggedChange
}

type loggedChange struct {
	revision int64
	kind     ChangeKind
	object   string
}

// write runs fn in a transaction and returns when everything is committed. It waits for the outcome even when ctx ends, because it is then not known;
// the store bounds that wait.
func (s *sqlStore) write(ctx context.Context, by jid.JID, fn func(*txn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	by = by.Bare()
	var revision int64
	batch := &store.Batch{}
	batch.Do(func(tx *store.Tx) error {
		t := &txn{Tx: tx, by: by}
		// Writing first takes the row's lock in PostgreSQL: what fn reads is not changed by another node meanwhile.
		if err := tx.QueryRow("UPDATE directory_state SET revision = revision WHERE id = 1 RETURNING revision").Scan(&t.revision); err != nil {
			return err
		}
		if err := t.readLevel(); err != nil {
			return err
		}
		if err := fn(t); err != nil {
			return err
		}
		revision = t.revision
		return t.finish(s.origin)
	})
	done := make(chan error, 1)
	batch.OnCommit(func(err error) {
		if err == nil {
			s.onCommit(revision)
		}
		done <- err
	})
	if err := s.db.Submit(batch); err != nil {
		return storeFault(err)
	}
	return storeFault(<-done)
}

// readLevel finds out what the one who acts may do. Who has no account, or cannot log in, may nothing.
func (t *txn) readLevel() error {
	if t.by.IsZero() {
		t.level = SystemAdministrator
		return nil
	}
	actor, err := t.get(t.by)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if err == nil && actor.Active() {
		t.level = actor.Role
	}
	return nil
}

// mayManage refuses who may not change the organisation.
func (t *txn) mayManage() error {
	if t.level.ManagesUsers() {
		return nil
	}
	return fault.New(fault.Forbidden, "changing the organisation needs a higher administration level")
}

// mayManageUser refuses also to touch somebody of a higher level, and to give one.
func (t *txn) mayManageUser(levels ...Role) error {
	if err := t.mayManage(); err != nil {
		return err
	}
	for _, level := range levels {
		if level.Above(t.level) {
			return fault.New(fault.Forbidden, "a user of a higher administration level cannot be changed, nor can such a level be given")
		}
	}
	return nil
}

// note counts a change and returns its revision.
func (t *txn) note(kind ChangeKind, object string) int64 {
	t.revision++
	t.changes = append(t.changes, loggedChange{t.revision, kind, object})
	return t.revision
}

// finish writes the list of changes and the revision.
func (t *txn) finish(origin string) error {
	for part := range slices.Chunk(t.changes, chunk) {
		args := make([]any, 0, 5*len(part))
		for _, c := range part {
			args = append(args, c.revision, string(c.kind), c.object, t.by.String(), origin)
		}
		_, err := t.Exec("INSERT INTO directory_change (revision, kind, object, actor, origin) VALUES "+placeholders(len(part), 5), args...)
		if err != nil {
			return err
		}
	}
	if _, err := t.Exec("DELETE FROM directory_change WHERE revision <= $1", t.revision-keptChanges); err != nil {
		return err
	}
	_, err := t.Exec("UPDATE directory_state SET revision = $1 WHERE id = 1", t.revision)
	return err
}

// systemAdministrators counts those who can log in, before the change.
func (t *txn) systemAdministrators() (int, error) {
	var n int
	err := t.QueryRow("SELECT COUNT(*) FROM directory_account WHERE role = $1 AND NOT disabled AND deleted = 0", SystemAdministrator.String()).Scan(&n)
	return n, err
}

// keepAdministrator refuses to take the last account that may do everything: nobody could give that right again.
func (t *txn) keepAdministrator(r *Record) error {
	if !r.isSystemAdministrator() {
		return nil
	}
	n, err := t.systemAdministrators()
	if err != nil {
		return err
	}
	if n < 2 {
		return fault.Newf(fault.Conflict, "%s is the last system administrator", r.JID)
	}
	return nil
}

func (t *txn) get(bare jid.JID) (Record, error) {
	rows, err := t.Query("SELECT "+accountColumns+" FROM directory_account WHERE jid = $1", bare.String())
	return oneRecord(rows, err, bare)
}

// create adds all records or none. Accounts that exist are replaced (password and display name) when overwrite is set, if their password is
// kept here; otherwise the error is an *ExistsError.
func (t *txn) create(records []Record, overwrite bool) (created, replaced int, err error) {
	existing, err := t.existing(records)
	if err != nil {
		return 0, 0, err
	}
	if len(existing) > 0 && !overwrite {
		return 0, 0, &ExistsError{JIDs: existing}
	}
	var closed []jid.JID
	for _, address := range existing {
		record, err := t.get(address)
		if err != nil {
			return 0, 0, err
		}
		if record.InBin() || record.Auth != AuthInternal {
			closed = append(closed, address)
		}
	}
	if len(closed) > 0 {
		return 0, 0, &ExistsError{JIDs: closed, Closed: true}
	}
	replaces := make(map[jid.JID]bool, len(existing))
	for _, address := range existing {
		replaces[address] = true
	}
	for part := range slices.Chunk(records, chunk) {
		if err := t.insert(part, replaces); err != nil {
			return 0, 0, err
		}
	}
	return len(records) - len(existing), len(existing), nil
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
		r.Revision, r.ChangedBy = t.note(kind, r.JID.String()), t.by
		values, err := r.values()
		if err != nil {
			return err
		}
		args = append(args, values...)
	}
	_, err := t.Exec("INSERT INTO directory_account ("+accountColumns+") VALUES "+placeholders(len(records), len(args)/len(records))+
		" ON CONFLICT (jid) DO UPDATE SET display_name = excluded.display_name, keys = excluded.keys, password_changed = excluded.password_changed,"+
		" revision = excluded.revision, changed = excluded.changed, changed_by = excluded.changed_by", args...)
	return err
}

// put writes a record that was changed in these ways, in the place of the one that is stored.
func (t *txn) put(r *Record, kinds ...ChangeKind) error {
	for _, kind := range kinds {
		r.Revision = t.note(kind, r.JID.String())
	}
	r.Changed, r.ChangedBy = now(), t.by
	values, err := r.values()
	if err != nil {
		return err
	}
	_, err = t.Exec("UPDATE directory_account SET domain = $2, display_name = $3, role = $4, disabled = $5, keys = $6, created = $7,"+
		" password_changed = $8, revision = $9, extension = $10, auth = $11, email = $12, language = $13, call_waiting = $14, fax_extension = $15,"+
		" voicemail = $16, softphone = $17, mobile = $18, mobile_number = $19, pin = $20, deleted = $21, changed = $22, changed_by = $23, shown_number = $24,"+
		" time_zone = $25"+
		" WHERE jid = $1", values...)
	return err
}

// remove deletes an account with all that the directory has of it. Devices that were made by hand stay, and are nobody's.
func (t *txn) remove(r *Record) error {
	t.note(AccountDeleted, r.JID.String())
	owner := r.JID.String()
	devices, err := t.devicesOf(r.JID)
	if err != nil {
		return err
	}
	for _, device := range devices {
		var err error
		if device.BySwitch {
			err = t.removeObject(&device)
		} else {
			device.Owner = jid.JID{}
			err = t.putObject(&device)
		}
		if err != nil {
			return err
		}
	}
	if err := t.leave(r.JID); err != nil {
		return err
	}
	if err := t.leaveTeams(r.JID); err != nil {
		return err
	}
	if err := t.removeFlow(OfUser(r.JID)); err != nil {
		return err
	}
	for _, statement := range []string{
		"DELETE FROM directory_recent WHERE member = $1",
		"DELETE FROM directory_extension WHERE owner = $1",
		"DELETE FROM directory_assignment WHERE kind = 'user' AND object = $1",
		"DELETE FROM directory_profile_use WHERE owner = $1",
		"DELETE FROM directory_profile WHERE owner = $1",
		"DELETE FROM directory_forward WHERE jid = $1",
		"DELETE FROM directory_skills WHERE jid = $1",
		"DELETE FROM directory_followme WHERE holder = $1",
		"DELETE FROM directory_account WHERE jid = $1",
	} {
		if _, err := t.Exec(statement, owner); err != nil {
			return err
		}
	}
	return nil
}

// claim gives an extension to an owner, in the place of the one he had. It reports whether another has it.
func (t *txn) claim(extension, before string, pool Pool, owner string) (taken bool, err error) {
	if extension == before {
		return false, nil
	}
	if before != "" {
		if _, err := t.Exec("DELETE FROM directory_extension WHERE extension = $1 AND owner = $2", before, owner); err != nil {
			return false, err
		}
	}
	if extension == "" {
		return false, nil
	}
	n, err := t.Exec("INSERT INTO directory_extension (extension, kind, owner) VALUES ($1, $2, $3) ON CONFLICT (extension) DO NOTHING",
		extension, string(pool), owner)
	return n == 0, err
}

// errUnchanged undoes a transaction that would change nothing, so that nothing is announced.
var errUnchanged = errors.New("nothing to change")

// write is sqlStore.write for services: memory shows the change when it returns. It also shows what the transaction has found, when that is why nothing
// was written.
func (d *Directory) write(ctx context.Context, by jid.JID, what string, fn func(*txn) error) error {
	err := d.store.write(ctx, by, fn)
	unchanged := errors.Is(err, errUnchanged)
	if err == nil || unchanged || fault.KindOf(err) != fault.Internal {
		d.show(ctx)
	}
	if err == nil || unchanged {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
