package sharedgroups_test

import (
	"sync"
	"testing"

	"plenum/components/blocking"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/xmpptest"
)

// The scripts run on one server and with the users spread over two, which have one organisation.
func TestScripts(t *testing.T) {
	var mu sync.Mutex
	orgs := map[*store.DB]*org{}
	xmpptest.RunScripts(t, "testdata/*.xmpp", func(s *xmppd.Server) {
		mu.Lock()
		defer mu.Unlock()
		if orgs[s.Store()] == nil {
			orgs[s.Store()] = &org{names: map[jid.JID]string{}}
		}
		o := orgs[s.Store()]
		o.register(s)
		o.obey(s)
		s.AddComponent("pbx.example.org", pbx{s})
		if _, err := blocking.Register(s.Context(), s); err != nil {
			t.Fatal(err)
		}
	})
}
