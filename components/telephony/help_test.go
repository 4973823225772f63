package telephony_test

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/media"
	"plenum/components/media/play"
	"plenum/components/telephony"
	"plenum/components/telephony/prompts"
	"plenum/xmppd"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmpptest"
)

// A phone is a leg with one slot of sound and a voice.
type phone struct {
	id    call.LegID
	name  string
	voice *media.Track
	offer call.Offer

	mu    sync.Mutex
	sink  call.Sink
	early []call.Event // that it has reported before anybody was told
	told  []string
	bound media.Source
	on    bool // it has media
}

func newPhone(id, name string) *phone {
	p := &phone{id: call.LegID(id), name: name, voice: media.NewTrack(media.TrackConfig{ID: name, Codec: media.PCMA})}
	p.voice.AddLayer("", 0)
	return p
}

func (p *phone) ID() call.LegID { return p.id }

// Send notes a command, and does as a phone does: it has media from the answer on, and has ended when it is hung up.
func (p *phone) Send(c call.Command) {
	p.mu.Lock()
	text := strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", c), "call."))
	var events []call.Event
	switch c := c.(type) {
	case call.Ring:
		if c.Early {
			text += " early"
			p.on, events = true, []call.Event{call.MediaReady{}}
		}
	case call.Answer:
		p.on, events = true, []call.Event{call.MediaReady{}, call.Answered{}}
	case call.Hangup:
		text += ": " + c.Reason.String()
		events = []call.Event{call.Ended(c)}
	case call.Identify:
		text = "talks to " + c.Party.Name + "/" + c.Party.Number
	case call.SendDTMF:
		text = "gets " + c.Keys
	case call.TransferResult:
		if text = "transfer done"; !c.Done {
			text = "transfer refused: " + c.Reason.String()
		}
	case call.Prefer:
		text = ""
	}
	if text != "" {
		p.told = append(p.told, text)
	}
	p.mu.Unlock()
	for _, e := range events {
		p.report(e)
	}
}

// report tells the owner, once there is one.
func (p *phone) report(e call.Event) bool {
	p.mu.Lock()
	sink := p.sink
	if sink == nil {
		p.early = append(p.early, e)
	}
	p.mu.Unlock()
	return sink == nil || sink.Post(e)
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

func (p *phone) Media() media.Endpoint {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.on {
		return nil
	}
	return p
}

func (p *phone) Tracks() iter.Seq[*media.Track] { return slices.Values([]*media.Track{p.voice}) }
func (p *phone) Slots() []media.Slot {
	return []media.Slot{{Kind: media.Audio, Codecs: []media.Codec{media.PCMA}}}
}

func (p *phone) Bind(_ int, src media.Source) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bound = src
	return nil
}

// hears is whose voice the phone is given, or "a sound", or nothing.
func (p *phone) hears() string {
	p.mu.Lock()
	src := p.bound
	p.mu.Unlock()
	if src == nil {
		return ""
	}
	track, err := src.For([]media.Codec{media.PCMA})
	if err != nil {
		return err.Error()
	}
	return track.ID()
}

func (p *phone) commands() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	told := strings.Join(p.told, ", ")
	p.told = nil
	return told
}

// A world has everything around calls: people, phones, trunks, clients.
type world struct {
	t   *testing.T
	srv *xmpptest.Server
	*telephony.Service

	set map[string]string // codes, by their standard

	mu         sync.Mutex
	users      map[string]telephony.User // by extension
	devices    map[jid.JID][]string
	registered map[string]bool
	legs       map[string]*phone // that were dialled, by device, trunk or client
	lines      []telephony.Line
	down       map[string]bool
	online     map[jid.JID]bool
	teams      map[string]directory.Team
	viewers    viewers
	made       int
	fallback   string
	forwards   forwards
	reader     *reader
	boss       string                     // who reaches everybody
	seats      map[string]string          // users by location
	forbidden  map[string]bool            // who may not pick up calls of others, or those of a kind
	ways       map[string][]telephony.Way // by user and class
	flows      map[directory.FlowOwner]directory.CallFlow
	skills     map[jid.JID]map[string]int
	objects    map[string]directory.CallObject
}

