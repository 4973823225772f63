package ivr

import (
	"context"
	"strings"
	"time"

	"plenum/components/media/play"
)

// A Question is what is asked, and how the answer is taken.
type Question struct {
	Say     []*play.Clip  // ends with the first key
	Max     int           // how many keys are taken at most; 1 is a menu
	End     byte          // the key that ends an answer, and is no part of it; 0 is none
	First   time.Duration // how long the first key may take after the question; 0 means 10 s
	Between time.Duration // how long each other may take; 0 means 5 s
}

const (
	firstKey   = 10 * time.Second
	betweenKey = 5 * time.Second
)

// Ask asks, and returns the keys of the answer: none when nothing was pressed in time, or only what ends an answer. Keys pressed before the
// question count, so that who knows it need not hear it.
func (s *Session) Ask(ctx context.Context, q Question) (string, error) {
	if err := s.say(ctx, true, q.Say); err != nil {
		return "", err
	}
	limit := q.First
	if limit == 0 {
		limit = firstKey
	}
	var answer strings.Builder
	for answer.Len() < q.Max {
		key, err := s.Key(ctx, limit)
		if err != nil {
			return "", err
		}
		if key == 0 || key == q.End {
			return answer.String(), nil
		}
		answer.WriteByte(key)
		if limit = q.Between; limit == 0 {
			limit = betweenKey
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.keys) > 0 && s.keys[0] == q.End && q.End != 0 {
		s.keys = s.keys[1:]
	} else {
		s.swallow = q.End
	}
	return answer.String(), nil
}

// Key waits for a key, for as long as limit; 0 says that none came.
func (s *Session) Key(ctx context.Context, limit time.Duration) (key byte, err error) {
	_, err = s.wait(ctx, limit, func() bool {
		if len(s.keys) == 0 {
			return false
		}
		key, s.keys, s.lastKey = s.keys[0], s.keys[1:], time.Now()
		return true
	})
	return key, err
}

// Forget drops keys that were pressed already.
func (s *Session) Forget() {
	s.mu.Lock()
	s.keys, s.swallow = nil, 0
	s.mu.Unlock()
}
