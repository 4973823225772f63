package telephony_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/disco"
	"plenum/components/pubsub"
	"plenum/components/telephony"
	"plenum/jingle/endpoint"
	"plenum/jingle/transport"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

// The scripts show what XMPP clients see. A stage at stage.example.org has the telephones: who sends it a message directs them, and is told what
// becomes of them. Of sound they show nothing.
//
//	romeo > <message to='stage.example.org'><body>nurse1 calls 10</body></message>    also: answers, rings, declines, hangs up, vanishes, appears
//	romeo < <message type='headline'><body>nurse1: hangup: busy</body></message>
//
// The team at 50 it directs by "sales has nurse -juliet ~romeo", who are in, out and pause, "sales shows romeo" and "sales hides romeo".
func TestScripts(t *testing.T) {
	xmpptest.RunScripts(t, "testdata/*.xmpp", func(s *xmppd.Server) { newStage(t, s) })
}

type stage struct {
	srv *xmppd.Server
	*telephony.Service
	*world

	mu       sync.Mutex
	director jid.JID
	actors   map[string]*actor
}

// An actor is a telephone that tells the director what it is told.
type actor struct {
	*phone
	stage *stage
}

func (a actor) Send(c call.Command) {
	a.phone.Send(c)
	if text := a.commands(); text != "" {
		a.stage.say(a.name + ": " + text)
	}
}

func newStage(t *testing.T, s *xmppd.Server) {
	w := newWorld(t)
	st := &stage{srv: s, world: w, actors: map[string]*actor{}}
	limits := endpoint.Config{}
	cfg := telephony.Config{}
	for _, err := range []error{limits.Validate(), cfg.Validate()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	info := disco.Register(s, disco.Config{})
	nodes, err := pubsub.Register(context.Background(), s, info, pubsub.Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	calls := endpoint.Register(s, limits, endpoint.Parts{
		Disco: info, Media: endpoint.Forwarding(func() *transport.Engine { return nil }, nil),
	})
	st.Service, err = telephony.Register(s, cfg, telephony.Parts{
		Domain: "pbx." + xmpptest.Domain, People: w, Phones: st, Clients: calls, Teams: office{w}, Viewers: &w.viewers, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	calls.Serve("pbx."+xmpptest.Domain, endpoint.Callable{
		Owner: telephony.ClientCalls{Service: st.Service}, Resource: telephony.Resource, Identities: telephony.Identities(),
	})
	st.Service.Serve(calls)
	telephony.Everywhere{Service: st.Service}.PublishPhones(nodes)
	s.AddComponent("stage."+xmpptest.Domain, st)
}

func (s *stage) say(text string) {
	s.mu.Lock()
	to := s.director
	s.mu.Unlock()
	if !to.IsZero() {
		s.srv.Route(xmlstream.NewBuilder().Start("message", "", "type", "headline", "from", "stage."+xmpptest.Domain, "to", to.String()).
			Element("body", "", text).End().Packet())
	}
}

func (s *stage) DialDevice(_ context.Context, device string, o call.Offer, sink call.Sink) (call.Leg, error) {
	p := newPhone(string(o.ID), device)
	p.setSink(sink)
	a := actor{p, s}
	s.mu.Lock()
	s.actors[device] = &a
	s.mu.Unlock()
	s.say(fmt.Sprintf("%s is called by %s/%s", device, o.From.Name, o.From.Number))
	return a, nil
}

func (s *stage) Deliver(_ context.Context, in *xmppd.Stanza) {
	body, _ := in.Packet.Child("jabber:client", "body")
	text := body.Text()
	device, what, _ := strings.Cut(text, " ")
	s.mu.Lock()
	s.director = in.From.Clone()
	a := s.actors[device]
	s.mu.Unlock()
	if device == "sales" {
		s.team(strings.Fields(what))
		return
	}
	if number, ok := strings.CutPrefix(what, "calls "); ok {
		p := newPhone(device, device)
		a = &actor{p, s}
		s.mu.Lock()
		s.actors[device] = a
		s.mu.Unlock()
		user := user(strings.TrimRight(device, "0123456789"))
		sink, err := s.Incoming(telephony.Caller{User: user, Device: device}, number, a, call.Offer{ID: p.id})
		if err != nil {
			s.say(err.Error())
			return
		}
		p.setSink(sink)
		return
	}
	switch what {
	case "answers":
		a.phone.mu.Lock()
		a.on = true
		a.phone.mu.Unlock()
		a.report(call.MediaReady{})
		a.report(call.Answered{})
	case "rings":
		a.report(call.Ringing{})
	case "declines":
		a.report(call.Ended{Reason: call.Declined})
	case "hangs up":
		a.report(call.Ended{Reason: call.Success})
	case "vanishes", "appears":
		s.world.mu.Lock()
		s.registered[device] = what == "appears"
		s.world.mu.Unlock()
		s.PhoneChanged(user(strings.TrimRight(device, "0123456789")))
	}
}

func (s *stage) team(words []string) {
	if words[0] != "has" {
		s.viewers.set(user(words[1]), words[0] == "shows")
		s.TeamsTurned()
		return
	}
	t := directory.Team{ID: "sales", TeamInput: directory.DefaultTeam()}
	t.Name, t.Extension, t.Strategy = "Sales & Support", "50", directory.InOrder
	for _, word := range words[1:] {
		m := directory.TeamMember{User: user(strings.TrimLeft(word, "-~")), Dynamic: true}
		a := directory.Agent{TeamMember: m, In: word[0] != '-'}
		if word[0] == '~' {
			a.Paused = "1"
		}
		t.Members, t.Agents = append(t.Members, m), append(t.Agents, a)
	}
	s.world.mu.Lock()
	s.teams[t.ID] = t
	s.world.mu.Unlock()
	s.TeamChanged(t.ID)
}