func user(name string) jid.JID { return jid.MustParse(name + "@" + xmpptest.Domain) }

// start makes a world in which Romeo has 10, Juliet 12 with two phones and the nurse 13, with one phone for each but her.
func start(t *testing.T, cfg telephony.Config, more ...func(*xmppd.Server, *world)) *world {
	t.Helper()
	w := newWorld(t)
	w.srv = xmpptest.Start(t, func(s *xmppd.Server) {
		w.register(s, cfg, false)
		for _, fn := range more {
			fn(s, w)
		}
	})
	return w
}

func (w *world) register(s *xmppd.Server, cfg telephony.Config, sip bool) {
	var err error
	w.Service, err = telephony.Register(s, cfg, telephony.Parts{
		Domain: "pbx." + xmpptest.Domain, People: w, Phones: w, Lines: w, Clients: clients{w}, Forwards: w.forwards, Teams: office{w}, Viewers: &w.viewers, Flows: courses{w}, Zone: time.UTC, Log: slog.New(slog.DiscardHandler),
		SIP: sip,
		Apps: telephony.Apps{
			Announce: w.announce, Tell: w.tell, Group: w.group, DialIn: w.service("dial-in"), Voicemail: w.menu, Leave: w.leave,
			PIN: w.gate(), Codes: w.codes(), TeamCode: w.teamCodes().Login, CodeFor: w.codeFor, Pick: func() *play.Clip { return w.reader.Get("", prompts.PressOne) },
			Play: telephony.Announcements{Prompts: w.reader, Log: slog.New(slog.DiscardHandler)}.Play,
			Menu: telephony.Announcements{Prompts: w.reader, Log: slog.New(slog.DiscardHandler)}.Menu, Switch: w.switches(),
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func newWorld(t *testing.T) *world {
	w := &world{
		ways: map[string][]telephony.Way{}, flows: map[directory.FlowOwner]directory.CallFlow{}, objects: map[string]directory.CallObject{},
		t: t, users: map[string]telephony.User{}, devices: map[jid.JID][]string{}, registered: map[string]bool{}, legs: map[string]*phone{},
		down: map[string]bool{}, online: map[jid.JID]bool{}, teams: map[string]directory.Team{}, forwards: forwards{}, reader: &reader{},
	}
	for ext, name := range map[string]string{"10": "romeo", "12": "juliet", "13": "nurse"} {
		w.users[ext] = telephony.User{JID: user(name), Extension: ext, Name: strings.ToUpper(name[:1]) + name[1:], CallWaiting: true}
		w.devices[user(name)] = []string{name + "1"}
		w.registered[name+"1"] = true
	}
	w.devices[user("juliet")] = append(w.devices[user("juliet")], "juliet2")
	w.registered["juliet2"] = true
	return w
}

func (w *world) Skills(user jid.JID) map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.skills[user]
}

func (w *world) AtExtension(ext string) (telephony.User, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u, ok := w.users[ext]
	return u, ok
}

func (w *world) Get(j jid.JID) (telephony.User, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, u := range w.users {
		if u.JID == j {
			return u, true
		}
	}
	return telephony.User{}, false
}

// Ways are all devices and clients of a user, at once, as long as the world says nothing else for a class.
func (w *world) Ways(j jid.JID, class directory.RingClass) (list []telephony.Way) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if list, ok := w.ways[j.Local()+" "+string(class)]; ok {
		return slices.Clone(list)
	}
	for _, device := range w.devices[j] {
		list = append(list, telephony.Way{Device: device})
	}
	return append(list, telephony.Way{})
}

func (w *world) Penetrates(j jid.JID) bool { return j.Local() == w.boss }

func (w *world) MayPickUp(user jid.JID, kind directory.Kind, _ string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return (kind == directory.Users || kind == directory.Teams) && !w.forbidden[user.Local()] && !w.forbidden[user.Local()+" "+string(kind)]
}

func (w *world) Registered(device string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.registered[device]
}

func (w *world) dialled(name string, o call.Offer, sink call.Sink) (call.Leg, error) {
	p := newPhone(string(o.ID), name)
	p.offer = o
	p.setSink(sink)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.legs[name] = p
	return p, nil
}

func (w *world) DialDevice(_ context.Context, device string, o call.Offer, sink call.Sink) (call.Leg, error) {
	if !w.Registered(device) {
		return nil, fault.New(fault.Unavailable, "not registered")
	}
	return w.dialled(device, o, sink)
}

func (w *world) Outbound(_ telephony.User, number string, anonymous bool) ([]telephony.Line, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if number[0] != '0' && !w.Emergency(number) {
		return nil, fault.New(fault.NotFound, "no number of the public network")
	}
	if number == "0900" {
		return nil, fault.New(fault.Forbidden, "premium")
	}
	list := slices.Clone(w.lines)
	for i := range list {
		list[i].Number, list[i].Anonymous = "+49"+strings.TrimPrefix(number, "00"), anonymous
	}
	return list, nil
}

func (w *world) Emergency(number string) bool { return number == "110" || number == "112" }
func (w *world) DialIn(number string) bool    { return number == "+4989999" }
func (w *world) Up(l telephony.Line) bool     { return !w.down[l.Trunk] }

func (w *world) Inbound(c telephony.Caller, dialled string) (telephony.Destination, error) {
	switch rest, ok := strings.CutPrefix(dialled, "4989"); {
	case !ok:
		return telephony.Destination{}, fault.New(fault.NotFound, "none of ours")
	case rest == "999":
		return telephony.Destination{DialIn: true, Number: "+" + c.Number}, nil
	default:
		return telephony.Destination{Dialled: rest, Fallback: w.fallback, Number: "+" + c.Number, Language: "de"}, nil
	}
}

func (w *world) DialTrunk(_ context.Context, l telephony.Line, o call.Offer, sink call.Sink) (call.Leg, error) {
	return w.dialled(l.Trunk, o, sink)
}

// clients are the XMPP clients of the world.
type clients struct{ *world }

func (c clients) Callable(j jid.JID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.online[j]
}

func (c clients) Dial(_ context.Context, o call.Offer, sink call.Sink) (call.Leg, error) {
	return c.dialled("client of "+o.To.JID.Local(), o, sink)
}

// An app notes what comes to it, at the far end of a pipe.
type app struct {
	*phone
	leg call.Leg
}

func (a *app) Post(e call.Event) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.told = append(a.told, strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", e), "call.")))
	return true
}

func (w *world) app(name string, leg *call.PipeEnd, o call.Offer) *app {
	a := &app{newPhone(name, name), leg}
	a.offer = o
	leg.SetSink(a)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.legs[name] = a.phone
	return a
}

func (w *world) announce(r call.Reason) telephony.App {
	if r == call.Busy {
		return nil
	}
	return func(_ context.Context, c telephony.Caller, leg *call.PipeEnd, o call.Offer) error {
		a := w.app("announcement: "+r.String()+" "+c.Language, leg, o)
		leg.Send(call.Ring{Early: true})
		if err := leg.Media().Bind(0, a.voice); err != nil {
			return err
		}
		time.AfterFunc(3*time.Second, func() { leg.Send(call.Hangup{Reason: r}) })
		return nil
	}
}

func (w *world) tell(what prompts.ID, why call.Reason) telephony.App {
	return func(_ context.Context, c telephony.Caller, leg *call.PipeEnd, o call.Offer) error {
		a := w.app("text: "+string(what), leg, o)
		leg.Send(call.Ring{Early: true})
		if err := leg.Media().Bind(0, a.voice); err != nil {
			return err
		}
		time.AfterFunc(3*time.Second, func() { leg.Send(call.Hangup{Reason: why}) })
		return nil
	}
}

// service is an app that answers.
func (w *world) service(name string) telephony.App {
	return func(_ context.Context, c telephony.Caller, leg *call.PipeEnd, o call.Offer) error {
		time.Sleep(time.Second) // it may think
		leg.Send(call.Answer{})
		w.app(name+" for "+c.User.Local(), leg, o)
		return nil
	}
}

func (w *world) leave(owner jid.JID, busy bool) telephony.App {
	name := "box of " + owner.Local()
	if busy {
		name += ", busy,"
	}
	return w.service(name)
}

func (w *world) group(n string) (telephony.App, bool) {
	if n == "8" {
		return func(context.Context, telephony.Caller, *call.PipeEnd, call.Offer) error {
			return fault.New(fault.Forbidden, "not a member")
		}, true
	}
	return w.service("group " + n), n == "7"
}

func (w *world) menu(code string) telephony.App { return w.service("menu " + code) }

// calls has somebody's phone call a number. The error is that of a call that is refused at once.
func (w *world) calls(who, dialled string) *phone {
	w.t.Helper()
	return w.incoming(telephony.Caller{User: user(who), Device: who + "1"}, dialled, call.Offer{})
}

func (w *world) incoming(c telephony.Caller, dialled string, o call.Offer) *phone {
	w.t.Helper()
	p, err := w.tries(c, dialled, o)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) tries(c telephony.Caller, dialled string, o call.Offer) (*phone, error) {
	w.t.Helper()
	w.made++
	name := c.Device
	if name == "" {
		name = c.User.Local() + c.Trunk
	}
	p := newPhone(fmt.Sprintf("%s-%d", name, w.made), name)
	o.ID = p.id
	sink, err := w.Incoming(c, dialled, p, o)
	if err == nil {
		p.setSink(sink)
	}
	synctest.Wait()
	return p, err
}

// rings is the leg that was dialled last to a device, trunk, client or app.
func (w *world) rings(name string) *phone {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.legs[name] == nil {
		w.t.Fatalf("%s was not called", name)
	}
	return w.legs[name]
}

func (w *world) silent(name string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.legs[name] != nil {
		w.t.Errorf("%s was called", name)
	}
}

func (p *phone) does(t *testing.T, events ...call.Event) *phone {
	t.Helper()
	for _, e := range events {
		if _, ok := e.(call.Answered); ok {
			p.mu.Lock()
			p.on = true
			p.mu.Unlock()
			p.report(call.MediaReady{})
		}
		if !p.report(e) {
			t.Fatalf("%s: %T was refused", p.name, e)
		}
	}
	synctest.Wait()
	return p
}

func (p *phone) was(t *testing.T, want string) {
	t.Helper()
	if got := p.commands(); got != want {
		t.Errorf("%s was told: %s; want: %s", p.name, got, want)
	}
}

// records are the rows, the oldest first, without times.
func (w *world) records() (list []string) {
	w.t.Helper()
	rows, err := w.Records(context.Background(), telephony.RecordQuery{})
	if err != nil {
		w.t.Fatal(err)
	}
	slices.Reverse(rows)
	for _, r := range rows {
		text := fmt.Sprintf("%s → %s", side(r.Caller), side(r.Callee))
		if r.Dialled != "" {
			text += " by " + r.Dialled
		}
		if !r.Answered.IsZero() {
			text += fmt.Sprintf(", %v", r.Ended.Sub(r.Answered))
		}
		text = fmt.Sprintf("%s: %s %s %s", text, slashed(string(r.Via), string(r.By)), slashed(string(r.Result), string(r.Detail)), r.Reason)
		list = append(list, strings.TrimSpace(strings.TrimSpace(text)+" "+string(r.Labels)))
	}
	return list
}

func slashed(parts ...string) string { return strings.TrimSuffix(strings.Join(parts, "/"), "/") }

func side(p telephony.RecordParty) string {
	return strings.TrimSuffix(strings.Join([]string{p.User.Local(), p.Number, p.Device + p.Trunk}, "/"), "/")
}
