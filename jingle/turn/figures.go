package turn

import "sync/atomic"

// figures are counted while the server runs.
type figures struct {
	taken, toPeers, fromPeers                            atomic.Int64
	refusedAuth, refusedQuota, refusedPeers              atomic.Int64
	overBandwidth, throttled, connections, connectionsNo atomic.Int64
}

// Stats are the figures of one server since its start.
type Stats struct {
	Relayed int // addresses now
	Total   int // how many there may be

	Taken         int64 // addresses since the start
	ToPeers       int64 // bytes
	FromPeers     int64 // bytes
	RefusedAuth   int64 // requests with wrong or no longer valid credentials
	RefusedQuota  int64 // addresses refused because there were too many
	RefusedPeers  int64 // permissions refused and packets dropped because of where they should go, or came from
	OverBandwidth int64 // packets dropped because more came than one address may pass on
	Throttled     int64 // requests dropped because too many came from one place
	Connections   int64 // over TCP and TLS now
	Turned        int64 // connections closed at once because there were too many
}

// Stats reads the figures.
func (s *Server) Stats() Stats {
	f := &s.figures
	return Stats{
		Relayed: s.places.count(), Total: s.cfg.Total, Taken: f.taken.Load(), ToPeers: f.toPeers.Load(), FromPeers: f.fromPeers.Load(),
		RefusedAuth: f.refusedAuth.Load(), RefusedQuota: f.refusedQuota.Load(), RefusedPeers: f.refusedPeers.Load(),
		OverBandwidth: f.overBandwidth.Load(), Throttled: f.throttled.Load(), Connections: f.connections.Load(), Turned: f.connectionsNo.Load(),
	}
}

// Unreachable reports whether relayed addresses are ones that nobody outside can reach, because the address by which this machine
// is known outside was not set.
func (s *Server) Unreachable() bool {
	for _, ip := range s.local {
		if !special(ip) {
			return false
		}
	}
	return len(s.deps.External) == 0
}
