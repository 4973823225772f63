package ivr_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/components/media"
	"plenum/components/media/jitter"
	"plenum/components/media/play"
	"plenum/components/media/tone"
	"plenum/components/media/wav"
	"plenum/components/telephony/ivr"
)

// A phone is the party: the other end of a pipe.
type phone struct {
	t    *testing.T
	leg  *call.PipeEnd
	mu   sync.Mutex
	got  []call.Event
	ears *jitter.Buffer
	on   *media.Layer
}

func (p *phone) Post(e call.Event) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got = append(p.got, e)
	return true
}

func (p *phone) ended() (call.Reason, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.got {
		if e, ok := e.(call.Ended); ok {
			return e.Reason, true
		}
	}
	return 0, false
}

// hears reports whether the party hears the tone now.
func (p *phone) hears(hz float64) bool {
	p.t.Helper()
	for t := range p.leg.Media().Tracks() {
		if l := t.Layers()[0]; l != p.on {
			p.on = l
			b, err := jitter.New(t.Codec())
			if err != nil {
				p.t.Fatal(err)
			}
			p.ears = b
			l.Subscribe(b)
		}
	}
	if p.ears == nil {
		return false
	}
	var heard bool
	frame := make([]int16, media.FrameSamples)
	for range 15 { // more than a jitter buffer holds back
		time.Sleep(media.FrameTime)
		p.ears.Frame(frame)
		heard = tone.Heard(frame, hz)
	}
	return heard
}

func (p *phone) press(keys string) { p.leg.Send(call.SendDTMF{Keys: keys}) }

func clip(hz float64, d time.Duration) *play.Clip {
	pcm := make([]int16, int(d*media.Rate/time.Second))
	tone.NewGenerator(tone.Signal{Tone: tone.Tone{Hz: []float64{hz}, Amplitude: 8000}}).Read(pcm)
	return play.NewClip(pcm)
}

// ring has a script run for a party that has called.
func ring(t *testing.T, script func(context.Context, *ivr.Session) call.Reason) (p *phone, wait func()) {
	t.Helper()
	p = &phone{t: t}
	callee, caller := call.Pipe(call.Offer{ID: "test"}, p)
	p.leg = callee
	s := ivr.New(caller, slog.New(slog.DiscardHandler))
	caller.SetSink(s)
	var work sync.WaitGroup
	work.Go(func() { s.Run(t.Context(), script) })
	return p, work.Wait
}

func TestSay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, wait := ring(t, func(ctx context.Context, s *ivr.Session) call.Reason {
			begin := time.Now()
			if err := errors.Join(s.Answer(ctx), s.Say(ctx, clip(500, time.Second), clip(900, time.Second))); err != nil {
				t.Error(err)
			}
			if d := time.Since(begin); d < 1900*time.Millisecond || d > 2200*time.Millisecond {
				t.Errorf("two seconds were said in %v", d)
			}
			return call.Finished
		})
		time.Sleep(100 * time.Millisecond)
		if !p.hears(500) {
			t.Error("the first clip is not heard")
		}
		time.Sleep(900 * time.Millisecond)
		if !p.hears(900) {
			t.Error("the second clip is not heard")
		}
		wait()
		if r, ok := p.ended(); !ok || r != call.Finished {
			t.Errorf("the call has ended: %v, %v", r, ok)
		}
	})
}

