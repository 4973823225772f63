package main

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/components/directory"
	"plenum/components/media"
	"plenum/components/media/jitter"
	"plenum/components/media/play"
	"plenum/components/media/tone"
	"plenum/components/telephony"
	"plenum/components/telephony/voicemail"
	"plenum/xmppd/jid"
)

// A handset is a telephone whose line ends at the server's telephony.
type handset struct {
	t    *testing.T
	leg  *call.PipeEnd
	mu   sync.Mutex
	got  []call.Event
	on   *media.Layer
	ears *jitter.Buffer
}

func (h *handset) Post(e call.Event) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.got = append(h.got, e)
	return true
}

func (h *handset) heard(is func(call.Event) bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.got {
		if is(e) {
			return true
		}
	}
	return false
}

func (h *handset) answered() bool {
	return h.heard(func(e call.Event) bool { _, is := e.(call.Answered); return is })
}

func (h *handset) over() bool {
	return h.heard(func(e call.Event) bool { _, is := e.(call.Ended); return is })
}

func (h *handset) press(keys string) {
	h.leg.Send(call.SendDTMF{Keys: keys})
	synctest.Wait()
}

// hum sounds a tone for as long as the test lasts.
func (h *handset) hum(ctx context.Context, work *sync.WaitGroup, hz float64) {
	pcm := make([]int16, media.Rate)
	tone.NewGenerator(tone.Signal{Tone: tone.Tone{Hz: []float64{hz}, Amplitude: 6000}}).Read(pcm)
	player := play.NewPlayer(true, play.NewClip(pcm))
	work.Go(func() { _ = player.Run(ctx) })
	if err := h.leg.Bind(0, player); err != nil {
		h.t.Fatal(err)
	}
}

// hears reports whether a tone is heard within the next three seconds.
func (h *handset) hears(hz float64) bool {
	h.t.Helper()
	var pcm []int16
	frame := make([]int16, media.FrameSamples)
	for range 150 {
		time.Sleep(media.FrameTime)
		for t := range h.leg.Media().Tracks() {
			if l := t.Layers()[0]; l != h.on {
				b, err := jitter.New(t.Codec())
				if err != nil {
					h.t.Fatal(err)
				}
				h.on, h.ears = l, b
				l.Subscribe(b)
			}
		}
		if h.ears != nil {
			h.ears.Frame(frame)
			pcm = append(pcm, frame...)
		}
	}
	return len(pcm) > media.Rate && tone.Amplitude(pcm[len(pcm)-media.Rate:], hz) > 500
}

// dials has somebody's telephone dial.
func (m *meeting) dials(t *testing.T, who, dialled string) *handset {
	t.Helper()
	h := &handset{t: t}
	o := call.Offer{ID: call.LegID(who + " " + dialled), From: call.Party{JID: jid.MustParse(who)}}
	callee, end := call.Pipe(o, h)
	h.leg = callee
	sink, err := m.telephony.Incoming(telephony.Caller{User: jid.MustParse(who), Device: "desk of " + who}, dialled, end, o)
	if err != nil {
		t.Fatal(err)
	}
	end.SetSink(sink)
	time.Sleep(time.Second)
	return h
}

// the number of all groups, and the PIN, lead a telephone into the conference, where it waits until a member comes;
// who does so by the group's own number, without a PIN. They hear each other and not themselves.
func TestTelephonesMeetInAConference(t *testing.T) {
	meet(t, func(t *testing.T, m *meeting) {
		ctx, stop := context.WithCancel(context.Background())
		var work sync.WaitGroup
		defer work.Wait()
		defer stop()
		settings := m.org.Telephony.Get()
		in := settings.Input()
		in.ExternalGroupNumber, in.DefaultCountry = "+49211123450", "49"
		if _, err := m.org.Telephony.Update(ctx, jid.JID{}, settings.Revision, in); err != nil {
			t.Fatal(err)
		}
		sales := jid.MustParse("sales@groups.localhost")
		access, err := m.org.Guests.Get(sales)
		if err != nil {
			t.Fatal(err)
		}
		guest := m.dials(t, "mercutio@localhost", "00211123450")
		if !guest.answered() {
			t.Fatal("the number of the groups does not answer")
		}
		guest.press(access.PIN + "#")
		time.Sleep(3 * time.Second)
		if got := m.groups.Conference(sales); got.State != "waiting" || got.Waiting != 1 {
			t.Fatalf("the conference is %+v", got)
		}
		code := m.groups.InternalNumber(sales)
		member := m.dials(t, "romeo@localhost", code)
		if got := m.groups.Conference(sales); got.State != "live" || got.People != 2 {
			t.Fatalf("after %s the conference is %+v", code, got)
		}
		guest.hum(ctx, &work, 500)
		member.hum(ctx, &work, 900)
		time.Sleep(8 * time.Second) // of announcements
		if !member.hears(500) || member.hears(900) || !guest.hears(900) || guest.hears(500) {
			t.Error("they do not hear each other, or hear themselves")
		}
		guest.press("*6")
		time.Sleep(4 * time.Second)
		if member.hears(500) {
			t.Error("who is muted is heard")
		}
		member.leg.Send(call.Hangup{Reason: call.Success})
		time.Sleep(time.Second)
		if got := m.groups.Conference(sales); got.State != "hold" {
			t.Errorf("without a member the conference is %+v", got)
		}
		if _, err := m.groups.SetGuests(ctx, romeo, sales, false); err != nil {
			t.Fatal(err)
		}
		time.Sleep(15 * time.Second)
		if !guest.over() {
			t.Error("guests are not admitted any more, and the telephone of one is still there")
		}
	})
}

