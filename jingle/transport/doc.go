// Package transport carries the media of a call: one ICE, DTLS and SRTP transport for each BUNDLE group. It knows no XMPP; what
// Jingle or SDP says about a transport comes in and goes out as a [Description] and [Candidate] values.
//
// Spec: RFC 8445 partial: by pion/ice; of our own only host candidates
// Spec: RFC 8838 complete
// Spec: RFC 6544 partial: passive candidates only
// Spec: RFC 7675 complete
// Spec: RFC 7983 complete
// Spec: RFC 5764 complete
// Spec: RFC 7714 partial: AEAD_AES_128_GCM only
// Spec: RFC 5761 complete
//
// # The parts
//
//	socket ─┐                  ┌─ STUN ─▶ ICE agent of the transport with this ufrag
//	socket ─┼─ port: who is it?┼─ DTLS ─▶ handshake of the transport that owns the address
//	stream ─┘                  └─ SRTP ─▶ opened in the reader's goroutine ─▶ Handler.RTP, Handler.RTCP
//
//	Transport.Send: sealed in place ─▶ queue of the socket or stream ─▶ written in batches
//
// An [Engine] has one UDP socket and one TCP listener on each of its addresses, all on one port; every transport shares them. ICE sees STUN
// only. An address belongs to the transport that answered an authenticated check from there, so nobody gets another's packets by
// naming the other's address as a candidate of his.
//
// Two transports that send from the same address and port to the same port of ours cannot be told apart, so a peer that shares its one port among
// calls, as this server does, can have one at a time with us. Clients use a port for each transport.
//
// RTCP is always multiplexed with RTP: a description says so, and there is no second component. A peer that asks for one before it
// has seen our answer has its candidates for it dropped and counted (RFC 5761 §5.1.3 leaves a peer that cannot multiplex without a call).
//
// # Ownership
//
// A socket has a goroutine that reads and one that writes; a TCP connection has the same two. A transport has those of its ICE agent
// (two, and one for each local candidate), two of DTLS, and one that waits for the DTLS of the peer to close. [Handler] methods
// are called by these; they do not block.
package transport
