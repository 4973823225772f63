package rtp

import (
	"net/netip"

	"plenum/sipbridge/sdp"
)

// destinations are where a line wants RTP and RTCP. Instead of a name, which is not looked up, stands where the signalling comes from. They are not
// valid when nothing is to be sent, as on hold.
func (s *Session) destinations(d *sdp.Description, m *sdp.Media) (rtp, rtcp netip.AddrPort) {
	to := d.AddressOf(m)
	if !to.IsValid() {
		to = s.options.Remote.Addr()
	}
	if !to.IsValid() || to.IsUnspecified() || to.IsMulticast() || m.Port == 0 {
		return rtp, rtcp
	}
	rtp = netip.AddrPortFrom(to, uint16(m.Port))
	at, port := m.RTCP()
	if !at.IsValid() || at.IsUnspecified() || at.IsMulticast() {
		at = to
	}
	if port > 65535 {
		return rtp, rtcp
	}
	return rtp, netip.AddrPortFrom(at, uint16(port))
}

// confirmed is how many packets in a row from a new place are needed to believe that the peer has moved, and quiet how long nothing must have
// come from the old one.
const (
	confirmed = 5
	quiet     = 100 // milliseconds
)

// A latch follows where the peer sends from, which behind NAT is not where its description says (symmetric RTP). Who has seen the description, or
// guesses ports, must not get the call by it: the first packet counts when it comes from the address of the description or of the signalling; from
// elsewhere, or when there was one already, a place must be confirmed, and the old one be quiet. Whoever has come in from elsewhere, while the peer
// was quiet, is left as soon as the peer sends again from one of those addresses.
type latch struct {
	said      netip.AddrPort
	signalled netip.Addr
	from      netip.AddrPort // where the peer sends from; not valid before the first packet
	heard     int64          // milliseconds, when it last did

	other netip.AddrPort
	ssrc  uint32
	count int
}

// expect says where the peer is by its description. What is known is kept as long as that stays the same.
func (l *latch) expect(said netip.AddrPort) {
	if said.IsValid() && said != l.said {
		*l = latch{said: said, signalled: l.signalled}
	}
}

// admit reports whether a packet is taken; moved says that from here on packets are to be sent there. A verified one needs no more confirmation.
func (l *latch) admit(from netip.AddrPort, ssrc uint32, now int64, verified bool) (ok, moved bool) {
	if from == l.from {
		l.heard, l.count = now, 0
		return true, false
	}
	first := l.isHome(from) && (!l.from.IsValid() || !l.isHome(l.from))
	if !first && !verified && !l.confirm(from, ssrc, now) {
		return false, false
	}
	l.from, l.heard, l.count = from, now, 0
	return true, true
}

// isHome reports whether the peer has said that it is there.
func (l *latch) isHome(a netip.AddrPort) bool {
	return a.Addr() == l.said.Addr() || a.Addr() == l.signalled
}

// confirm counts packets from elsewhere.
func (l *latch) confirm(from netip.AddrPort, ssrc uint32, now int64) bool {
	if from != l.other || ssrc != l.ssrc {
		l.other, l.ssrc, l.count = from, ssrc, 0
	}
	l.count++
	return l.count >= confirmed && (!l.from.IsValid() || now-l.heard >= quiet)
}
