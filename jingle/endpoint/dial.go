package endpoint

import (
	"context"
	"crypto/rand"

	"plenum/components/call"
	"plenum/components/media"
	"plenum/jingle/sdp"
	"plenum/jingle/session"
	"plenum/jingle/wire"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// Dial implements [call.Dialer]: it calls all devices of a user by a message (XEP-0353), or, where none of them knows that and one can be
// called all the same, that one. o.From is a resident, or the bare JID behind it, of a domain whose calls are served here.
func (e *Service) Dial(_ context.Context, o call.Offer, sink call.Sink) (call.Leg, error) {
	c := e.callables[o.From.JID.Domain()]
	if c == nil {
		return nil, fault.Newf(fault.Invalid, "nobody calls from %s", o.From.JID)
	}
	local, user := o.From.JID, o.To.JID.Bare()
	if !local.IsFull() {
		var err error
		if local, err = local.WithResource(c.Resource); err != nil {
			return nil, fault.Wrap(fault.Invalid, err, "this address cannot call")
		}
	}
	peer, byMessage, err := e.reach(user)
	if err != nil {
		return nil, err
	}
	cfg := e.newSession(c, local, peer, newSID())
	cfg.ID, cfg.Role, cfg.Message, cfg.Nick = o.ID, wire.Initiator, byMessage, nick(o.From)
	cfg.Caps = cfg.Caps.Prefer(o.Codecs)
	cfg.Wants = []sdp.Want{{Name: "audio", Kind: media.Audio, Send: true, Receive: true}}
	if o.Video && c.Video {
		cfg.Wants = append(cfg.Wants, sdp.Want{Name: "video", Kind: media.Video, Send: true, Receive: true})
	}
	s := session.New(cfg)
	if err := e.table.add(s); err != nil {
		return nil, err
	}
	go s.Run(e.ctx, sink)
	return s, nil
}

// nick is what a caller is shown as (XEP-0172): name and number, since clients that show it do not show the address.
func nick(p call.Party) string {
	if p.Name == "" || p.Number == "" {
		return p.Name + p.Number
	}
	return p.Name + " (" + p.Number + ")"
}

// newSID makes a session id, which is unique in the world (XEP-0353#intent).
func newSID() string { return rand.Text() }

// Callable reports whether a call of a user may come to anything: one of his clients is there and takes calls, as far as is known.
func (e *Service) Callable(user jid.JID) bool {
	_, _, err := e.reach(user.Bare())
	return err == nil
}

// reach says how a user is to be called.
func (e *Service) reach(user jid.JID) (peer jid.JID, byMessage bool, err error) {
	list := e.clients(user)
	if len(e.srv.RemoteNodes(user)) > 0 {
		return user, true, nil // what those devices can do their node knows
	}
	for _, c := range list {
		if c.can == nil || c.has(wire.NSMessage) {
			return user, true, nil
		}
	}
	for _, c := range list {
		if c.direct() {
			return c.full, false, nil
		}
	}
	if len(list) == 0 {
		return jid.JID{}, false, fault.New(fault.Unavailable, "the user is not there")
	}
	return jid.JID{}, false, fault.New(fault.Unavailable, "none of the user's clients takes calls")
}
