// Package media carries the sound and pictures of calls: tracks and the packets in them, and in its subpackages codecs, mixer,
// players and recorders. It knows no signalling and no transport.
//
// # The seam
//
// Who takes part in a call or a conference is an [Endpoint]: a Jingle session, a telephone, a voicemail recorder. It publishes
// tracks and has slots into which others bind a [Source].
//
//	Endpoint ──publishes──▶ Track ─┬─ Layer ──Publish──▶ Ring (retransmission)
//	                               │        └──────────▶ Receiver, Receiver, … (forwarding, mixer input, recorder)
//	Endpoint ◀──Bind(slot)── Source.For(codecs) ──▶ Track
//
// A [Track] is one thing that is sent: a voice, a camera, a screen. It has one [Layer], or one for each simulcast resolution.
// Whoever reads packets off a transport puts them into a layer by [Layer.Publish]; that keeps the packet in the layer's one ring,
// from which every subscriber's retransmissions are answered, and hands it to each [Receiver].
//
// All that can fill a slot ends as a track, so that a transport has one way to send: the track of another endpoint is forwarded as
// it is; a mixer's port, a player, a transcoder ([plenum/components/media/mix], play, transcode) publish tracks of their own in a
// codec that the slot's endpoint can take. What listens to the same thing in the same codec subscribes to the same track, and it
// is encoded once.
//
// # Rules of the packet path
//
// Packets pass outside of inboxes. One goroutine at a time publishes into a layer; it calls every receiver itself, so a receiver
// never blocks, and calls [Packet.Retain] before it keeps a packet. The list of receivers is immutable and swapped as a whole.
// Nothing on this path allocates. A packet's bytes are never changed after it was published: a sender writes a header of its own
// ([AppendPacket]).
//
// # Sound
//
// Decoded sound is mono, 16 bits, [Rate] samples a second, in frames of [FrameTime] wherever it is mixed, played or recorded.
package media

import "time"

// The form of decoded sound between decoder, mixer, player and recorder.
const (
	Rate         = 16000 // samples a second
	FrameSamples = 320   // samples of a frame
	FrameTime    = 20 * time.Millisecond
)
