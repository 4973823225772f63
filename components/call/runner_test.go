package call_test

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/components/media"
	"plenum/components/media/play"
	"plenum/xmppd/fault"
)

// A phone is a leg with one slot of sound and one track, in one codec, maybe with a camera.
type phone struct {
	id    call.LegID
	sink  call.Sink
	codec media.Codec
	voice *media.Track
	extra []*media.Track
	agree bool // there is media

	mu    sync.Mutex
	told  []string
	bound []media.Source
}

func newPhone(id call.LegID, c media.Codec) *phone {
	p := &phone{id: id, codec: c, agree: true, voice: media.NewTrack(media.TrackConfig{ID: string(id), Codec: c}), bound: make([]media.Source, 2)}
	p.voice.AddLayer("", 0)
	return p
}

func (p *phone) ID() call.LegID { return p.id }

func (p *phone) Send(c call.Command) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.told = append(p.told, strings.TrimSpace(strings.TrimPrefix(render(call.Order{Leg: p.id, Command: c}), string(p.id))))
}

func (p *phone) Media() media.Endpoint {
	if !p.agree {
		return nil
	}
	return p
}

func (p *phone) Tracks() iter.Seq[*media.Track] {
	return slices.Values(append([]*media.Track{p.voice}, p.extra...))
}

func (p *phone) Slots() []media.Slot {
	return []media.Slot{{Kind: media.Audio, Codecs: []media.Codec{p.codec}}, {Kind: media.Video, Codecs: []media.Codec{media.VP8}}}
}

func (p *phone) Bind(slot int, src media.Source) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bound[slot] = src
	return nil
}

// hears is the track that the slot gets; nil when it is empty.
func (p *phone) hears(t *testing.T, slot int) *media.Track {
	t.Helper()
	p.mu.Lock()
	src := p.bound[slot]
	p.mu.Unlock()
	if src == nil {
		return nil
	}
	track, err := src.For(p.Slots()[slot].Codecs)
	if err != nil {
		t.Fatal(err)
	}
	return track
}

func (p *phone) commands() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	told := strings.Join(p.told, ", ")
	p.told = nil
	return told
}

// An exchange has the phones that can be called.
type exchange struct {
	phones map[string]*phone
	offers []call.Offer
}

func (x *exchange) Dial(_ context.Context, o call.Offer, sink call.Sink) (call.Leg, error) {
	p := x.phones[o.To.Number]
	if p == nil {
		return nil, fault.New(fault.NotFound, "nobody has this number")
	}
	x.offers = append(x.offers, o)
	p.id, p.sink = o.ID, sink
	return p, nil
}

var music = play.NewPlayer(true, play.NewClip(make([]int16, 320)))

// incoming is a call that a phone has made, and its runner.
func (x *exchange) incoming(t *testing.T, p *phone) *call.Runner {
	t.Helper()
	r := call.NewRunner(call.RunnerConfig{
		Machine: call.New(time.Now(), call.Config{Caller: p.id, Party: call.Party{Name: "Romeo"}}), Dialer: x, Log: slog.New(slog.DiscardHandler),
		Sound: func(s call.Sound) media.Source {
			if s == call.Music {
				return music
			}
			return nil
		},
	})
	p.sink = r.Attach(p, call.Offer{Codecs: []media.Codec{p.codec}})
	return r
}

// run runs a call and returns what ends when it does.
func run(ctx context.Context, r *call.Runner) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.Run(ctx)
	}()
	return done
}

func post(t *testing.T, s interface{ Post(call.Event) bool }, e call.Event) {
	t.Helper()
	if !s.Post(e) {
		t.Fatalf("%T was refused", e)
	}
	synctest.Wait()
}

func to(leg call.LegID, number string) call.Branch {
	return call.Branch{Leg: leg, Party: call.Party{Number: number, Name: "Juliet"}, Ring: 20 * time.Second}
}

func TestACallBetweenTwoPhones(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		romeo, juliet := newPhone("romeo", media.Opus), newPhone("", media.PCMA)
		x := &exchange{phones: map[string]*phone{"12": juliet}}
		r := x.incoming(t, romeo)
		over := run(t.Context(), r)
		post(t, r, dial(to("juliet", "12")))
		if o := x.offers[0]; o.From.Name != "Romeo" || o.To.Number != "12" || juliet.id != "juliet" {
			t.Errorf("offered %+v", o)
		}
		post(t, juliet.sink, call.Ringing{})
		juliet.agree = false // media is agreed a moment after the answer
		post(t, juliet.sink, call.Answered{})
		if told := romeo.commands(); told != "rings, answer, talks to Juliet" {
			t.Errorf("Romeo was told: %s", told)
		}
		juliet.agree = true
		post(t, juliet.sink, call.MediaReady{})
		if h := romeo.hears(t, 0); h == nil || h == juliet.voice || h.Codec() != media.Opus {
			t.Errorf("Romeo hears %v", h)
		}
		if h := juliet.hears(t, 0); h == nil || h.Codec() != media.PCMA || h.ID() != "romeo" {
			t.Errorf("Juliet hears %v", h)
		}

		camera := media.NewTrack(media.TrackConfig{ID: "camera", Kind: media.Video, Codec: media.VP8})
		screen := media.NewTrack(media.TrackConfig{ID: "screen", Kind: media.Screen, Codec: media.VP8})
		romeo.extra = []*media.Track{camera}
		post(t, romeo.sink, call.TrackAdded{Track: camera})
		if h := juliet.hears(t, 1); h != camera {
			t.Errorf("Juliet sees %v", h)
		}
		romeo.extra = []*media.Track{camera, screen}
		post(t, romeo.sink, call.TrackAdded{Track: screen})
		if h := juliet.hears(t, 1); h != screen {
			t.Errorf("Juliet sees %v", h)
		}
		romeo.extra = nil
		post(t, romeo.sink, call.TrackRemoved{Track: screen})
		if h := juliet.hears(t, 1); h != nil {
			t.Errorf("Juliet sees %v", h)
		}

		post(t, romeo.sink, call.DTMF{Key: '#'})
		post(t, romeo.sink, call.Held{})
		if m, _ := music.For([]media.Codec{media.PCMA}); juliet.hears(t, 0) != m || romeo.hears(t, 0) != nil {
			t.Errorf("on hold, Juliet hears %v, Romeo %v", juliet.hears(t, 0), romeo.hears(t, 0))
		}
		post(t, romeo.sink, call.Resumed{})
		if told := juliet.commands(); told != "gets #, hold, resume" {
			t.Errorf("Juliet was told: %s", told)
		}
		post(t, romeo.sink, call.Ended{Reason: call.Success})
		<-over
		if told := juliet.commands(); told != "hang up juliet: success" {
			t.Errorf("Juliet was told: %s", told)
		}
		if juliet.sink.Post(call.Ended{}) || r.Post(call.Tick{}) {
			t.Error("a call that is over takes events")
		}
	})
}

func TestTimersRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		romeo, juliet := newPhone("romeo", media.Opus), newPhone("", media.Opus)
		x := &exchange{phones: map[string]*phone{"12": juliet}}
		r := x.incoming(t, romeo)
		over := run(t.Context(), r)
		begin := time.Now()
		post(t, r, dial(to("juliet", "12")))
		<-over
		if past := time.Since(begin); past != 20*time.Second+call.DecideTime {
			t.Errorf("over after %v", past)
		}
		if told := juliet.commands() + "; " + romeo.commands(); told != "hang up juliet: no answer; hang up romeo: no answer" {
			t.Errorf("told: %s", told)
		}
	})
}

func TestALegThatCannotBeMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		romeo := newPhone("romeo", media.Opus)
		r := new(exchange).incoming(t, romeo)
		over := run(t.Context(), r)
		post(t, r, dial(to("juliet", "99")))
		<-over
		if told := romeo.commands(); told != "hang up romeo: not found" {
			t.Errorf("told: %s", told)
		}
	})
}

func TestTheServerStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		romeo := newPhone("romeo", media.Opus)
		ctx, cancel := context.WithCancel(t.Context())
		r := new(exchange).incoming(t, romeo)
		over := run(ctx, r)
		post(t, r, call.Accept{})
		cancel()
		<-over
		if told := romeo.commands(); told != "answer, hang up romeo: unavailable" {
			t.Errorf("told: %s", told)
		}
		if late := newPhone("late", media.Opus); true {
			r.Attach(late, call.Offer{})
			if told := late.commands(); told != "hang up late: cancelled" {
				t.Errorf("who came too late was told: %s", told)
			}
		}
	})
}

type broken struct{ *call.Call }

func (broken) Step(time.Time, call.LegID, call.Event) []call.Order { panic(errors.New("a bug")) }

func TestABugEndsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		romeo := newPhone("romeo", media.Opus)
		r := call.NewRunner(call.RunnerConfig{Machine: broken{call.New(time.Now(), call.Config{Caller: "romeo"})}, Log: slog.New(slog.NewTextHandler(&log, nil))})
		r.Attach(romeo, call.Offer{})
		r.Post(call.Tick{})
		r.Run(t.Context())
		if told := romeo.commands(); told != "hang up romeo: failed" || !strings.Contains(log.String(), "a bug") {
			t.Errorf("told: %s; logged: %s", told, log.String())
		}
	})
}

// Juliet talks to Romeo on one line and to the nurse on another, and joins the two.
func TestALegMovesToAnotherCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		romeo, juliet, juliet2, nurse := newPhone("romeo", media.Opus), newPhone("", media.Opus), newPhone("juliet2", media.Opus), newPhone("", media.Opus)
		x := &exchange{phones: map[string]*phone{"12": juliet, "13": nurse}}
		first, second := x.incoming(t, romeo), x.incoming(t, juliet2)
		firstOver, secondOver := run(t.Context(), first), run(t.Context(), second)
		post(t, first, dial(to("juliet", "12")))
		post(t, juliet.sink, call.Answered{})
		post(t, second, dial(to("nurse", "13")))
		post(t, nurse.sink, call.Answered{})
		romeo.commands()

		second.HandOver("nurse", first, call.Adopt{Leg: "nurse", Party: call.Party{Name: "Nurse"}, Direction: call.Outgoing, Up: true, Replaces: "juliet"})
		<-secondOver
		synctest.Wait()
		if told := romeo.commands() + "; " + juliet.commands() + "; " + juliet2.commands(); told != "talks to Nurse; transferred true, hang up juliet: transferred; prefers [opus/48000/2], answer, talks to Juliet, hang up juliet2: transferred" {
			t.Errorf("told: %s", told)
		}
		if romeo.hears(t, 0) != nurse.voice || nurse.hears(t, 0) != romeo.voice {
			t.Errorf("Romeo hears %v, the nurse %v", romeo.hears(t, 0), nurse.hears(t, 0))
		}
		post(t, nurse.sink, call.Ended{Reason: call.Success}) // by the sink that it got from the second call
		<-firstOver
		if told := romeo.commands(); told != "hang up romeo: success" {
			t.Errorf("told: %s", told)
		}
	})
}
