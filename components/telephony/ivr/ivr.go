// Package ivr talks with somebody at a telephone: it says something, takes keys, records. It is the owner of one leg for as long as that
// takes, and may then give it to another.
//
//	s := ivr.New(leg, log)
//	work.Go(func() { s.Run(ctx, script) })
//	return s, nil // the sink of the leg
//
// A script is a function on the call's own goroutine: it asks, waits, and decides. When the party hangs up its context ends, and whatever it
// waits for returns an error. Keys are never logged: they are PINs.
package ivr

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"plenum/components/call"
	"plenum/components/media"
	"plenum/components/media/play"
	"plenum/components/media/tone"
)

// ErrGone is why nothing goes on any more when the party has hung up.
var ErrGone = errors.New("the party has hung up")

const (
	// agreeWithin is how long media may take to be agreed after an answer.
	agreeWithin = 30 * time.Second
	// maxKeys is how many keys may be pressed ahead of what they answer.
	maxKeys = 64
)

// A Session is a talk with the party of one leg. It is that leg's [call.Sink]; the methods with a context are for the script.
type Session struct {
	leg     call.Leg
	log     *slog.Logger
	silence *play.Player // what the party hears while nothing is said

	mu       sync.Mutex
	wake     chan struct{} // a token: something below has changed
	keys     []byte        // pressed, and not taken yet
	lastKey  time.Time     // when the last one was taken
	swallow  byte          // a key that ends an entry which was complete without it
	answered bool
	ended    bool
	reason   call.Reason
	stop     context.CancelCauseFunc // of the script
	barge    context.CancelFunc      // of what is being said; nil when keys do not interrupt it
	next     call.Sink               // who has the leg now
}

// New makes a session for a leg that has come in. It may take events before [Session.Run].
func New(leg call.Leg, log *slog.Logger) *Session {
	return &Session{leg: leg, log: log, silence: play.NewPlayer(true, silence()), wake: make(chan struct{}, 1)}
}

// silence is sent while nothing is said: phones and carriers take a line from which nothing comes for a while for dead.
var silence = sync.OnceValue(func() *play.Clip { return play.NewClip(make([]int16, media.Rate)) })

// Run carries the script out, and hangs up for the reason that it returns, unless it has given the leg away.
func (s *Session) Run(ctx context.Context, script func(context.Context, *Session) call.Reason) {
	ctx, stop := context.WithCancelCause(ctx)
	var work sync.WaitGroup
	defer work.Wait()
	defer stop(nil)
	work.Go(func() { _ = s.silence.Run(ctx) }) // it ends with the script
	s.mu.Lock()
	s.stop = stop
	if s.ended {
		stop(ErrGone)
	}
	s.mu.Unlock()
	reason := s.guarded(ctx, script)
	s.mu.Lock()
	given := s.next != nil
	s.mu.Unlock()
	if !given {
		s.leg.Send(call.Hangup{Reason: reason})
	}
}

// guarded ends the call after a bug, and not the server.
func (s *Session) guarded(ctx context.Context, script func(context.Context, *Session) call.Reason) (reason call.Reason) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("a telephone menu has failed by a bug", "leg", string(s.leg.ID()), "panic", p, "stack", string(debug.Stack()))
			reason = call.Failed
		}
	}()
	return script(ctx, s)
}

// Leg is the leg.
func (s *Session) Leg() call.Leg { return s.leg }

// Reason is why the party's leg has ended; it counts when ended.
func (s *Session) Reason() (reason call.Reason, ended bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reason, s.ended
}

// Post implements [call.Sink].
func (s *Session) Post(e call.Event) bool {
	s.mu.Lock()
	if s.next != nil {
		next := s.next
		s.mu.Unlock()
		return next.Post(e)
	}
	defer s.mu.Unlock()
	switch e := e.(type) {
	case call.Answered:
		s.answered = true
	case call.DTMF:
		s.press(e.Key)
	case call.Ended:
		s.ended, s.reason = true, e.Reason
		if s.stop != nil {
			s.stop(ErrGone)
		}
	}
	s.wakeUp()
	return true
}

func (s *Session) wakeUp() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// swallowFor is how soon the key comes that ends an entry which needed no end.
const swallowFor = 3 * time.Second

func (s *Session) press(key byte) {
	swallow := s.swallow
	s.swallow = 0
	if key == swallow && time.Since(s.lastKey) < swallowFor || len(s.keys) == maxKeys {
		return
	}
	s.keys = append(s.keys, key)
	if s.barge != nil {
		s.barge()
	}
}

