package archive

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/xmlstream"
)

// What is archived by default (XEP-0441#prefs).
const (
	modeAlways = "always"
	modeRoster = "roster"
	modeNever  = "never"
)

// MaxPrefs is how many addresses may stand in each list of the preferences.
const MaxPrefs = 500

const kindPrefs = "archive.prefs"

func validMode(m string) bool { return m == modeAlways || m == modeRoster || m == modeNever }

// prefs are one user's preferences. The value is immutable.
type prefs struct {
	mode          string
	always, never []jid.JID
}

// cachePrefs is how many accounts' preferences are kept in memory.
const cachePrefs = 50_000

// wanted applies the owner's preferences.
func (a *Service) wanted(ctx context.Context, owner, peer jid.JID) bool {
	p, err := a.prefsOf(ctx, owner)
	if err != nil {
		a.srv.Log().Error("archive preferences cannot be read", "account", owner, "err", err)
		return true // rather too much than lost
	}
	mode := a.cfg.Mode
	if p != nil {
		mode = p.mode
		if listed(p.never, peer) {
			return false
		}
		if listed(p.always, peer) {
			return true
		}
	}
	switch mode {
	case modeNever:
		return false
	case modeRoster:
		return a.srv.InRoster(ctx, owner, peer.Bare())
	}
	return true
}

func listed(list []jid.JID, j jid.JID) bool {
	return slices.Contains(list, j) || slices.Contains(list, j.Bare())
}

// prefsOf gives an account's own preferences; nil when it has none.
func (a *Service) prefsOf(ctx context.Context, owner jid.JID) (*prefs, error) {
	return a.prefs.Get(owner, func() (*prefs, error) { return a.readPrefs(ctx, owner) })
}

func (a *Service) readPrefs(ctx context.Context, owner jid.JID) (*prefs, error) {
	var mode, always, never string
	err := a.engine.db.QueryRow(ctx, `SELECT mode, always, never FROM archive_prefs WHERE owner = $1`, owner.String()).Scan(&mode, &always, &never)
	if errors.Is(err, store.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read archive preferences of %s: %w", owner, err)
	}
	return &prefs{mode, splitJIDs(always), splitJIDs(never)}, nil
}

func splitJIDs(s string) []jid.JID {
	var out []jid.JID
	for l := range strings.SplitSeq(s, "\n") {
		if j, err := jid.Parse(l); err == nil {
			out = append(out, j)
		}
	}
	return out
}

func joinJIDs(js []jid.JID) string {
	var b strings.Builder
	for _, j := range js {
		b.WriteString(j.String())
		b.WriteByte('\n')
	}
	return b.String()
}

func (a *Service) getPrefs(ctx context.Context, iq *xmppd.IQ) (any, error) {
	owner, err := iq.Owner()
	if err != nil {
		return nil, err
	}
	p, err := a.prefsOf(ctx, owner)
	if err != nil {
		return nil, err
	}
	if p == nil {
		p = &prefs{mode: a.cfg.Mode}
	}
	return p.append(nil), nil
}

func (p *prefs) append(b []byte) []byte {
	b = append(b, "<prefs xmlns='"+NS+"'"...)
	b = xmlstream.AppendAttr(b, "default", p.mode)
	b = append(b, '>')
	for _, l := range []struct {
		name string
		js   []jid.JID
	}{{"always", p.always}, {"never", p.never}} {
		b = append(append(append(b, '<'), l.name...), '>')
		for _, j := range l.js {
			b = append(xmlstream.AppendEscaped(append(b, "<jid>"...), j.String()), "</jid>"...)
		}
		b = append(append(append(b, "</"...), l.name...), '>')
	}
	return append(b, "</prefs>"...)
}

func (a *Service) setPrefs(ctx context.Context, iq *xmppd.IQ) (any, error) {
	owner, err := iq.Owner()
	if err != nil {
		return nil, err
	}
	p, err := parsePrefs(iq.Payload)
	if err != nil {
		return nil, err
	}
	err = a.engine.db.Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO archive_prefs (owner, mode, always, never) VALUES ($1, $2, $3, $4)
			ON CONFLICT (owner) DO UPDATE SET mode = excluded.mode, always = excluded.always, never = excluded.never`,
			owner.String(), p.mode, joinJIDs(p.always), joinJIDs(p.never))
		return err
	})
	if err != nil {
		return nil, err
	}
	a.prefsChanged(owner)
	return p.append(nil), nil
}

func parsePrefs(e xmlstream.Element) (*prefs, error) {
	p := &prefs{}
	p.mode, _ = e.Attr("default")
	if !validMode(p.mode) {
		return nil, fault.New(fault.Invalid, "default is always, roster or never")
	}
	for _, l := range []struct {
		name string
		js   *[]jid.JID
	}{{"always", &p.always}, {"never", &p.never}} {
		list, ok := e.Child(NS, l.name)
		if !ok {
			continue
		}
		for c := range list.Children() {
			j, err := jid.Parse(c.Text())
			if err != nil || c.Local() != "jid" {
				return nil, xmppd.Errorf("jid-malformed", "%s lists addresses", l.name)
			}
			if *l.js = append(*l.js, j); len(*l.js) > MaxPrefs {
				return nil, fault.Newf(fault.Limit, "at most %d addresses in a list", MaxPrefs)
			}
		}
	}
	return p, nil
}

// forgetPrefs removes the preferences of a deleted account.
func (a *Service) forgetPrefs(ctx context.Context, owner jid.JID) error {
	err := a.engine.db.Commit(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM archive_prefs WHERE owner = $1`, owner.String())
		return err
	})
	if err != nil {
		return fmt.Errorf("remove archive preferences of %s: %w", owner, err)
	}
	a.prefsChanged(owner)
	return nil
}

func (a *Service) prefsChanged(owner jid.JID) {
	a.prefs.Forget(owner)
	a.srv.Announce(kindPrefs, []byte(owner.String()))
}

func (a *Service) prefsChangedElsewhere(_ cluster.NodeID, payload []byte) {
	if j, err := jid.ParseBytes(payload); err == nil {
		a.prefs.Forget(j)
	}
}
