package xmppd

import (
	"sync/atomic"

	"plenum/xmppd/xmlstream"
)

// metrics are counters since the start.
type metrics struct {
	messages, presences, iqs   atomic.Uint64
	binds, unbinds             atomic.Uint64
	resumed, expired           atomic.Uint64
	slow, panics               atomic.Uint64
	authenticated, authRefused atomic.Uint64
	refused                    atomic.Uint64 // connections over a limit
}

func (m *metrics) received(k xmlstream.Kind) {
	switch k {
	case xmlstream.Message:
		m.messages.Add(1)
	case xmlstream.Presence:
		m.presences.Add(1)
	}
}

// Stats is a reading of the server's counters; all but Sessions and Detached only grow.
type Stats struct {
	Sessions, Detached         int
	Messages, Presences, IQs   uint64 // received from local sessions; IQs: answered by the server
	Binds, Unbinds             uint64
	Resumed, Expired           uint64 // XEP-0198
	SlowConsumers, Panics      uint64
	Authenticated, AuthRefused uint64
	ConnectionsRefused         uint64 // over a limit
}

// Stats reads the counters.
func (s *Server) Stats() Stats {
	m := &s.metrics
	st := Stats{
		Messages: m.messages.Load(), Presences: m.presences.Load(), IQs: m.iqs.Load(),
		Binds: m.binds.Load(), Unbinds: m.unbinds.Load(), Resumed: m.resumed.Load(), Expired: m.expired.Load(),
		SlowConsumers: m.slow.Load(), Panics: m.panics.Load(),
		Authenticated: m.authenticated.Load(), AuthRefused: m.authRefused.Load(), ConnectionsRefused: m.refused.Load(),
	}
	for _, x := range s.AllSessions() {
		st.Sessions++
		if x.Detached() {
			st.Detached++
		}
	}
	return st
}
