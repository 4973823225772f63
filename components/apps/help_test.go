package apps_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"plenum/components/adhoc"
	"plenum/components/apps"
	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/disco"
	"plenum/components/media"
	"plenum/components/profiles"
	"plenum/components/telephony"
	"plenum/components/telephony/voicemail"
	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

// A stage is a server with people and their telephones. Romeo has 10, Juliet 12 and the nurse 13, and each a telephone, Romeo's being called desk;
// Juliet and the nurse are in the team Kitchen at 500, the nurse logs in and out. There are the locations Balcony, with a telephone, and Garden. Juliet
// supervises. Everybody sees the switch Night at 800, and Juliet Gate. Who sends stage.example.org a message directs the telephones, and is told what they are told:
//
//	juliet > <message to='stage.example.org'><body>desk calls 12</body></message>    also: rings, answers, declines, hangs up, vanishes, appears
//	juliet < <message type='headline'><body>desk: hangup: busy</body></message>
type stage struct {
	t     testing.TB
	srv   *xmppd.Server
	org   *directory.Directory
	calls *telephony.Service
	apps  *apps.Service
	boxes boxes
	bare  bool // no telephones register here

	mu       sync.Mutex
	director jid.JID
	gone     map[string]bool   // telephones that have not registered
	phones   map[string]*phone // by name, the leg that was made last
}

func TestScripts(t *testing.T) {
	xmpptest.RunScripts(t, "testdata/*.xmpp", func(s *xmppd.Server) { register(t, s) })
}

var operator jid.JID

func user(name string) jid.JID { return jid.MustParse(name + "@" + xmpptest.Domain) }

func register(t testing.TB, s *xmppd.Server) *stage {
	t.Helper()
	return registerAt(t, s, false)
}

// registerAt is register; at a bare server no telephones register, since it does not speak SIP.
func registerAt(t testing.TB, s *xmppd.Server, bare bool) *stage {
	t.Helper()
	ctx, log := context.Background(), slog.New(slog.DiscardHandler)
	st := &stage{t: t, srv: s, gone: map[string]bool{}, phones: map[string]*phone{}, boxes: boxes{counts: map[jid.JID]voicemail.Counts{}}}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	key := func(bool) (*directory.Sealer, error) { return directory.NewSealer(make([]byte, directory.KeySize)) }
	st.bare = bare
	var err error
	st.org, err = directory.Open(ctx, s.Store(), []string{xmpptest.Domain}, directory.Config{Iterations: sasl.MinIterations}, key, log)
	must(err)
	s.Hooks.Stop.Add(func(context.Context) { st.org.Close() })
	st.org.OnAnnounce(func(text []byte) { s.Announce("directory", text) })
	s.OnNode("directory", func(_ cluster.NodeID, text []byte) { _ = st.org.Heard(text) })
	people(t, st.org)
	st.calls, err = telephony.Register(s, telephony.Config{}, telephony.Parts{
		Domain: "pbx." + xmpptest.Domain, People: telephony.Directory{Directory: st.org}, Phones: st, Forwards: st.org.Forwards, Teams: st.org.Teams, SIP: !st.bare, Online: st.online, Log: log,
	})
	must(err)
	st.org.OnChange(func(c directory.Change) {
		if c.Kind == directory.TeamChanged {
			st.calls.TeamChanged(c.ID)
		}
	})
	do, err := profiles.NewEngine(ctx, s.Store(), st.org, log)
	must(err)
	st.apps, err = apps.Register(ctx, s, apps.Parts{
		Domain: "pbx." + xmpptest.Domain, Org: st.org, Calls: telephony.Everywhere{Service: st.calls}, Profiles: do, Voicemail: &st.boxes, Devices: allDevices{st}, Commands: adhoc.Register(s, disco.Register(s, disco.Config{})), Log: log,
	})
	must(err)
	s.AddComponent("stage."+xmpptest.Domain, st)
	return st
}

