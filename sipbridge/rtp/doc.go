// Package rtp is the media half of a SIP leg: a [Session] is a [media.Endpoint] with one slot and one track of sound. It answers and makes
// offers, and carries packets between the network and tracks. It decodes nothing, but where a phone presses its keys as tones.
//
//	sockets ─▶ latch: who is it? ─▶ keys: opened ─▶ incoming: events, noise, another codec? ─▶ the track's layer ─▶ outgoing of another leg
//
//	what is bound to the slot ─▶ outgoing: renumbered into one stream ─▶ keys: sealed ─▶ socket
//
// A phone in a browser has a transport of plenum/jingle/transport in place of sockets and keys; the rest is the same.
//
// # What is agreed on
//
// Codecs stand in our order: those that the partner of the call has (Prefer), then those of the options. A phone sends in any that both
// have, whenever it likes: with another one its track ends and a new one begins. What it is sent is in any of them too, so that a source is
// forwarded as it is where that is possible. Each side sends by the numbers of the other; where a phone uses its own, that is understood.
// Comfort noise is taken and passed over, and never offered. Packets are passed on in the length in which they come.
//
// Hold is a direction, or an address of zeros. Ports, SSRC, keys and numbers stay the same as long as the session lasts; our description has
// another version when it is another one.
//
// # Who is listened to
//
// Packets count when they come from the address that the description or the signalling has, whatever their port: there they are answered (symmetric RTP).
// From elsewhere, or when there was another source already, five packets of one stream must come in a row, and nothing from the old source for
// a tenth of a second. Encrypted packets count when they verify, wherever they come from. RTCP counts from the same addresses.
//
// # What is sent
//
// The peer gets one stream: over changes of the source, its numbers go on, a marker stands at each beginning, and the timestamp goes on by the time that has
// passed. Keys take the place of sound (RFC 4733), with three packets that say that they were released. While a peer presses a key, its sound is not passed
// on, since it is the key's tone.
//
// # Limits
//
// A call takes a pair of ports for each leg; without a free pair it is refused. A packet has 2048 octets at most, a peer 64 SSRCs when it encrypts. A change of codec that
// follows another within 200 ms is taken for a mistake. 64 keys may wait to be pressed.
//
// # Ownership
//
// A leg owns its session and calls Offer, Answer, Accept and Close. A pair of sockets has a goroutine for each, a session one more while it presses keys, and the
// engine one, which reports and looks who is gone. Packets pass in the goroutine that has read them: it publishes into a layer, and with it writes to all that have
// subscribed. Locks are taken in the order session, pair, incoming, outgoing of any session, keys; [Events] may be told under the lock of the incoming.
//
// Spec: RFC 3264 complete
// Spec: RFC 3550 partial: one peer, whose reports come every few seconds; no mixing of RTCP
// Spec: RFC 3551 partial: Opus, G.722 and G.711
// Spec: RFC 4733 partial: keys; no tones, and no other events
// Spec: RFC 5761 complete
// Spec: RFC 7587 partial: mono is all that we send ourselves
// Spec: RFC 7714 complete
// Spec: RFC 8643 complete
package rtp