// a user whose calls nobody takes has a voicemail box, where that is set, and listens to it at his telephone.
func TestVoicemailOfAUser(t *testing.T) {
	meet(t, func(t *testing.T, m *meeting) {
		ctx, stop := context.WithCancel(context.Background())
		var work sync.WaitGroup
		defer work.Wait()
		defer stop()
		tybalt := jid.MustParse("tybalt@localhost")
		made, err := m.accounts.CreateUser(ctx, jid.JID{}, directory.UserInput{Login: "tybalt", Domain: "localhost", DisplayName: "Tybalt", Extension: "177", Auth: directory.AuthNone,
			Voicemail: directory.VoicemailInternal})
		if err != nil {
			t.Fatal(err)
		}
		if made.JID != tybalt {
			t.Fatalf("made %s", made.JID)
		}
		caller := m.dials(t, "romeo@localhost", "177")
		time.Sleep(2 * time.Second)
		if !caller.answered() {
			t.Fatal("the box does not answer")
		}
		caller.press("1") // over the greeting
		time.Sleep(time.Second)
		caller.hum(ctx, &work, 700)
		time.Sleep(5 * time.Second)
		caller.leg.Send(call.Hangup{Reason: call.Success})
		time.Sleep(time.Second)
		if n, err := m.voicemail.Count(ctx, tybalt); err != nil || n != (voicemail.Counts{New: 1}) {
			t.Fatalf("tybalt has %+v, %v", n, err)
		}
		owner := m.dials(t, "tybalt@localhost", "*100")
		time.Sleep(time.Second)
		owner.press("1")
		heard := false
		for range 6 {
			heard = heard || owner.hears(700)
		}
		if !heard {
			t.Error("tybalt does not hear what was said")
		}
		owner.leg.Send(call.Hangup{Reason: call.Success})
	})
}

// B9, A-093: what callers say whom a team does not take is in the team's box; who watches it hears it with *104, and others with its PIN.
func TestVoicemailOfATeam(t *testing.T) {
	meet(t, func(t *testing.T, m *meeting) {
		ctx, stop := context.WithCancel(context.Background())
		var work sync.WaitGroup
		defer work.Wait()
		defer stop()
		if _, err := m.accounts.CreateUser(ctx, jid.JID{}, directory.UserInput{Login: "juliet", Domain: "localhost", Extension: "177", Auth: directory.AuthNone}); err != nil {
			t.Fatal(err)
		}
		pin := "4711"
		in := directory.DefaultTeam()
		in.Name, in.Extension, in.AfterTarget, in.BoxPIN = "Sales", "500", directory.ForwardToBox, &pin
		team, err := m.org.Teams.Create(ctx, jid.JID{}, in)
		if err != nil {
			t.Fatal(err)
		}
		box := telephony.TeamBox(m.cfg.numbersDomain(), team.ID)
		caller := m.dials(t, "romeo@localhost", "500")
		time.Sleep(2 * time.Second)
		if !caller.answered() {
			t.Fatal("the box does not answer")
		}
		caller.press("1") // over the greeting
		time.Sleep(time.Second)
		caller.hum(ctx, &work, 700)
		time.Sleep(5 * time.Second)
		caller.leg.Send(call.Hangup{Reason: call.Success})
		time.Sleep(time.Second)
		if n, err := m.voicemail.Count(ctx, box); err != nil || n != (voicemail.Counts{New: 1}) {
			t.Fatalf("the team has %+v, %v", n, err)
		}
		listens := func(dialled string, keys ...string) bool {
			who := m.dials(t, "juliet@localhost", dialled)
			defer who.leg.Send(call.Hangup{Reason: call.Success})
			time.Sleep(time.Second)
			for _, k := range keys {
				who.press(k)
				time.Sleep(time.Second)
			}
			heard := false
			for range 8 {
				heard = heard || who.hears(700)
			}
			return heard
		}
		if listens("*101", "5", "0", "0", "#", "4", "7", "1", "2", "#", "1") {
			t.Error("a wrong PIN opens the box")
		}
		if !listens("*101", "5", "0", "0", "#", "4", "7", "1", "1", "#", "1") {
			t.Error("its PIN does not open the box")
		}
		if err := m.voicemail.SetSettings(ctx, jid.MustParse("juliet@localhost"), voicemail.Settings{Monitored: box}); err != nil {
			t.Fatal(err)
		}
		if !listens("*104", "1") {
			t.Error("who watches the box does not hear what is in it")
		}
	})
}
