package stack

import (
	"maps"
	"sync"
	"sync/atomic"

	"github.com/emiago/sipgo/sip"
)

// Stats is what a stack has done and has at the moment, for metrics.
type Stats struct {
	Mailboxes, ServerTransactions, ClientTransactions, Connections int64

	Received, Sent map[sip.RequestMethod]uint64 // requests
	Responses      [7]uint64                    // sent, by class: 1xx at 1
	Repeated       uint64                       // requests that came again
	Repeats        uint64                       // requests that we sent again
	Dropped        map[string]uint64            // messages without an answer, by reason
}

type stats struct {
	mailboxes, servers, clients, conns atomic.Int64
	repeated, repeats                  atomic.Uint64
	responses                          [7]atomic.Uint64

	mu             sync.Mutex
	received, sent map[sip.RequestMethod]uint64
	dropped        map[string]uint64
}

func newStats() *stats {
	return &stats{received: map[sip.RequestMethod]uint64{}, sent: map[sip.RequestMethod]uint64{}, dropped: map[string]uint64{}}
}

// request counts a request of a method that we know, so that strangers cannot fill the map.
func (s *stats) request(method sip.RequestMethod, ours bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ours {
		s.sent[method]++
	} else {
		s.received[method]++
	}
}

func (s *stats) response(code int) {
	if class := code / 100; class > 0 && class < len(s.responses) {
		s.responses[class].Add(1)
	}
}

func (s *stats) drop(reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropped[reason]++
}

// Stats is a snapshot.
func (s *Stack) Stats() Stats {
	c := s.stats
	out := Stats{
		Mailboxes: c.mailboxes.Load(), ServerTransactions: c.servers.Load(), ClientTransactions: c.clients.Load(), Connections: c.conns.Load(),
		Repeated: c.repeated.Load(), Repeats: c.repeats.Load(),
	}
	for i := range out.Responses {
		out.Responses[i] = c.responses[i].Load()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	out.Received, out.Sent, out.Dropped = maps.Clone(c.received), maps.Clone(c.sent), maps.Clone(c.dropped)
	return out
}
