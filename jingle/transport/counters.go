package transport

import "sync/atomic"

// A Drop is a reason why something went no further. Each drop is counted at its transport, where it has one, and at the engine.
type Drop int

const (
	Stranger       Drop = iota // STUN for nobody here, or not to be read
	NotOurs                    // a datagram from an address that no transport owns
	NoProtocol                 // neither STUN nor DTLS nor RTP (RFC 7983 §7)
	Oversize                   // longer than any packet may be
	Truncated                  // shorter than its header says
	Early                      // media before the keys are agreed
	BadTag                     // authentication failed
	Replayed                   // seen before, or too old to tell
	UnknownSSRC                // the handler does not know the stream
	ManySSRC                   // one stream more than a transport may have
	InboxFull                  // more STUN or DTLS than is worked off
	VideoLate                  // video that waited too long to be sent, or found no place in the queue
	VoiceLate                  // the same of everything else
	NoPath                     // sent before there was a way, or after there was none
	WriteFailed                // the network refused it
	BadCandidate               // a candidate of the peer that cannot be used
	StreamsRefused             // a TCP connection too many, or one that did not say whom it is for
	drops
)

var dropNames = [drops]string{"stranger", "not_ours", "no_protocol", "oversize", "truncated", "early", "bad_tag", "replayed", "unknown_ssrc",
	"many_ssrc", "inbox_full", "video_late", "voice_late", "no_path", "write_failed", "bad_candidate", "streams_refused"}

func (d Drop) String() string { return dropNames[d] }

// Drops are all reasons, for who shows the counters.
func Drops() []Drop {
	all := make([]Drop, drops)
	for i := range all {
		all[i] = Drop(i)
	}
	return all
}

// Counters count what passed and what was dropped. They only grow and may be read at any time.
type Counters struct {
	in, inOctets, out, outOctets atomic.Uint64
	dropped                      [drops]atomic.Uint64
}

// Received is how many RTP and RTCP packets were opened and handed on, and their octets on the wire.
func (c *Counters) Received() (packets, octets uint64) { return c.in.Load(), c.inOctets.Load() }

// Sent is how many packets were accepted for sending. Those of them that were dropped afterwards are also in Dropped.
func (c *Counters) Sent() (packets, octets uint64) { return c.out.Load(), c.outOctets.Load() }

// Dropped is how often something was dropped for this reason.
func (c *Counters) Dropped(d Drop) uint64 { return c.dropped[d].Load() }

func (c *Counters) drop(d Drop) { c.dropped[d].Add(1) }