// Keys interrupt the question, may come before it, and are taken until the answer is complete, its end was pressed or time is over.
func TestAsk(t *testing.T) {
	for name, c := range map[string]struct {
		press  func(*phone)
		answer string
		takes  time.Duration
	}{
		"after the question": {func(p *phone) { time.Sleep(3 * time.Second); p.press("1234") }, "1234", 3 * time.Second},
		"into the question":  {func(p *phone) { time.Sleep(time.Second); p.press("12"); p.press("34") }, "1234", time.Second},
		"ended by its end":   {func(p *phone) { time.Sleep(time.Second); p.press("12#") }, "12", time.Second},
		"ended by waiting":   {func(p *phone) { time.Sleep(time.Second); p.press("12") }, "12", 6 * time.Second},
		"nothing":            {func(p *phone) {}, "", 12 * time.Second},
		"only the end":       {func(p *phone) { time.Sleep(time.Second); p.press("#") }, "", time.Second},
		"before it":          {func(p *phone) { p.press("1234") }, "1234", 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, wait := ring(t, func(ctx context.Context, s *ivr.Session) call.Reason {
					if err := s.Answer(ctx); err != nil {
						t.Error(err)
					}
					begin := time.Now()
					answer, err := s.Ask(ctx, ivr.Question{Say: []*play.Clip{clip(500, 2*time.Second)}, Max: 4, End: '#'})
					if answer != c.answer || err != nil {
						t.Errorf("the answer is %q, %v", answer, err)
					}
					if d := time.Since(begin); d < c.takes || d > c.takes+50*time.Millisecond {
						t.Errorf("it took %v, not %v", d, c.takes)
					}
					return call.Finished
				})
				c.press(p)
				wait()
			})
		})
	}
}

// Who ends an answer by # that was complete without it has not answered the next question with that.
func TestEndAfterCompleteAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, wait := ring(t, func(ctx context.Context, s *ivr.Session) call.Reason {
			if err := s.Answer(ctx); err != nil {
				t.Error(err)
			}
			for _, want := range []string{"12", "34", "", "56"} {
				if answer, err := s.Ask(ctx, ivr.Question{Max: 2, End: '#'}); answer != want || err != nil {
					t.Errorf("the answer is %q, %v, not %q", answer, err, want)
				}
			}
			return call.Finished
		})
		p.press("12")
		time.Sleep(time.Second)
		p.press("#34")
		time.Sleep(4 * time.Second)
		p.press("#")
		time.Sleep(time.Second)
		p.press("56#")
		wait()
	})
}

func TestPartyHangsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, wait := ring(t, func(ctx context.Context, s *ivr.Session) call.Reason {
			if err := s.Answer(ctx); err != nil {
				t.Error(err)
			}
			if err := s.Say(ctx, clip(500, time.Minute)); !errors.Is(err, ivr.ErrGone) {
				t.Errorf("what was being said ended with %v", err)
			}
			if _, err := s.Ask(ctx, ivr.Question{Max: 1}); !errors.Is(err, ivr.ErrGone) {
				t.Errorf("a question ended with %v", err)
			}
			return call.Success
		})
		time.Sleep(time.Second)
		p.leg.Send(call.Hangup{Reason: call.Success})
		wait()
	})
}

// A bug in a script ends the call and nothing else.
func TestBug(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, wait := ring(t, func(context.Context, *ivr.Session) call.Reason { panic("a bug") })
		wait()
		if r, ok := p.ended(); !ok || r != call.Failed {
			t.Errorf("the call has ended: %v, %v", r, ok)
		}
	})
}

func TestRecord(t *testing.T) {
	for name, c := range map[string]struct {
		during func(*phone)
		spoken time.Duration
	}{
		"until a key":       {func(p *phone) { time.Sleep(3 * time.Second); p.press("5#") }, 3 * time.Second},
		"until silence":     {func(p *phone) { time.Sleep(4 * time.Second); p.say(nil) }, 4 * time.Second},
		"until he is off":   {func(p *phone) { time.Sleep(2 * time.Second); p.leg.Send(call.Hangup{Reason: call.Success}) }, 2 * time.Second},
		"as long as may be": {func(p *phone) {}, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "said.wav")
			synctest.Test(t, func(t *testing.T) {
				p, wait := ring(t, func(ctx context.Context, s *ivr.Session) call.Reason {
					f, err := os.Create(path)
					if err := errors.Join(err, s.Answer(ctx)); err != nil {
						t.Error(err)
					}
					d, err := s.Record(ctx, f, ivr.Recording{Longest: 10 * time.Second, Silence: 3 * time.Second, Stop: "#*"})
					if err != nil || d < c.spoken-200*time.Millisecond || d > c.spoken+200*time.Millisecond {
						t.Errorf("%v were recorded, not %v: %v", d, c.spoken, err)
					}
					if err := f.Close(); err != nil {
						t.Error(err)
					}
					return call.Finished
				})
				synctest.Wait()
				stop := p.say(clip(600, time.Minute))
				defer stop()
				c.during(p)
				wait()
			})
			b, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			pcm, err := wav.Read(b, time.Minute)
			if err != nil || !tone.Heard(pcm[media.Rate:3*media.Rate/2], 600) {
				t.Errorf("the recording does not have what was said: %v", err)
			}
		})
	}
}

