// Package digest is digest authentication of SIP: the server's half, without memory, and the client's.
//
// A nonce says when and for which network it was made and carries a MAC of that, so that a challenge costs a server nothing and a flood of requests
// fills no table. Within its five minutes a nonce may be used more than once: a repeated request is a valid request.
//
// Spec: RFC 7616 partial: the server takes qop auth alone and does not look at nc; no userhash, no SHA-512-256
// Spec: RFC 8760 partial: no SHA-512-256
package digest
