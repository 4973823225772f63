// Package lastactivity tells for how long the server has run and since when an account has been offline.
//
// Spec: XEP-0012 2.0 complete
package lastactivity

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"sync"
	"time"

	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/xmlstream"
)

// NS is the namespace of <query/>.
const NS = "jabber:iq:last"

//go:embed migrations
var migrations embed.FS

// Service notes when accounts go offline.
type Service struct {
	srv   *xmppd.Server
	start time.Time

	mu     sync.Mutex
	status map[string]string // session id → status of its last unavailable presence
}

// Register puts the answers into s.
func Register(ctx context.Context, s *xmppd.Server) (*Service, error) {
	lite, _ := fs.Sub(migrations, "migrations/sqlite")
	pg, _ := fs.Sub(migrations, "migrations/postgres")
	if err := s.Store().Migrate(ctx, "lastactivity", lite, pg); err != nil {
		return nil, fmt.Errorf("last activity: %w", err)
	}
	l := &Service{srv: s, start: time.Now(), status: map[string]string{}}
	s.HandleIQ(xmppd.ToServer, xmppd.Get, NS, "query", l.server)
	s.HandleIQ(xmppd.ToAccount, xmppd.Get, NS, "query", l.account)
	s.Hooks.IQ.Add(xmppd.Authorize, l.authorize)
	s.Hooks.Presence.Add(xmppd.Observe, l.presence)
	s.Hooks.SessionEnd.Add(l.ended)
	return l, nil
}

func (l *Service) server(context.Context, *xmppd.IQ) (any, error) {
	return answer(int64(time.Since(l.start).Seconds()), ""), nil
}

func answer(seconds int64, status string) []byte {
	b := xmlstream.AppendAttr([]byte("<query xmlns='"+NS+"'"), "seconds", strconv.FormatInt(max(seconds, 0), 10))
	b = xmlstream.AppendEscaped(append(b, '>'), status)
	return append(b, "</query>"...)
}

// authorize lets those ask an account or one of its clients who get its presence (XEP-0012#offline, #online).
func (l *Service) authorize(iq *xmppd.IQ) error {
	if iq.Packet.Type() != xmppd.Get || !iq.Packet.Has(NS, "query") {
		return nil
	}
	owner, asker := iq.To.Bare(), iq.From.Bare()
	if !l.srv.IsHost(owner.Domain()) || l.srv.SharesPresence(l.srv.Context(), owner, asker) {
		return nil
	}
	return xmppd.Errorf("forbidden", "")
}

// account answers for an account (XEP-0012#offline). One that is connected was active just now.
func (l *Service) account(ctx context.Context, iq *xmppd.IQ) (any, error) {
	owner := iq.To.Bare()
	if len(l.srv.Targets(owner)) > 0 {
		return answer(0, ""), nil
	}
	var at int64
	var status string
	err := l.srv.Store().QueryRow(ctx, `SELECT at, status FROM last_activity WHERE owner = $1`, owner.String()).Scan(&at, &status)
	if errors.Is(err, store.ErrNoRows) {
		return nil, xmppd.Errorf("item-not-found", "this account was never online")
	}
	if err != nil {
		return nil, fmt.Errorf("read last activity of %s: %w", owner, err)
	}
	return answer(time.Now().Unix()-at, status), nil
}

// maxStatus is how much of a status text is kept, in bytes.
const maxStatus = 1024

func (l *Service) presence(ev *xmppd.Presence) error {
	if ev.Side != xmppd.Outbound || !ev.To.IsZero() || ev.Origin == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.status, ev.Origin.ID())
	if ev.Packet.Type() == "unavailable" {
		if e, ok := ev.Packet.Child(xmppd.NSClient, "status"); ok && len(e.Text()) <= maxStatus {
			l.status[ev.Origin.ID()] = e.Text()
		}
	}
	return nil
}

func (l *Service) ended(x *xmppd.Session) {
	l.mu.Lock()
	status := l.status[x.ID()]
	delete(l.status, x.ID())
	l.mu.Unlock()
	bare := x.JID().Bare()
	if bare.Domain() == l.srv.GuestDomain() || !l.srv.AccountExists(bare) {
		return
	}
	b := new(store.Batch)
	owner := bare.String()
	now := time.Now().Unix()
	b.Do(func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO last_activity (owner, at, status) VALUES ($1, $2, $3)
			ON CONFLICT (owner) DO UPDATE SET at = excluded.at, status = excluded.status`, owner, now, status)
		return err
	})
	if err := l.srv.Store().Submit(b); err != nil {
		x.Log().Warn("last activity could not be noted", "err", err)
	}
}

// ForgetAccount removes what is known of a deleted account.
func (l *Service) ForgetAccount(ctx context.Context, owner jid.JID) error {
	return l.srv.Store().Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM last_activity WHERE owner = $1`, owner.String())
		return err
	})
}
