package directory

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"strings"
	"time"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
)

// Store keeps accounts. A write that succeeds has run OnCommit's function before it returns.
type Store interface {
	// OnCommit sets, before the first write, who learns of changes: in the order of their revisions, as far as this node makes them.
	// The function must not block.
	OnCommit(fn func([]Change))
	// Create adds all records or none. Accounts that exist are replaced (password and display name) when overwrite is set; otherwise the error is an
	// *ExistsError.
	Create(ctx context.Context, records []Record, overwrite bool) (created, replaced int, err error)
	// Update lets change edit the record in the transaction, which may happen more than once; an error of it undoes everything.
	Update(ctx context.Context, bare jid.JID, kind ChangeKind, change func(*Record, View) error) (Account, error)
	// Delete removes the account if check agrees.
	Delete(ctx context.Context, bare jid.JID, check func(*Record, View) error) error
	// Get returns fault.NotFound when there is no such account.
	Get(ctx context.Context, bare jid.JID) (Record, error)
	// List returns the first accounts of a domain, in the order of their JIDs, that come after one; a zero JID asks for the beginning.
	List(ctx context.Context, domain string, after jid.JID, limit int) ([]Account, error)
	// State returns the last revision and the secret for the salts of unknown users, which is made at first use and never changes.
	State(ctx context.Context) (revision int64, fakeSecret []byte, err error)
}

// View is what a check may ask inside a transaction.
type View interface {
	// SystemAdministrators counts those who are not disabled, before the change.
	SystemAdministrators() (int, error)
}

// ExistsError names accounts that exist already.
type ExistsError struct{ JIDs []jid.JID }

func (e *ExistsError) Error() string {
	if len(e.JIDs) == 1 {
		return "user " + e.JIDs[0].String() + " exists already"
	}
	return fmt.Sprintf("%d users exist already", len(e.JIDs))
}

var (
	//go:embed migrations/sqlite
	sqliteMigrations embed.FS
	//go:embed migrations/postgres
	postgresMigrations embed.FS
)

const fakeSecretSize = 32 // bytes

// sqlStore is Store on SQLite and PostgreSQL.
type sqlStore struct {
	db       *store.DB
	onCommit func([]Change)
}

// NewStore brings the tables in db up to date and returns the Store on them.
func NewStore(ctx context.Context, db *store.DB) (Store, error) {
	if err := db.Migrate(ctx, "directory", sqliteMigrations, postgresMigrations); err != nil {
		return nil, err
	}
	secret := make([]byte, fakeSecretSize)
	rand.Read(secret)
	err := db.Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec("INSERT INTO directory_state (id, revision, fake_secret) VALUES (1, 0, $1) ON CONFLICT (id) DO NOTHING", secret)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("prepare directory: %w", err)
	}
	return &sqlStore{db: db, onCommit: func([]Change) {}}, nil
}

func (s *sqlStore) OnCommit(fn func([]Change)) { s.onCommit = fn }

func (s *sqlStore) State(ctx context.Context) (revision int64, fakeSecret []byte, err error) {
	row := s.db.QueryRow(ctx, "SELECT revision, fake_secret FROM directory_state WHERE id = 1")
	if err := row.Scan(&revision, &fakeSecret); err != nil {
		return 0, nil, fmt.Errorf("read state of directory: %w", storeFault(err))
	}
	return revision, fakeSecret, nil
}

const accountColumns = "jid, domain, display_name, role, disabled, keys, created, password_changed, revision"

func (s *sqlStore) Get(ctx context.Context, bare jid.JID) (Record, error) {
	rows, err := s.db.Query(ctx, "SELECT "+accountColumns+" FROM directory_account WHERE jid = $1", bare.String())
	return oneRecord(rows, err, bare)
}

func (s *sqlStore) List(ctx context.Context, domain string, after jid.JID, limit int) ([]Account, error) {
	rows, err := s.db.Query(ctx, "SELECT "+accountColumns+" FROM directory_account WHERE domain = $1 AND jid > $2 ORDER BY jid LIMIT $3",
		domain, after.String(), limit)
	if err != nil {
		return nil, fmt.Errorf("list accounts of %s: %w", domain, storeFault(err))
	}
	accounts := make([]Account, 0, rows.Len())
	for rows.Next() {
		record, err := scanRecord(rows)
		if err != nil {
			return nil, fmt.Errorf("list accounts of %s: %w", domain, err)
		}
		accounts = append(accounts, record.Account)
	}
	return accounts, nil
}

func oneRecord(rows *store.Rows, err error, bare jid.JID) (Record, error) {
	if err != nil {
		return Record{}, fmt.Errorf("read account %s: %w", bare, storeFault(err))
	}
	if !rows.Next() {
		return Record{}, fault.Newf(fault.NotFound, "there is no user %s", bare)
	}
	record, err := scanRecord(rows)
	if err != nil {
		return Record{}, fmt.Errorf("read account %s: %w", bare, err)
	}
	return record, nil
}

func scanRecord(rows *store.Rows) (Record, error) {
	var r Record
	var address, domain, role string
	var keys []byte
	var created, passwordChanged int64
	err := rows.Scan(&address, &domain, &r.DisplayName, &role, &r.Disabled, &keys, &created, &passwordChanged, &r.Revision)
	if err != nil {
		return r, err
	}
	var errs [3]error
	r.JID, errs[0] = jid.Parse(address)
	r.Role, errs[1] = ParseRole(role)
	errs[2] = r.Keys.UnmarshalText(keys)
	r.Created, r.PasswordChanged = time.UnixMilli(created).UTC(), time.UnixMilli(passwordChanged).UTC()
	return r, errors.Join(errs[:]...)
}

// values returns the columns of a record in the order of accountColumns.
func (r *Record) values() ([]any, error) {
	keys, err := r.Keys.MarshalText()
	return []any{r.JID.String(), r.JID.Domain(), r.DisplayName, r.Role.String(), r.Disabled, string(keys), r.Created.UnixMilli(),
		r.PasswordChanged.UnixMilli(), r.Revision}, err
}

// storeFault gives the store's errors the kinds that an edge can express; others stay as they are.
func storeFault(err error) error {
	switch {
	case errors.Is(err, store.ErrQueueFull):
		return fault.Wrap(fault.Limit, err, "too much is waiting to be written")
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, store.ErrDiskFull), errors.Is(err, store.ErrClosed):
		return fault.Wrap(fault.Unavailable, err, "the database cannot be written")
	}
	return err
}

// placeholders returns "($1, $2), ($3, $4)" for rows of columns.
func placeholders(rows, columns int) string {
	var b strings.Builder
	for i := range rows * columns {
		switch {
		case i == 0:
			b.WriteByte('(')
		case i%columns == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", i+1)
	}
	b.WriteByte(')')
	return b.String()
}
