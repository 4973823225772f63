// Package sdp reads and writes session descriptions as SIP carries them: what offers and answers for sound and fax are made of. What becomes of an
// offer is decided in plenum/sipbridge/rtp.
//
// Reading is tolerant where phones are known to be careless, and strict where a mistake would make both sides mean different things. What
// is not known is kept out of the way, never refused.
//
// Spec: RFC 8866 partial: times, bandwidths, encryption keys and whom to ask are neither read nor written
// Spec: RFC 4568 partial: one key for each line; without key derivation rates, and nothing is sent in the clear
package sdp