// wait waits until done, which is called with the session locked, reports true; not longer than limit, 0 being as long as the party is there.
func (s *Session) wait(ctx context.Context, limit time.Duration, done func() bool) (bool, error) {
	var late <-chan time.Time
	if limit > 0 {
		t := time.NewTimer(limit)
		defer t.Stop()
		late = t.C
	}
	for {
		s.mu.Lock()
		ok := done()
		s.mu.Unlock()
		if ok {
			return true, nil
		}
		select {
		case <-s.wake:
		case <-late:
			return false, nil
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
}

// Answer takes the call, and waits until the party can be heard and hear.
func (s *Session) Answer(ctx context.Context) error { return s.begin(ctx, call.Answer{}) }

// Early lets the party hear what is said though the call is not answered, and costs nothing.
func (s *Session) Early(ctx context.Context) error { return s.begin(ctx, call.Ring{Early: true}) }

func (s *Session) begin(ctx context.Context, c call.Command) error {
	if _, ok := c.(call.Answer); ok {
		s.mu.Lock()
		was := s.answered
		s.answered = true
		s.mu.Unlock()
		if was {
			return context.Cause(ctx)
		}
	}
	s.leg.Send(c)
	ok, err := s.wait(ctx, agreeWithin, func() bool { return s.leg.Media() != nil })
	switch {
	case err != nil:
		return err
	case !ok:
		return errors.New("no media was agreed")
	}
	return s.Hear(s.silence)
}

// audio is the slot for sound; nil, −1 when the party takes none.
func (s *Session) audio() (media.Endpoint, int) {
	endpoint := s.leg.Media()
	if endpoint == nil {
		return nil, -1
	}
	slot := slices.IndexFunc(endpoint.Slots(), func(slot media.Slot) bool { return slot.Kind.Sound() })
	return endpoint, slot
}

// Say says the clips one after the other, and returns when all is said.
func (s *Session) Say(ctx context.Context, clips ...*play.Clip) error {
	return s.say(ctx, false, clips)
}

// say plays clips; with barge only until a key is pressed that nobody has taken.
func (s *Session) say(ctx context.Context, barge bool, clips []*play.Clip) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	endpoint, slot := s.audio()
	if slot < 0 {
		return errors.New("the party takes no sound")
	}
	heard, stop := context.WithCancel(ctx)
	defer stop()
	s.mu.Lock()
	if barge && len(s.keys) > 0 {
		s.mu.Unlock()
		return nil
	}
	if barge {
		s.barge = stop
	}
	s.mu.Unlock()
	player := play.NewPlayer(false, clips...)
	if err := endpoint.Bind(slot, player); err != nil {
		return err
	}
	err := player.Run(heard)
	s.mu.Lock()
	s.barge = nil
	s.mu.Unlock()
	if quiet := endpoint.Bind(slot, s.silence); quiet != nil && err == nil {
		err = quiet
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if barge && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// Hear lets the party hear src until something else is said.
func (s *Session) Hear(src media.Source) error {
	endpoint, slot := s.audio()
	if slot < 0 {
		return errors.New("the party takes no sound")
	}
	return endpoint.Bind(slot, src)
}

// Beep is the tone after which somebody speaks.
var Beep = sync.OnceValue(func() *play.Clip {
	pcm := make([]int16, media.Rate*3/10)
	tone.NewGenerator(tone.Signal{Tone: tone.Tone{Hz: []float64{1000}, Amplitude: 8000}}).Read(pcm[:media.Rate*2/10])
	return play.NewClip(pcm)
})

// Hand gives the leg to another owner, who is asked where it is to report. He is told that media is agreed as if it were news. The script
// must not do anything with the session afterwards but return. When the error is not nil the session has the leg still.
func (s *Session) Hand(to func(call.Leg) (call.Sink, error)) error {
	s.mu.Lock()
	leg := s.leg
	if s.answered {
		leg = answeredLeg{leg}
	}
	s.mu.Unlock()
	next, err := to(leg)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.next = next
	ended, reason := s.ended, s.reason
	s.mu.Unlock()
	if ended {
		next.Post(call.Ended{Reason: reason})
	} else if s.leg.Media() != nil {
		next.Post(call.MediaReady{})
	}
	return nil
}

// answeredLeg is a leg that its new owner need not answer.
type answeredLeg struct{ call.Leg }

func (l answeredLeg) Send(c call.Command) {
	switch c.(type) {
	case call.Answer, call.Ring, call.Prefer:
		return
	}
	l.Leg.Send(c)
}
