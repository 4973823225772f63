package telephony

import (
	"context"
	"slices"
	"sync"

	"plenum/components/call"
	"plenum/components/media"
	"plenum/components/media/play"
	"plenum/components/media/tone"
)

// sounds are what people hear who wait: all of them the same, at the same time. Who is asked something hears it from the beginning.
type sounds struct {
	ctx  context.Context
	work *sync.WaitGroup
	clip *play.Clip        // the music; nil for the program's own, which is made when it is needed
	pick func() *play.Clip // the question to press 1; nil when nobody asks

	mu      sync.Mutex
	players map[call.Sound]*play.Player
}

// source gives what is played for a sound; nil is silence.
func (s *sounds) source(which call.Sound) media.Source {
	if which == call.AskToPick && s.pick != nil {
		return s.ask()
	}
	if which != call.Music && which != call.Ringback {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.players[which]
	if p == nil && s.ctx.Err() == nil {
		p = play.NewPlayer(true, s.make(which))
		s.players[which] = p
		s.work.Go(func() { _ = p.Run(s.ctx) }) // it ends with ctx alone
	}
	if p == nil {
		return nil
	}
	return p
}

// asked is how often the question to press 1 is put within [call.ConfirmTime].
const asked = 3

// ask puts the question to press 1 to one who has answered.
func (s *sounds) ask() media.Source {
	if s.ctx.Err() != nil {
		return nil
	}
	pause := play.NewClip(make([]int16, 2*media.Rate))
	p := play.NewPlayer(false, slices.Repeat([]*play.Clip{s.pick(), pause}, asked)...)
	s.work.Go(func() { _ = p.Run(s.ctx) }) // it ends by itself, or with ctx
	return p
}

func (s *sounds) make(which call.Sound) *play.Clip {
	switch {
	case which == call.Ringback:
		return play.NewSignal(tone.Ringback)
	case s.clip != nil:
		return s.clip
	}
	return play.Music()
}
