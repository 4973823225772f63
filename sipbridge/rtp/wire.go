package rtp

import (
	"plenum/components/media"
	"plenum/sipbridge/sdp"
)

// A wire carries packets between a session and the network: a pair of UDP sockets, or a transport with ICE. Its negotiating methods are called
// under the session's lock.
type wire interface {
	// send sends an RTP packet; it is called by one goroutine at a time.
	send(h media.Header, payload []byte) bool
	sendRTCP(b []byte)

	// offer writes into a line of an offer of ours how we are reached, answer into that of an answer what is made of the peer's line, which the plan
	// is for. Both leave payloads to others.
	offer(d *sdp.Description, m *sdp.Media)
	answer(offer *sdp.Description, theirs *sdp.Media, d *sdp.Description, m *sdp.Media, p plan) error
	// accept takes the line of the peer's answer to the last offer.
	accept(d *sdp.Description, m *sdp.Media) error
	// connect says what was agreed on, before anything comes of it.
	connect(t *terms)

	suite() string  // name of the encryption
	remote() string // where packets go
	close()
}
