package call_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/components/media"
	"plenum/xmppd/fault"
)

// An owner takes legs that come in, and notes what they report.
type owner struct {
	mu   sync.Mutex
	seen []string
	gone bool
}

func (o *owner) Post(e call.Event) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.gone {
		return false
	}
	text := strings.TrimPrefix(fmt.Sprintf("%T", e), "call.")
	switch e := e.(type) {
	case call.Ended:
		text += " " + e.Reason.String()
	case call.DTMF:
		text += " " + string(rune(e.Key))
	case call.TrackAdded:
		text += " " + e.Track.ID()
	case call.TrackRemoved:
		text += " " + e.Track.ID()
	case call.Ringing:
		if e.Early {
			text += " early"
		}
	case call.Identified:
		text += " " + e.Party.Name
	}
	o.seen = append(o.seen, text)
	return true
}

func (o *owner) events() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	seen := strings.Join(o.seen, ", ")
	o.seen = nil
	return seen
}

func seen(t *testing.T, who string, o *owner, want string) {
	t.Helper()
	if got := o.events(); got != want {
		t.Errorf("%s: %s; want %s", who, got, want)
	}
}

func voice(id string, c media.Codec) *media.Track {
	track := media.NewTrack(media.TrackConfig{ID: id, Codec: c})
	track.AddLayer("", 0)
	return track
}

func TestWhatCrossesAPipe(t *testing.T) {
	dialler, room := new(owner), new(owner)
	callee, caller := call.Pipe(call.Offer{ID: "pipe", Codecs: []media.Codec{media.PCMA, media.G722}}, dialler)
	if callee.ID() != "pipe" || caller.ID() != "pipe" || callee.Media() != nil || caller.Media() != nil {
		t.Fatal("a leg that nobody has answered has media")
	}
	caller.Send(call.Ring{})
	callee.Send(call.Identify{Party: call.Party{Name: "Romeo"}}) // nobody listens yet
	callee.Send(call.Answer{})                                   // not the callee's to take
	caller.SetSink(room)
	seen(t, "dialler", dialler, "Ringing")
	seen(t, "room", room, "Identified Romeo")
	caller.Send(call.Answer{})
	seen(t, "dialler", dialler, "MediaReady, Answered")
	seen(t, "room", room, "MediaReady, Answered")

	// What is bound at one end is published at the other: the track itself.
	romeo, mixed := voice("romeo", media.PCMA), voice("mixed", media.G722)
	if slots := callee.Media().Slots(); len(slots) != 1 || slots[0].Kind != media.Audio || !slots[0].Codecs[0].Is(media.PCMA) {
		t.Errorf("slots: %v", slots)
	}
	for _, bind := range []error{callee.Bind(0, romeo), callee.Bind(0, romeo), caller.Bind(0, mixed)} {
		if bind != nil {
			t.Fatal(bind)
		}
	}
	if got := slices.Collect(caller.Media().Tracks()); !slices.Equal(got, []*media.Track{romeo}) {
		t.Errorf("the room gets %v", got)
	}
	if got := slices.Collect(callee.Media().Tracks()); !slices.Equal(got, []*media.Track{mixed}) {
		t.Errorf("the dialler gets %v", got)
	}
	if err := callee.Bind(0, voice("opus", media.Opus)); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a codec that was not offered: %v", err)
	}
	if err := callee.Bind(1, romeo); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a slot that does not exist: %v", err)
	}
	callee.Bind(0, nil)
	seen(t, "room", room, "TrackAdded romeo, TrackRemoved romeo")
	seen(t, "dialler", dialler, "TrackAdded mixed")

	callee.Send(call.SendDTMF{Keys: "1#"})
	callee.Send(call.Hold{})
	callee.Send(call.Resume{})
	caller.Send(call.SendDTMF{Keys: "5"})
	callee.Send(call.Hangup{Reason: call.Success})
	caller.Send(call.Hangup{Reason: call.Failed}) // has crossed
	callee.Send(call.Hold{})
	seen(t, "room", room, "DTMF 1, DTMF #, Held, Resumed, Ended success")
	seen(t, "dialler", dialler, "DTMF 5, Ended success")
}

func TestAnOwnerAtAPipeThatIsGone(t *testing.T) {
	dialler, room := new(owner), &owner{gone: true}
	_, caller := call.Pipe(call.Offer{}, dialler)
	caller.SetSink(room)
	caller.Send(call.Answer{})
	seen(t, "dialler", dialler, "MediaReady, Answered, Ended failed")
	if codecs := caller.Media().Slots()[0].Codecs; len(codecs) < 4 {
		t.Errorf("without an offer of codecs it takes %v", codecs)
	}
}

// A service answers by the far end of a pipe.
type service struct {
	ends chan *call.PipeEnd
}

func (s service) Dial(_ context.Context, o call.Offer, sink call.Sink) (call.Leg, error) {
	callee, caller := call.Pipe(o, sink)
	s.ends <- caller
	return callee, nil
}

func TestAServiceIsCalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		romeo := newPhone("romeo", media.PCMA)
		romeo.agree = false
		x := service{make(chan *call.PipeEnd, 1)}
		r := call.NewRunner(call.RunnerConfig{Machine: call.New(time.Now(), call.Config{Caller: "romeo"}), Dialer: x})
		romeo.sink = r.Attach(romeo, call.Offer{Codecs: []media.Codec{media.PCMA, media.PCMU}})
		over := run(t.Context(), r)
		post(t, r, dial(to("menu", "*80")))
		end, menu := <-x.ends, new(owner)
		end.SetSink(menu)
		announcement := voice("announcement", media.PCMA)
		end.Send(call.Ring{Early: true})
		if err := end.Bind(0, announcement); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		// His edge agrees on media as it is told to ring early, with what the service takes.
		romeo.agree = true
		post(t, romeo.sink, call.MediaReady{})
		if h := romeo.hears(t, 0); h != announcement {
			t.Errorf("Romeo hears %v", h)
		}
		end.Send(call.Answer{})
		synctest.Wait()
		if told, want := romeo.commands(), "prefers [PCMA/8000 PCMU/8000], rings early, answer, talks to Juliet"; told != want {
			t.Errorf("Romeo was told %s; want %s", told, want)
		}
		if got := slices.Collect(end.Media().Tracks()); !slices.Equal(got, []*media.Track{romeo.voice}) {
			t.Errorf("the service hears %v", got)
		}
		post(t, romeo.sink, call.DTMF{Key: '7'})
		end.Send(call.Hangup{Reason: call.Finished})
		<-over
		seen(t, "service", menu, "MediaReady, Answered, TrackAdded romeo, DTMF 7, Ended finished")
	})
}
