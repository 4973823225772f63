// Package archive keeps the messages of accounts, and has the engine that rooms use for theirs.
//
// A message has one id: the same in the archives of both sides, in the delivered copy, in carbons and in the offline store.
//
// Spec: XEP-0313 1.1.3 complete
// Spec: XEP-0441 0.2.0 complete
// Spec: XEP-0359 0.7.0 complete
// Spec: XEP-0334 0.4.0 complete
package archive

import (
	"context"
	"fmt"
	"time"

	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/lru"
	"plenum/xmppd/xmlstream"
)

// Config is what operators decide.
type Config struct {
	Off  bool          `toml:"off" doc:"Switches the archive of accounts off. Default: false."`
	Mode string        `toml:"mode" doc:"What is archived for users who have not chosen: always, roster (contacts only) or never. Default: always."`
	Keep time.Duration `toml:"keep" doc:"How long messages are kept, in accounts and rooms. 0 keeps them for good. Default: 0."`
}

// Validate fills in defaults.
func (c *Config) Validate() error {
	if c.Mode == "" {
		c.Mode = modeAlways
	}
	if !validMode(c.Mode) {
		return fmt.Errorf("mode: %q is none of always, roster, never", c.Mode)
	}
	if c.Keep < 0 || c.Keep > 0 && c.Keep < time.Hour {
		return fmt.Errorf("keep: %v is less than an hour", c.Keep)
	}
	return nil
}

// Service archives the messages of accounts.
type Service struct {
	srv    *xmppd.Server
	cfg    Config
	engine *Engine
	prefs  *lru.Loader[jid.JID, *prefs] // nil: the account has none of its own
}

// Register puts the archive of accounts into s.
func Register(s *xmppd.Server, cfg Config, e *Engine) *Service {
	a := &Service{srv: s, cfg: cfg, engine: e, prefs: lru.NewLoader[jid.JID, *prefs](cachePrefs)}
	if cfg.Off {
		return a
	}
	s.HandleIQ(xmppd.ToAccount, xmppd.Get, NS, "query", a.form)
	s.HandleIQ(xmppd.ToAccount, xmppd.Set, NS, "query", a.query)
	s.HandleIQ(xmppd.ToAccount, xmppd.Get, NS, "metadata", a.metadata)
	s.HandleIQ(xmppd.ToAccount, xmppd.Get, NS, "prefs", a.getPrefs)
	s.HandleIQ(xmppd.ToAccount, xmppd.Set, NS, "prefs", a.setPrefs)
	for _, t := range []xmppd.IQTarget{xmppd.ToAccount, xmppd.ToServer} { // clients look in both places
		s.AddFeature(t, NS)
		s.AddFeature(t, NSExtended)
		s.AddFeature(t, NSField)
		s.AddFeature(t, NSStanzaID)
	}
	s.OnNode(kindPrefs, a.prefsChangedElsewhere)
	s.Hooks.Message.Add(xmppd.Archive, a.archive)
	return a
}

// ForgetAccount removes the archive of a deleted account.
func (a *Service) ForgetAccount(ctx context.Context, owner jid.JID) error {
	if err := a.engine.Purge(ctx, owner); err != nil {
		return err
	}
	return a.forgetPrefs(ctx, owner)
}

// archive adds the message to its owner's archive.
func (a *Service) archive(ev *xmppd.Message) error {
	if !Worth(ev.Packet) || ev.Owner.Domain() == a.srv.GuestDomain() {
		return nil
	}
	peer := ev.To
	if ev.Side == xmppd.Inbound {
		peer = ev.From
	}
	if !a.wanted(ev.Context, ev.Owner, peer) {
		return nil
	}
	twin := ev.Twin
	if twin != nil && twin.StanzaID != "" {
		ev.StanzaID = twin.StanzaID
		if twin.Owner == ev.Owner { // to oneself: one message, one row
			return nil
		}
		if id, ok := ParseID(twin.StanzaID); ok {
			a.engine.Add(ev.Batch, ev.Owner, id, peer, ev.Packet.Raw())
		}
		return nil
	}
	id := a.engine.NextID()
	ev.StanzaID = id.String()
	a.engine.Add(ev.Batch, ev.Owner, id, peer, ev.Packet.Raw())
	return nil
}

// contents are the things for which a message is kept, besides a body.
const contents = xmlstream.HintBody | xmlstream.HintStore | xmlstream.HintReceipt | xmlstream.HintMarker | xmlstream.HintEncrypted |
	xmlstream.HintRetract | xmlstream.HintReaction | xmlstream.HintJingleMessage | xmlstream.HintConferenceInvite

// Worth reports whether a message belongs into an account's archive (XEP-0313#business-storeret-user-archives, XEP-0334): it
// says something that a client would miss. Groupchat is in the room's archive.
func Worth(p *xmlstream.Packet) bool {
	switch p.Type() {
	case "groupchat", "error", "headline":
		return false
	}
	h := p.Hints()
	if h.Any(xmlstream.HintNoStore|xmlstream.HintNoPermanentStore) || p.Has(NS, "result") {
		return false
	}
	if h.Any(contents) {
		return true
	}
	x, ok := p.Child("http://jabber.org/protocol/muc#user", "x")
	if !ok {
		return false
	}
	_, invite := x.Child("http://jabber.org/protocol/muc#user", "invite")
	return invite
}

func (a *Service) form(_ context.Context, iq *xmppd.IQ) (any, error) {
	if _, err := iq.Owner(); err != nil {
		return nil, err
	}
	return AppendForm(nil), nil
}

func (a *Service) query(ctx context.Context, iq *xmppd.IQ) (any, error) {
	owner, err := iq.Owner()
	if err != nil {
		return nil, err
	}
	q, err := ParseQuery(iq.Payload)
	if err != nil {
		return nil, err
	}
	if iq.Origin != nil && q.catchesUp() {
		iq.Origin.ReadsArchive()
	}
	page, err := a.engine.Query(ctx, owner, q)
	if err != nil {
		return nil, err
	}
	Answer(iq, q, page, nil)
	return nil, xmppd.NoReply
}

func (a *Service) metadata(ctx context.Context, iq *xmppd.IQ) (any, error) {
	owner, err := iq.Owner()
	if err != nil {
		return nil, err
	}
	first, last, ok, err := a.engine.Ends(ctx, owner)
	if err != nil {
		return nil, err
	}
	return AppendMetadata(nil, first, last, ok), nil
}
