package ivr

import (
	"context"
	"io"
	"strings"
	"time"

	"plenum/components/media"
	"plenum/components/media/record"
)

// A Recording is how something is recorded.
type Recording struct {
	Longest time.Duration
	Silence time.Duration // ends it when nobody has spoken for so long; 0 is never
	Stop    string        // keys that end it
}

// lookEach is how often a recording is looked at that says nothing by itself.
const lookEach = 200 * time.Millisecond

// Record writes what the party says into a WAV file, until it hangs up or something of r ends it, and returns how much there is, without
// the silence at the end. That the party has hung up is no error: ctx says so.
func (s *Session) Record(ctx context.Context, w io.WriteSeeker, r Recording) (time.Duration, error) {
	rec, err := record.New(w, 1, r.Longest)
	if err != nil {
		return 0, err
	}
	recording, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan error, 1)
	go func() { done <- rec.Run(recording) }()
	defer rec.Bind(0, nil)
	look := time.NewTicker(lookEach)
	defer look.Stop()
	var heard *media.Track
	for {
		if t := s.voice(); t != heard {
			if err := bind(rec, t); err == nil {
				heard = t
			}
		}
		if s.pressed(r.Stop) || r.Silence > 0 && rec.Quiet() >= r.Silence {
			stop()
		}
		select {
		case err := <-done:
			return max(rec.Duration()-rec.Quiet(), 0), err
		case <-s.wake:
		case <-look.C:
		}
	}
}

func bind(rec *record.Recorder, t *media.Track) error {
	if t == nil {
		return rec.Bind(0, nil)
	}
	return rec.Bind(0, t)
}

// voice is what the party says; nil when it publishes nothing.
func (s *Session) voice() *media.Track {
	endpoint := s.leg.Media()
	if endpoint == nil {
		return nil
	}
	for t := range endpoint.Tracks() {
		if t.Kind() == media.Audio {
			return t
		}
	}
	return nil
}

// pressed takes a key when it is one of these, and drops others.
func (s *Session) pressed(keys string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.keys) > 0 {
		key := s.keys[0]
		s.keys = s.keys[1:]
		if strings.IndexByte(keys, key) >= 0 {
			s.lastKey = time.Now()
			return true
		}
	}
	return false
}
