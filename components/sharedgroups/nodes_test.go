package sharedgroups_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

// viewer is a client that keeps roster and presence as it is told.
type viewer struct {
	t       *testing.T
	session *xmppd.Session
	status  string // its own; "" when not available

	mu       sync.Mutex
	roster   map[string]string // by bare JID
	ver      string
	presence map[string]string // status of others by full JID
}

func open(t *testing.T, s *xmpptest.Server, full, ver string, roster map[string]string) *viewer {
	v := &viewer{t: t, ver: ver, roster: maps.Clone(roster), presence: map[string]string{}}
	var err error
	if v.session, err = s.OpenSession(t.Context(), jid.MustParse(full), v.receive); err != nil {
		t.Fatal(err)
	}
	v.send("<iq type='get' id='roster'><query xmlns='jabber:iq:roster' ver='%s'/></iq>", ver)
	return v
}

func (v *viewer) send(format string, args ...any) {
	if err := v.session.Submit(xmlstream.MustParse(fmt.Sprintf(format, args...))); err != nil {
		v.t.Fatal(err)
	}
}

func (v *viewer) show(status string) {
	v.status = status
	v.send("<presence><status>%s</status></presence>", status)
}

func (v *viewer) receive(p *xmlstream.Packet) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case p.Kind() == xmlstream.Presence && p.Type() == "":
		status, _ := p.Child(xmppd.NSClient, "status")
		v.presence[p.From()] = status.Text()
	case p.Kind() == xmlstream.Presence && p.Type() == "unavailable":
		delete(v.presence, p.From())
	case p.Kind() == xmlstream.IQ:
		query, ok := p.Child(xmppd.NSRoster, "query")
		if !ok {
			return // the version is the newest
		}
		if p.Type() == "result" {
			v.roster = map[string]string{}
		}
		if ver, ok := query.Attr("ver"); ok {
			v.ver = ver
		}
		for item := range query.Children() {
			who, _ := item.Attr("jid")
			name, _ := item.Attr("name")
			sub, _ := item.Attr("subscription")
			var groups []string
			for g := range item.Children() {
				groups = append(groups, g.Text())
			}
			slices.Sort(groups)
			if v.roster[who] = fmt.Sprint(name, " ", sub, " ", groups); sub == "remove" {
				delete(v.roster, who)
			}
		}
	}
}

// whatever changes on either of two servers, and however fast, in the end each client has the roster that a new one gets, knows
// of each contact who is there, and of nobody else.
func TestClientsAgreeInTheEnd(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { agree(t, rand.New(rand.NewPCG(seed, 3))) })
		})
	}
}

func agree(t *testing.T, r *rand.Rand) {
	w := &world{names: map[jid.JID]string{}}
	o := &org{names: map[jid.JID]string{}}
	a, b := xmpptest.Two(t, o.register)
	servers := []*xmpptest.Server{a, b}
	users := []string{"a@example.org", "b@example.org", "c@example.org", "d@example.org", "e@example.org"}
	for _, u := range users { // the accounts exist
		a.Login(user(u).Local()).Close()
	}
	viewers := map[string]*viewer{}
	left := map[string]*viewer{} // who has gone, and what they know
	step := func() {
		who := users[r.IntN(len(users))]
		full := who + "/" + string(rune('x'+r.IntN(2)))
		v := viewers[full]
		n := r.IntN(12)
		settles := n > 8 // word of own contacts takes its time to the other server; that is not what is tested here
		switch {
		case n < 5:
			w.mutate(r)
			now := w.clone()
			o.change(func(o *org) { o.groups, o.names = now.groups, now.names })
		case v == nil:
			ver, roster := "", map[string]string{}
			if old := left[full]; old != nil {
				ver, roster = old.ver, old.roster
			}
			v = open(t, servers[r.IntN(2)], full, ver, roster)
			viewers[full] = v
			v.show("hello")
		case n < 8:
			v.show(fmt.Sprint("status ", r.IntN(100)))
		case n == 8:
			v.session.Close("", "")
			synctest.Wait() // who comes back under the same address before that is another matter
			delete(viewers, full)
			left[full] = v
		case n == 9:
			v.send("<iq type='set' id='s'><query xmlns='jabber:iq:roster'><item jid='%s' name='mine'/></query></iq>", users[r.IntN(len(users))])
		case n == 10:
			v.send("<iq type='set' id='s'><query xmlns='jabber:iq:roster'><item jid='%s' subscription='remove'/></query></iq>", users[r.IntN(len(users))])
		case n == 11:
			v.send("<presence type='%s' to='%s'/>", []string{"subscribe", "subscribed", "unsubscribe", "unsubscribed"}[r.IntN(4)], users[r.IntN(len(users))])
		}
		if settles {
			synctest.Wait()
		}
	}
	for range 8 {
		for range 1 + r.IntN(12) {
			step()
			if r.IntN(3) == 0 {
				time.Sleep(time.Duration(r.IntN(60)) * time.Millisecond)
			}
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		for full, v := range viewers {
			check(t, servers[r.IntN(2)], full, v, viewers)
		}
	}
}

func check(t *testing.T, s *xmpptest.Server, full string, v *viewer, viewers map[string]*viewer) {
	bare, _, _ := strings.Cut(full, "/")
	fresh := open(t, s, bare+"/fresh", "", nil)
	synctest.Wait()
	known := open(t, s, bare+"/known", v.ver, v.roster)
	synctest.Wait()
	defer func() {
		fresh.session.Close("", "")
		known.session.Close("", "")
		synctest.Wait()
	}()
	if !maps.Equal(v.roster, fresh.roster) || !maps.Equal(known.roster, fresh.roster) {
		t.Fatalf("%s has the roster\n%v, with its version\n%v, and a new client gets\n%v", full, v.roster, known.roster, fresh.roster)
	}
	want := map[string]string{}
	for other, o := range viewers {
		contact, _, _ := strings.Cut(other, "/")
		if item := v.roster[contact]; contact == bare || strings.Contains(item, " both ") || strings.Contains(item, " to ") {
			want[other] = o.status
		}
	}
	if !maps.Equal(v.presence, want) {
		t.Fatalf("%s sees\n%v, but there is\n%v", full, v.presence, want)
	}
}