// people makes those that the tests need, unless another server has.
func people(t testing.TB, org *directory.Directory) {
	t.Helper()
	ctx := context.Background()
	if org.Accounts.Count() > 0 {
		return
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	place := func(name string) string {
		o, err := org.Objects.Create(ctx, operator, directory.Locations, directory.ObjectInput{Name: name})
		must(err)
		return o.ID
	}
	balcony := place("Balcony")
	place("Garden")
	for _, who := range []struct{ login, name, extension, device string }{
		{"romeo", "Romeo Montague", "10", "desk"}, {"juliet", "Juliet", "12", "balustrade"}, {"nurse", "Nurse", "13", "kitchen"},
	} {
		_, err := org.Accounts.CreateUser(ctx, operator, directory.UserInput{
			Login: who.login, DisplayName: who.name, Extension: who.extension, Password: "Wherefore4", CallWaiting: true, Mobile: who.login == "nurse", MobileNumber: map[string]string{"nurse": "+4917612345"}[who.login],
		})
		must(err)
		_, err = org.Objects.CreateDevice(ctx, operator, directory.DeviceInput{Device: directory.PhoneDevice, Name: who.device, Owner: user(who.login)})
		must(err)
	}
	_, err := org.Objects.CreateDevice(ctx, operator, directory.DeviceInput{Device: directory.SoftphoneDevice, Name: "lyre", Owner: user("romeo")})
	must(err)
	_, err = org.Objects.CreateDevice(ctx, operator, directory.DeviceInput{Device: directory.PhoneDevice, Name: "ladder", Location: balcony})
	must(err)
	kitchen := directory.DefaultTeam()
	kitchen.Name, kitchen.Extension, kitchen.JoinEmpty, kitchen.WrapUp = "Kitchen", "500", true, 10
	kitchen.PauseReasons = []directory.PauseReason{{Code: "1", Title: "Lunch"}}
	kitchen.Members = []directory.TeamMember{{User: user("juliet"), Weight: 1}, {User: user("nurse"), Weight: 1, Dynamic: true}}
	_, err = org.Teams.Create(ctx, operator, kitchen)
	must(err)
	supervise(t, org, "juliet", true)
	for name, permission := range map[string]string{"Night": directory.AllID, "Gate": supervisors(org)} {
		in := directory.CallObjectInput{Name: name, Permissions: []string{permission}}
		if name == "Night" {
			in.Extension = "800"
		}
		_, err := org.CallFlows.CreateObject(ctx, operator, directory.Switches, in)
		must(err)
	}
}

// supervisors is the ID of their permission.
func supervisors(org *directory.Directory) string {
	for _, p := range org.Permissions.List() {
		if p.Name == "Supervisors" {
			return p.ID
		}
	}
	return ""
}

// supervise gives somebody the permission, or takes it from him.
func supervise(t testing.TB, org *directory.Directory, name string, on bool) {
	t.Helper()
	ctx := context.Background()
	for _, p := range org.Permissions.List() {
		if p.Name == "Supervisors" {
			if err := org.Permissions.Assign(ctx, operator, p.ID, directory.Users, nil, []string{user(name).String()}); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	p, err := org.Permissions.Create(ctx, operator, directory.PermissionInput{Name: "Supervisors", Types: []directory.PermissionType{directory.Supervisor}})
	if err == nil && on {
		err = org.Permissions.Assign(ctx, operator, p.ID, directory.Users, []string{user(name).String()}, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// boxes count messages.
type boxes struct {
	mu      sync.Mutex
	counts  map[jid.JID]voicemail.Counts
	changed []func(jid.JID)
}

func (b *boxes) Count(_ context.Context, owner jid.JID) (voicemail.Counts, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.counts[owner], nil
}

func (b *boxes) OnChange(fn func(jid.JID)) { b.changed = append(b.changed, fn) }

func (b *boxes) gets(owner jid.JID, n int) {
	b.mu.Lock()
	b.counts[owner] = voicemail.Counts{New: n}
	b.mu.Unlock()
	for _, fn := range b.changed {
		fn(owner)
	}
}

// A phone is a leg without sound.
type phone struct {
	id    call.LegID
	name  string
	stage *stage

	mu    sync.Mutex
	sink  call.Sink
	early []call.Event
}

func (p *phone) ID() call.LegID        { return p.id }
func (p *phone) Media() media.Endpoint { return nil }

// Send tells the director, and does as a phone does.
func (p *phone) Send(c call.Command) {
	switch c := c.(type) {
	case call.Answer:
		p.stage.say(p.name + ": answer")
		p.report(call.Answered{})
	case call.Hangup:
		p.stage.say(p.name + ": hangup: " + c.Reason.String())
		p.report(call.Ended(c))
	case call.Hold:
		p.stage.say(p.name + ": hold")
	case call.Resume:
		p.stage.say(p.name + ": resume")
	}
}

// report tells the owner, once there is one.
func (p *phone) report(e call.Event) {
	p.mu.Lock()
	sink := p.sink
	if sink == nil {
		p.early = append(p.early, e)
	}
	p.mu.Unlock()
	if sink != nil {
		sink.Post(e)
	}
}

func (p *phone) setSink(s call.Sink) {
	p.mu.Lock()
	p.sink = s
	early := p.early
	p.mu.Unlock()
	for _, e := range early {
		s.Post(e)
	}
}

func (s *stage) nameOf(device string) string {
	o, err := s.org.Objects.Get(directory.Devices, device)
	if err != nil {
		s.t.Error(err)
	}
	return o.Name
}

func (s *stage) Registered(device string) bool {
	name := s.nameOf(device)
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.gone[name] && !s.bare
}

// online are the telephones that have registered here.
func (s *stage) online() (list []string) {
	for _, o := range s.org.Objects.List(directory.Devices) {
		if s.Registered(o.ID) {
			list = append(list, o.ID)
		}
	}
	return list
}

// allDevices are those of all nodes.
type allDevices struct{ *stage }

func (d allDevices) Registered(device string) bool {
	return d.stage.Registered(device) || telephony.Everywhere{Service: d.calls}.Registered(device)
}

func (d allDevices) Callable(jid.JID) bool { return false }

func (s *stage) DialDevice(_ context.Context, device string, o call.Offer, sink call.Sink) (call.Leg, error) {
	if !s.Registered(device) {
		return nil, fault.New(fault.Unavailable, "not registered")
	}
	p := &phone{id: o.ID, name: s.nameOf(device), stage: s, sink: sink}
	s.mu.Lock()
	s.phones[p.name] = p
	s.mu.Unlock()
	s.say(p.name + " is called by " + o.From.Number)
	return p, nil
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

// Deliver takes what the director says.
func (s *stage) Deliver(_ context.Context, in *xmppd.Stanza) {
	body, _ := in.Packet.Child("jabber:client", "body")
	s.mu.Lock()
	s.director = in.From.Clone()
	s.mu.Unlock()
	s.does(body.Text())
}

// does has a telephone do something: "desk calls 12".
func (s *stage) does(text string) {
	name, what, _ := strings.Cut(text, " ")
	s.mu.Lock()
	p := s.phones[name]
	s.mu.Unlock()
	if number, ok := strings.CutPrefix(what, "calls "); ok {
		s.begins(name, number)
		return
	}
	switch what {
	case "rings":
		p.report(call.Ringing{})
	case "answers":
		p.report(call.Answered{})
	case "declines":
		p.report(call.Ended{Reason: call.Declined})
	case "hangs up":
		p.report(call.Ended{Reason: call.Success})
	case "vanishes", "appears":
		s.mu.Lock()
		s.gone[name] = what == "vanishes"
		s.mu.Unlock()
		s.calls.PhoneChanged(s.device(name).Owner)
	}
}

func (s *stage) device(name string) directory.Object {
	for _, o := range s.org.Objects.List(directory.Devices) {
		if o.Name == name {
			return o
		}
	}
	s.t.Fatalf("there is no device %s", name)
	return directory.Object{}
}

func (s *stage) begins(name, number string) {
	d := s.device(name)
	p := &phone{id: call.LegID(name), name: name, stage: s}
	s.mu.Lock()
	s.phones[name] = p
	s.mu.Unlock()
	sink, err := s.calls.Incoming(telephony.Caller{User: d.Owner, Device: d.ID}, number, p, call.Offer{ID: p.id})
	if err != nil {
		s.t.Error(err)
		return
	}
	p.setSink(sink)
}
