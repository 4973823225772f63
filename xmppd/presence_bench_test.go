package xmppd

import (
	"fmt"
	"testing"

	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// BenchmarkPresence is a change of presence for 20 contacts that are online, rendered into buffers, system calls apart.
func BenchmarkPresence(b *testing.B) {
	const contacts = 20
	s := benchServer(b)
	sessions := benchSessions(b, s, contacts+1)
	x := sessions[contacts].session
	build := rosterBuilder{version: 1, serial: 1}
	for i, r := range sessions[:contacts] {
		r.session.presence.Store(&SessionPresence{Available: true})
		build.add(fmt.Sprintf("user%d@example.org", i), &record{state: stBoth, listed: true})
	}
	s.contacts.cache.put(x.jid.Bare(), build.build(), 0)
	p := xmlstream.MustParse("<presence from='" + x.jid.String() + "'><show>away</show><status>out for lunch</status></presence>")
	b.ReportAllocs()
	for b.Loop() {
		s.sessionPresence(x, p, jid.JID{})
		s.writers.wait()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/contacts, "ns/contact")
}
