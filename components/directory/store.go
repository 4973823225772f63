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

var (
	//go:embed migrations/sqlite
	sqliteMigrations embed.FS
	//go:embed migrations/postgres
	postgresMigrations embed.FS
)

const fakeSecretSize = 32 // bytes

// sqlStore keeps the directory, on SQLite and PostgreSQL.
type sqlStore struct {
	db       *store.DB
	origin   string               // names this process in the list of changes
	onCommit func(revision int64) // learns of changes in the order of their revisions, as far as this node makes them; must not block
}

// ExistsError names accounts that exist already.
type ExistsError struct {
	JIDs   []jid.JID
	Closed bool // they may be replaced, but are in the bin, or their passwords are not kept here
}

func (e *ExistsError) Error() string {
	return fmt.Sprintf("%d users exist already, %s the first", len(e.JIDs), e.JIDs[0])
}

// about says it of one of them.
func (e *ExistsError) about(address jid.JID) string {
	if e.Closed {
		return "user " + address.String() + " cannot be replaced: he is in the bin, or his password is not kept here"
	}
	return "user " + address.String() + " exists already"
}

// openStore brings the tables in db up to date.
func openStore(ctx context.Context, db *store.DB, origin string) (*sqlStore, error) {
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
	return &sqlStore{db: db, origin: origin, onCommit: func(int64) {}}, nil
}

// latest returns the last revision.
func (s *sqlStore) latest(ctx context.Context) (revision int64, err error) {
	if err := s.db.QueryRow(ctx, "SELECT revision FROM directory_state WHERE id = 1").Scan(&revision); err != nil {
		return 0, fmt.Errorf("read state of directory: %w", storeFault(err))
	}
	return revision, nil
}

// fakeSecret returns the secret for the salts of unknown users, which is made at first use and never changes.
func (s *sqlStore) fakeSecret(ctx context.Context) (secret []byte, err error) {
	if err := s.db.QueryRow(ctx, "SELECT fake_secret FROM directory_state WHERE id = 1").Scan(&secret); err != nil {
		return nil, fmt.Errorf("read state of directory: %w", storeFault(err))
	}
	return secret, nil
}

const accountColumns = "jid, domain, display_name, role, disabled, keys, created, password_changed, revision, extension, auth, email, language," +
	" call_waiting, fax_extension, voicemail, softphone, mobile, mobile_number, pin, deleted, changed, changed_by, shown_number, time_zone"

// Get returns fault.NotFound when there is no such account.
func (s *sqlStore) get(ctx context.Context, bare jid.JID) (Record, error) {
	rows, err := s.db.Query(ctx, "SELECT "+accountColumns+" FROM directory_account WHERE jid = $1", bare.String())
	return oneRecord(rows, err, bare)
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
	var address, domain, role, changedBy string
	var keys []byte
	var created, passwordChanged, deleted, changed int64
	err := rows.Scan(&address, &domain, &r.DisplayName, &role, &r.Disabled, &keys, &created, &passwordChanged, &r.Revision, &r.Extension, &r.Auth,
		&r.Email, &r.Language, &r.CallWaiting, &r.FaxExtension, &r.Voicemail, &r.Softphone, &r.Mobile, &r.MobileNumber, &r.PIN, &deleted, &changed,
		&changedBy, &r.ShownNumber, &r.TimeZone)
	if err != nil {
		return r, err
	}
	var errs [4]error
	r.JID, errs[0] = jid.Parse(address)
	r.Role, errs[1] = ParseRole(role)
	errs[2] = r.Keys.UnmarshalText(keys)
	r.ChangedBy, errs[3] = parseActor(changedBy)
	r.HasPIN = r.PIN != nil
	r.Created, r.PasswordChanged, r.Changed, r.Deleted = fromMillis(created), fromMillis(passwordChanged), fromMillis(changed), fromMillis(deleted)
	return r, errors.Join(errs[:]...)
}

// values returns the columns of a record in the order of accountColumns.
func (r *Record) values() ([]any, error) {
	keys, err := r.Keys.MarshalText()
	var pin any
	if r.PIN != nil {
		pin = r.PIN
	}
	return []any{r.JID.String(), r.JID.Domain(), r.DisplayName, r.Role.String(), r.Disabled, string(keys), millis(r.Created),
		millis(r.PasswordChanged), r.Revision, r.Extension, string(r.Auth), r.Email, r.Language, r.CallWaiting, r.FaxExtension, string(r.Voicemail),
		r.Softphone, r.Mobile, r.MobileNumber, pin, millis(r.Deleted), millis(r.Changed), r.ChangedBy.String(),
		r.ShownNumber, r.TimeZone}, err
}

// parseActor reads who changed something; the empty text is the server itself.
func parseActor(text string) (jid.JID, error) {
	if text == "" {
		return jid.JID{}, nil
	}
	return jid.Parse(text)
}

// millis is how times are stored; the zero time is 0.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// now is the time as it is stored.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

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
