package conference_test

import (
	"fmt"
	"runtime"
	"testing"

	"plenum/components/call"
	"plenum/components/conference"
	"plenum/components/muc"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

// BenchmarkChange is what it costs that somebody in a conference mutes or unmutes himself: who hears whom is decided anew for everybody,
// and now and then everybody is told the state.
func BenchmarkChange(b *testing.B) {
	for _, n := range []int{5, 25, 100} {
		b.Run(fmt.Sprintf("%d people", n), func(b *testing.B) {
			a := newAccess()
			var calls *exchange
			var c *conference.Service
			srv := xmpptest.StartWith(b, xmpptest.Options{Register: func(s *xmppd.Server) {
				calls = newExchange(s)
				var err error
				if c, err = registerWith(s, conference.Config{}, muc.Config{}, a, calls, conference.Rules{}); err != nil {
					b.Fatal(err)
				}
			}})
			if _, err := c.Create(ctx, conference.New{Name: "Sales", Owners: []jid.JID{romeo}}); err != nil {
				b.Fatal(err)
			}
			members := make([]jid.JID, n)
			for i := range members {
				members[i] = jid.MustParse(fmt.Sprintf("user%d@example.org", i))
				if err := c.SetMembers(ctx, sales, muc.Affiliated{JID: members[i], Affiliation: muc.Member}); err != nil {
					b.Fatal(err)
				}
			}
			answers := make(chan struct{}, 100)
			var first *xmppd.Session
			for i, who := range members {
				got := func(*xmlstream.Packet) {}
				if i == 0 {
					got = func(p *xmlstream.Packet) {
						if p.Kind() == xmlstream.IQ && p.Type() == "result" {
							answers <- struct{}{}
						}
					}
				}
				s, err := srv.OpenSession(ctx, jid.MustParse(who.String()+"/r"), got)
				if err != nil {
					b.Fatal(err)
				}
				if i == 0 {
					first = s
				}
				for _, stanza := range []string{
					fmt.Sprintf("<presence to='sales@groups.example.org/U%d'>%s</presence>", i, muckx), initiate("j", "mic cam a0 a1 a2 v0 v1 v2 v3 v4 v5 v6 v7 v8"),
				} {
					if err := s.Submit(xmlstream.MustParse(stanza)); err != nil {
						b.Fatal(err)
					}
				}
			}
			<-answers
			for c.Counts().Conferences.People < n {
				runtime.Gosched()
			}
			b.ReportAllocs()
			b.ResetTimer()
			calls.mu.Lock()
			keys := calls.legs[first.JID()].sink
			calls.mu.Unlock()
			for range b.N {
				for _, key := range "*6" {
					for !keys.Post(call.DTMF{Key: byte(key)}) {
						runtime.Gosched()
					}
				}
			}
			if err := first.Submit(xmlstream.MustParse("<iq type='set' id='a' to='" + focus + "'><watch " + nsConf + "/></iq>")); err != nil {
				b.Fatal(err)
			}
			<-answers // all before is done
		})
	}
}
