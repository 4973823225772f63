package conference

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"net/netip"
	"strings"

	"golang.org/x/text/secure/precis"

	"plenum/components/directory"
	"plenum/xmppd"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// A guest's local part is random, followed by a code that nobody can make without the token of the room's link. So it says by
// itself to which room he belongs, for as long as the room has that token.
const (
	nonceBytes = 10
	codeBytes  = 15 // of HMAC-SHA-256; the server alone makes local parts, so this is far more than enough
)

var lowerBase32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

var nonceLen = lowerBase32.EncodedLen(nonceBytes)

// newLocal is the local part of a new guest.
func newLocal(a *directory.Access) string {
	nonce := make([]byte, nonceBytes)
	rand.Read(nonce)
	n := lowerBase32.EncodeToString(nonce)
	return n + code(a, n)
}

func code(a *directory.Access, nonce string) string {
	h := hmac.New(sha256.New, []byte(a.Token))
	h.Write([]byte("guest\x00" + a.Room.String() + "\x00" + nonce))
	return lowerBase32.EncodeToString(h.Sum(nil)[:codeBytes])
}

// belongs reports whether a guest has come by this access.
func belongs(local string, a *directory.Access) bool {
	if len(local) <= nonceLen {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(local[nonceLen:]), []byte(code(a, local[:nonceLen]))) == 1
}

// mayMeet reports whether a guest belongs to a room, and guests are let in there.
func (c *Service) mayMeet(guest, room jid.JID) bool {
	a, err := c.Access.Get(room)
	return err == nil && belongs(guest.Local(), &a)
}

// Admit implements xmppd.Guests.
func (c *Service) Admit(_ context.Context, trace string, addr netip.Addr) (string, error) {
	token, former, _ := strings.Cut(trace, ":")
	a, err := c.Access.ByToken(token)
	if err != nil {
		return "", fault.Wrap(fault.Unauthenticated, err, "there is no such link")
	}
	if local, ok := c.comesBack(&a, former); ok {
		c.here.again(local, &a, addr)
		return local, nil
	}
	if !c.rate.take(addr) {
		return "", fault.New(fault.Limit, "too many guests come from your network at the moment: try again in a minute")
	}
	local := newLocal(&a)
	if err := c.here.expect(local, &a, addr, c.places(&a), c.cfg.Total); err != nil {
		return "", err
	}
	return local, nil
}

// comesBack reports whether somebody proves, by the id of his session, that he is a guest who is still here; he gets the local
// part that he had.
func (c *Service) comesBack(a *directory.Access, former string) (local string, ok bool) {
	local, id, ok := strings.Cut(former, ":")
	if !ok || !belongs(local, a) {
		return "", false
	}
	bare, err := jid.New(local, c.srv.GuestDomain(), "")
	if err != nil {
		return "", false
	}
	for _, t := range c.srv.Targets(bare) {
		if subtle.ConstantTimeCompare([]byte(t.SID), []byte(id)) == 1 {
			return local, true
		}
	}
	return "", false
}

// places is how many guests a group may have.
func (c *Service) places(a *directory.Access) int {
	if a.Limit > 0 {
		return a.Limit
	}
	return c.cfg.PerGroup
}

var errNotOpen = xmppd.Errorf("forbidden", "this group is not open for you")

// admitTo is the door of the rooms: it says why a guest must not be in one.
func (c *Service) admitTo(guest, room jid.JID, others int) error {
	a, err := c.Access.Get(room)
	switch {
	case err != nil || !belongs(guest.Local(), &a):
		return errNotOpen
	case others >= c.places(&a):
		return &xmppd.StanzaError{Type: "wait", Condition: "service-unavailable", Text: "all places for guests are taken"}
	}
	return nil
}

// guestRemoved ends the session of a guest who was put out of his room.
func (c *Service) guestRemoved(guest, room jid.JID, nick string, kicked bool) {
	if kicked {
		c.keepOut(guest.Local(), room, nick) // before his session ends
	}
	c.later("the end of a guest's session", func(context.Context) {
		c.srv.CloseSessions(guest.Bare(), "policy-violation", "you were put out of the group")
	})
}

// nameTaken reports whether a nickname is what a member of a group is called, but for case, width and spaces (RFC 8266 §4).
func (c *Service) nameTaken(nick string, colleagues []jid.JID) bool {
	key, err := precis.Nickname.CompareKey(nick)
	if c.Names == nil || err != nil {
		return false
	}
	for _, user := range colleagues {
		if name, err := precis.Nickname.CompareKey(c.Names(user)); err == nil && name == key {
			return true
		}
	}
	return false
}
