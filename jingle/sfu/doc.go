// Package sfu is the media half of a Jingle session: what a peer sends becomes tracks, and what is bound to the peer's slots is sent to it. It forwards packets
// and decodes nothing.
//
//	transport ──▶ link ──▶ stream (one SSRC) ──▶ receiver (one content) ──▶ media.Layer ──▶ sender (a slot of another peer) ──▶ link ──▶ transport
//
// A [Peer] has a link for each transport of its session's description, a receiver for each content in which the peer sends, and a sender
// for each in which we do. Tracks and slots exist from the description on; packets come later.
//
// # What a slot gets
//
// A slot is one stream for its receiver, whatever is bound to it: numbers, timestamps and pictures go on over changes of the source, and of the
// layer of a simulcast. Pictures change with a key frame, which is asked for. Which layer is shown follows from the height that the slot has and
// from the bandwidth of the transport, which is divided in the order sound, stage (the first slot for pictures), tiles. What is lost on the way
// is sent again from the ring of the layer that it came from. What the network does not take is dropped, pictures first, and pictures that cannot be
// decoded without it are not sent until the next key frame.
//
// # Limits
//
// A receiver can make us send again half of what it is sent (repairShare), and ask for a key frame once in two seconds (keyframeEvery); a layer is
// asked for one twice a second by all together. A sender is asked for 128 lost packets at once (maxGaps), each six times (maxAsked). Streams
// that nothing was agreed about are dropped and counted by the transport, as are those beyond its 64.
//
// # Ownership
//
// A session owns its Peer and calls Describe and Close; whoever decides who sees whom calls Bind and SetHeight. Packets pass in the
// goroutine that has read them off the network: it publishes into a layer, and with it writes to all that have subscribed. A Peer has one
// goroutine of its own, which reports and settles what no packet brings about.
//
// Locks are taken in the order peer, sharing, link, sender of any peer, sendMu or demand; publishers are not called under a sender's lock, but for key
// frames. [Events] are called under locks: they do not block and do not call back.
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
