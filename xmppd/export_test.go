package xmppd

import "time"

// RestAfter makes quiet connections rest earlier than after two seconds; it is set before there are any.
func (s *Server) RestAfter(d time.Duration) { s.restAfter = d }

// Parked is how many connections have no reader, and how often one has been parked.
func (s *Server) Parked() (n int, times uint64) {
	s.parking.mu.Lock()
	defer s.parking.mu.Unlock()
	return len(s.parking.cars), s.parking.last
}
