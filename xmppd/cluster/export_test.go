package cluster

import "context"

// Sweep runs the removal of leftovers now.
func Sweep(n *Node) { n.impl.(*redisNode).undertaker.sweep() }

// Compare runs the comparison of the registry with Redis now.
func Compare(ctx context.Context, n *Node) error { return n.impl.(*redisNode).registry.sync(ctx) }

// EncodeEnvelope and DecodeEnvelope are the form in which envelopes are in Redis.
func EncodeEnvelope(e Envelope) string { return string(e.encode()) }

func DecodeEnvelope(data string) (Envelope, error) { return decodeEnvelope(data) }

// SessionValue and ParseSession are the form in which sessions are in Redis.
func SessionValue(s Session) string { return sessionValue(s) }

func ParseSession(bare, resource, value string) (Session, bool) {
	return parseSession(bare, resource, value)
}
