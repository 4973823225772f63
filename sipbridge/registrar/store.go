package registrar

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/sipbridge/stack"
	"plenum/xmppd/store"
)

//go:embed migrations
var migrations embed.FS

// rows keeps the bindings over UDP in the database. It writes what has changed since it last wrote, so that many registrations share a commit; a phone
// is answered without waiting for it.
type rows struct {
	db  *store.DB
	log *slog.Logger

	mu      sync.Mutex
	pending map[rowKey]*Binding // nil: to be deleted
	wake    chan struct{}
}

type rowKey struct{ device, id string }

func openRows(ctx context.Context, db *store.DB, log *slog.Logger) (*rows, error) {
	lite, _ := fs.Sub(migrations, "migrations/sqlite") // the path is a constant
	pg, _ := fs.Sub(migrations, "migrations/postgres")
	if err := db.Migrate(ctx, "registrar", lite, pg); err != nil {
		return nil, fmt.Errorf("registrations of phones: %w", err)
	}
	return &rows{db: db, log: log, pending: map[rowKey]*Binding{}, wake: make(chan struct{}, 1)}, nil
}

// load returns what is still valid, and clears away what is not.
func (r *rows) load(ctx context.Context, now time.Time) ([]*Binding, error) {
	err := r.db.Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM sip_bindings WHERE expires <= $1`, now.UnixMilli())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("clear away the registrations of phones: %w", err)
	}
	found, err := r.db.Query(ctx, `SELECT device, id, username, contact, instance, regid, params, remote, local, agent, callid, cseq, since, expires
		FROM sip_bindings ORDER BY since`)
	if err != nil {
		return nil, fmt.Errorf("read the registrations of phones: %w", err)
	}
	var out []*Binding
	for found.Next() {
		var b Binding
		var contact, params, remote, local string
		var since, expires, regID, seq int64
		if err := found.Scan(&b.Device, &b.ID, &b.User, &contact, &b.Instance, &regID, &params, &remote, &local, &b.UserAgent, &b.callID, &seq, &since, &expires); err != nil {
			return nil, fmt.Errorf("read the registrations of phones: %w", err)
		}
		b.Flow.Transport = stack.UDP
		if b.Flow.Remote, err = netip.ParseAddrPort(remote); err != nil {
			return nil, fmt.Errorf("read the registration of %s: %w", b.User, err)
		}
		if b.Flow.Local, err = netip.ParseAddrPort(local); err != nil {
			return nil, fmt.Errorf("read the registration of %s: %w", b.User, err)
		}
		if err := sip.ParseUri(contact, &b.Contact); err != nil {
			return nil, fmt.Errorf("read the registration of %s: %w", b.User, err)
		}
		if _, err := sip.UnmarshalHeaderParams(params, ';', 0, &b.params); err != nil {
			return nil, fmt.Errorf("read the registration of %s: %w", b.User, err)
		}
		b.regID, b.seq = uint64(regID), uint32(seq)
		b.Since, b.Expires = time.UnixMilli(since), time.UnixMilli(expires)
		out = append(out, &b)
	}
	return out, nil
}

func (r *rows) write(b *Binding) {
	if b.Flow.Transport == stack.UDP {
		r.note(b, b)
	}
}

func (r *rows) remove(b *Binding) {
	if b.Flow.Transport == stack.UDP {
		r.note(b, nil)
	}
}

func (r *rows) note(of, value *Binding) {
	r.mu.Lock()
	r.pending[rowKey{of.Device, of.ID}] = value
	r.mu.Unlock()
	r.again()
}

// again lets run look at what is pending.
func (r *rows) again() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// writeAgain is when a write that failed is tried again.
const writeAgain = 5 * time.Second

// run writes until ctx ends, and then what is left.
func (r *rows) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			r.flush(context.WithoutCancel(ctx))
			return
		case <-r.wake:
		}
		if !r.flush(ctx) {
			select {
			case <-ctx.Done():
			case <-time.After(writeAgain):
				r.again()
			}
		}
	}
}

// maxRows is how much is written in one transaction, so that messages are not held up.
const maxRows = 500

// flush writes everything that is pending. It reports false when that failed; then it is pending still.
func (r *rows) flush(ctx context.Context) bool {
	for {
		r.mu.Lock()
		batch := make(map[rowKey]*Binding, min(len(r.pending), maxRows))
		for k, b := range r.pending {
			if len(batch) == maxRows {
				break
			}
			batch[k] = b
			delete(r.pending, k)
		}
		r.mu.Unlock()
		if len(batch) == 0 {
			return true
		}
		if err := r.db.Commit(ctx, func(tx *store.Tx) error { return writeRows(tx, batch) }); err != nil {
			if ctx.Err() == nil {
				r.log.Error("registrations of phones cannot be saved; a restart would forget them", "err", err)
			}
			r.mu.Lock()
			for k, b := range batch {
				if _, newer := r.pending[k]; !newer {
					r.pending[k] = b
				}
			}
			r.mu.Unlock()
			return false
		}
	}
}

var upsert = store.NewInsert("sip_bindings", []string{"device", "id", "username", "contact", "instance", "regid", "params", "remote", "local", "agent", "callid", "cseq", "since", "expires"},
	`ON CONFLICT (device, id) DO UPDATE SET username = excluded.username, contact = excluded.contact, instance = excluded.instance, regid = excluded.regid,
	params = excluded.params, remote = excluded.remote, local = excluded.local, agent = excluded.agent, callid = excluded.callid, cseq = excluded.cseq,
	since = excluded.since, expires = excluded.expires`)

func writeRows(tx *store.Tx, batch map[rowKey]*Binding) error {
	for k, b := range batch {
		if b == nil {
			if _, err := tx.Exec(`DELETE FROM sip_bindings WHERE device = $1 AND id = $2`, k.device, k.id); err != nil {
				return err
			}
			continue
		}
		err := tx.Insert(upsert, b.Device, b.ID, b.User, b.Contact.String(), b.Instance, int64(b.regID), b.params.ToString(';'), b.Flow.Remote.String(),
			b.Flow.Local.String(), b.UserAgent, b.callID, int64(b.seq), b.Since.UnixMilli(), b.Expires.UnixMilli())
		if err != nil {
			return fmt.Errorf("registration %s of %s: %w", strconv.Quote(b.ID), b.User, err)
		}
	}
	return nil
}
