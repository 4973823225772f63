// Package sfu is the media half of a Jingle session: what a peer sends becomes tracks, and what is bound to the peer's slots is sent to it. It forwards packets
// and decodes nothing.
//
//	transport ──▶ link ──▶ stream (one SSRC) ──▶ receiver (one content) ──▶ media.Layer ──▶ sender (a slot of another peer) ──▶ link ──▶ transport
//
// A [Peer] has a link for each transport of its session's description, a receiver for each content in which the peer sends, and a sender
// for each in which we do. Tracks and slots exist from the description on; packets come later.
//
// # Ownership
//
// A session owns its Peer and calls Describe and Close; whoever decides who sees whom calls Bind and SetHeight. Packets pass in the
// goroutine that has read them off the network: it publishes into a layer, and with it writes to all that have subscribed. Locks are taken
// in the order peer, link, sender, and nothing is locked across a call of [Events], which must not block and must not call back.
//
// Spec: RFC 3550 partial: BYE is neither sent nor needed; mixers are somebody else's
// Spec: RFC 4585 partial: feedback is sent at once, without the timing rules of AVPF
// Spec: RFC 4588 complete
// Spec: RFC 4733 partial: keys of a peer; none are sent to one
// Spec: RFC 5104 partial: FIR
// Spec: RFC 5506 complete
// Spec: RFC 6464 complete
// Spec: RFC 8852 complete
// Spec: RFC 8853 partial: layers are chosen, not paused within the stream
package sfu
