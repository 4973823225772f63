package xmppd

import (
	"context"
	"net/netip"
	"time"

	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// Guests answers for the guest domain (SASL ANONYMOUS): who gets in, and how far he gets. A guest is a session like any other,
// but all that his client sends, and all that others want to send him, is asked about here first.
type Guests interface {
	// Admit gives the local part of a guest, or the reason why not. Trace is what the client has sent (RFC 4505), addr is where
	// it comes from.
	Admit(ctx context.Context, trace string, addr netip.Addr) (local string, err error)
	// MaySend says why a guest's client must not send a stanza; nil when it may. 'To' is zero when the stanza has none.
	MaySend(guest, to jid.JID, p *xmlstream.Packet) error
	// MayReach reports whether a stanza from somebody else may reach a guest.
	MayReach(guest, from jid.JID) bool
}

// AdmitGuests puts g in charge of the guest domain, before the server starts. Without it there are no guests.
func (s *Server) AdmitGuests(g Guests) {
	s.mustRegister()
	s.guests = g
}

// IsGuest reports whether j is an anonymous user.
func (s *Server) IsGuest(j jid.JID) bool { return j.Domain() == s.cfg.GuestDomain }

// confined says why the session's client must not send a stanza. Only guests are confined.
func (s *Session) confined(r *received) error {
	if s.srv.guests == nil || !s.srv.IsGuest(s.jid) {
		return nil
	}
	return s.srv.guests.MaySend(s.jid, r.to, r.pkt)
}

// reaches reports whether a stanza may be delivered to its addressee, as far as he is a guest.
func (s *Server) reaches(from, to jid.JID) bool {
	if s.guests == nil || !s.IsGuest(to) || to.Local() == "" || from.Bare() == to.Bare() {
		return true
	}
	return s.guests.MayReach(to, from)
}

// stanzaBytes is the largest stanza that a user may send.
func (s *Server) stanzaBytes(user jid.JID) int {
	if s.IsGuest(user) {
		return s.cfg.GuestStanzaBytes
	}
	return s.cfg.StanzaBytes
}

// rateBytes is how many bytes per second a user may send; 0 means no limit.
func (s *Server) rateBytes(user jid.JID) int {
	if s.IsGuest(user) {
		return s.cfg.GuestRateBytes
	}
	return s.cfg.RateBytes
}

// resumeTimeout is how long the session waits for its client when the connection is lost.
func (s *Session) resumeTimeout() time.Duration {
	if s.srv.IsGuest(s.jid) {
		return s.srv.cfg.GuestResumeTimeout
	}
	return s.srv.cfg.ResumeTimeout
}
