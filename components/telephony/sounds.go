package telephony

import (
	"context"
	"sync"

	"plenum/components/call"
	"plenum/components/media"
	"plenum/components/media/play"
	"plenum/components/media/tone"
)

// sounds are what people hear who wait: all of them the same, at the same time.
type sounds struct {
	ctx  context.Context
	work *sync.WaitGroup
	clip *play.Clip // the music; nil for the program's own, which is made when it is needed

	mu      sync.Mutex
	players map[call.Sound]*play.Player
}

// source gives what is played for a sound; nil is silence.
func (s *sounds) source(which call.Sound) media.Source {
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

func (s *sounds) make(which call.Sound) *play.Clip {
	switch {
	case which == call.Ringback:
		return play.NewSignal(tone.Ringback)
	case s.clip != nil:
		return s.clip
	}
	return play.Music()
}