// say lets the party publish sound, or silence.
func (p *phone) say(c *play.Clip) (stop func()) {
	if c == nil {
		if err := p.leg.Bind(0, nil); err != nil {
			p.t.Error(err)
		}
		return func() {}
	}
	player := play.NewPlayer(true, c)
	ctx, cancel := context.WithCancel(p.t.Context())
	var work sync.WaitGroup
	work.Go(func() { _ = player.Run(ctx) })
	if err := p.leg.Bind(0, player); err != nil {
		p.t.Error(err)
	}
	return func() { cancel(); work.Wait() }
}

// What a party does after its leg was given away reaches the new owner, who is told that media is there, and need not answer.
func TestHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var next phone
		p, wait := ring(t, func(ctx context.Context, s *ivr.Session) call.Reason {
			if err := s.Answer(ctx); err != nil {
				t.Error(err)
			}
			if _, err := s.Ask(ctx, ivr.Question{Max: 1}); err != nil {
				t.Error(err)
			}
			err := s.Hand(func(leg call.Leg) (call.Sink, error) {
				leg.Send(call.Answer{})
				return &next, nil
			})
			if err != nil {
				t.Error(err)
			}
			return call.Finished
		})
		p.press("1")
		wait()
		p.press("*")
		p.leg.Send(call.Hangup{Reason: call.Success})
		want := []call.Event{call.MediaReady{}, call.DTMF{Key: '*'}, call.Ended{Reason: call.Success}}
		if len(next.got) != len(want) {
			t.Fatalf("the new owner was told %v", next.got)
		}
		for i := range want {
			if next.got[i] != want[i] {
				t.Errorf("event %d is %v", i, next.got[i])
			}
		}
		answers := 0
		for _, e := range p.got {
			if _, ok := e.(call.Answered); ok {
				answers++
			}
		}
		if answers != 1 {
			t.Errorf("the call was answered %d times", answers)
		}
	})
}

func TestRefusedHandKeepsTheLeg(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, wait := ring(t, func(ctx context.Context, s *ivr.Session) call.Reason {
			refused := errors.New("full")
			if err := s.Answer(ctx); err != nil {
				t.Error(err)
			}
			if err := s.Hand(func(call.Leg) (call.Sink, error) { return nil, refused }); err != refused {
				t.Error(err)
			}
			if err := s.Say(ctx, clip(500, time.Second)); err != nil {
				t.Error(err)
			}
			return call.Congestion
		})
		wait()
		if r, ok := p.ended(); !ok || r != call.Congestion {
			t.Errorf("the call has ended: %v, %v", r, ok)
		}
	})
}

// While nothing is said there is silence, and not nothing.
func TestSilenceIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, wait := ring(t, func(ctx context.Context, s *ivr.Session) call.Reason {
			if err := s.Answer(ctx); err != nil {
				t.Error(err)
			}
			_, _ = s.Ask(ctx, ivr.Question{Say: []*play.Clip{clip(500, time.Second)}, Max: 1, First: 10 * time.Second})
			return call.Finished
		})
		for _, after := range []time.Duration{100 * time.Millisecond, 5 * time.Second} {
			time.Sleep(after)
			p.hears(500)
			before := p.ears.Stats().Received
			p.hears(500)
			if n := p.ears.Stats().Received - before; n < 14 {
				t.Errorf("%d packets came in 300 ms", n)
			}
		}
		wait()
	})
}
