package rtp

import (
	"time"

	"plenum/components/media"
)

// lastDynamic and firstDynamic are the payload types that stand for what descriptions say (RFC 3551 §6).
const (
	firstDynamic = 96
	lastDynamic  = 127
)

// keepAlive sends a packet of no length in a payload type that stands for nothing when no sound was sent for a while: who is on hold, or has a partner who
// is silent, can be sent sound again though there is a NAT, and a firewall sees that the call goes on (RFC 6263 §4.6, §6).
func (o *outgoing) keepAlive(t *terms, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed || o.pressing || now.Sub(o.sent) < o.session.engine.config.KeepAlive || len(t.send) == 0 {
		return
	}
	id, ok := t.unused()
	if !ok {
		return
	}
	clock := o.run.clock
	if clock == 0 {
		clock = t.send[0].Codec.Clock
	}
	o.newest += o.elapsed(now, clock)
	o.highest++
	o.sent, o.anew = now, true // sound that comes goes on after it
	o.write(t, media.Header{PayloadType: id, Sequence: o.highest, Timestamp: o.newest, SSRC: o.ssrc}, nil)
}

// unused is a payload type that neither side has given a meaning.
func (t *terms) unused() (uint8, bool) {
	for id := uint8(lastDynamic); id >= firstDynamic; id-- {
		if t.receive[id] == 0 {
			return id, true
		}
	}
	return 0, false
}
