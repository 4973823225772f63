package xmppd_test

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

// A session of the server's own gets what is sent to it, except for what it ignores; others hear of it all the same.
func TestWhatAnOwnSessionIgnoresIsNotGivenToIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := xmpptest.Start(t, func(s *xmppd.Server) { s.AddRosterSource(colleagues(2)) })
		var mu sync.Mutex
		got := map[string][]string{}
		open := func(resource string, ignored ...xmlstream.Kind) {
			x, err := srv.OpenSession(t.Context(), jid.MustParse("u0@example.org/"+resource), func(p *xmlstream.Packet) {
				mu.Lock()
				defer mu.Unlock()
				got[resource] = append(got[resource], p.Kind().String()+" of "+p.From())
			}, ignored...)
			if err == nil {
				err = x.Submit(xmlstream.MustParse("<presence><priority>-1</priority></presence>"))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		open("all")
		open("deaf", xmlstream.Presence)
		synctest.Wait()
		clear(got)
		u1 := srv.Login("u1")
		u1.Send("<presence/>")
		for range 3 {
			u1.Next() // his own, and those of both sessions
		}
		u1.Send("<message to='u0@example.org/deaf'><body>1</body></message>")
		u1.Send("<message to='u0@example.org/all'><body>2</body></message>")
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		from := u1.JID.String()
		if want := []string{"presence of " + from, "message of " + from}; !slices.Equal(got["all"], want) {
			t.Errorf("the one that ignores nothing has got %q", got["all"])
		}
		if want := []string{"message of " + from}; !slices.Equal(got["deaf"], want) {
			t.Errorf("the other has got %q", got["deaf"])
		}
	})
}
