package speakers_test

import (
	"testing"
	"time"

	"plenum/components/media"
	"plenum/components/media/speakers"
)

// A room lets people speak for a while.
type room struct {
	*testing.T
	d      *speakers.Detector
	people map[string]*speakers.Speaker
	names  []string
}

func newRoom(t *testing.T, names ...string) *room {
	r := &room{t, speakers.New(3), map[string]*speakers.Speaker{}, names}
	for _, n := range names {
		r.people[n] = r.d.Join()
	}
	return r
}

// speak lets those speak who have a level, for a time; the others are quiet at 60.
func (r *room) speak(d time.Duration, levels map[string]media.Level) {
	for range d / media.FrameTime {
		for _, n := range r.names {
			if l, ok := levels[n]; ok {
				r.people[n].Hear(l, true, true)
			} else {
				r.people[n].Hear(60, false, true)
			}
		}
		r.d.Tick()
	}
}

func (r *room) dominant() string {
	for n, s := range r.people {
		if s == r.d.Dominant() {
			return n
		}
	}
	return ""
}

func (r *room) heard() string {
	var list string
	for _, n := range r.names {
		if r.people[n].Heard() {
			list += n
		}
	}
	return list
}

func (r *room) want(dominant, heard string) {
	r.Helper()
	if d, h := r.dominant(), r.heard(); d != dominant || h != heard {
		r.Errorf("shown is %q, heard are %q; want %q and %q", d, h, dominant, heard)
	}
}

func TestNobodySpeaks(t *testing.T) {
	r := newRoom(t, "a", "b")
	r.speak(time.Second, nil)
	r.want("", "")
}

func TestAMonologueAndAWordOfConsent(t *testing.T) {
	r := newRoom(t, "a", "b")
	r.speak(20*time.Millisecond, map[string]media.Level{"a": 30})
	r.want("a", "a") // heard with the first frame
	r.speak(5*time.Second, map[string]media.Level{"a": 30})
	r.speak(200*time.Millisecond, map[string]media.Level{"a": 30, "b": 25})
	r.want("a", "ab")
	r.speak(400*time.Millisecond, map[string]media.Level{"a": 30})
	r.want("a", "a")
}

func TestOneAnswersTheOther(t *testing.T) {
	r := newRoom(t, "a", "b")
	r.speak(5*time.Second, map[string]media.Level{"a": 30})
	r.speak(200*time.Millisecond, map[string]media.Level{"b": 30})
	r.want("a", "ab")
	r.speak(time.Second, map[string]media.Level{"b": 30})
	r.want("b", "b")
	r.speak(10*time.Second, nil)
	r.want("b", "") // who has spoken last stays
}

func TestPausesInASentence(t *testing.T) {
	r := newRoom(t, "a")
	for range 10 {
		r.speak(300*time.Millisecond, map[string]media.Level{"a": 30})
		r.speak(200*time.Millisecond, nil)
		r.want("a", "a")
	}
}

func TestMoreThanThereArePlaces(t *testing.T) {
	r := newRoom(t, "a", "b", "c", "d")
	r.speak(time.Second, map[string]media.Level{"a": 20, "b": 30, "c": 50})
	r.want("a", "abc")
	r.speak(100*time.Millisecond, map[string]media.Level{"a": 20, "b": 30, "c": 50, "d": 48})
	r.want("a", "abc") // hardly louder
	r.speak(time.Second, map[string]media.Level{"a": 20, "b": 30, "c": 50, "d": 20})
	r.want("a", "abd")
}

func TestWhoLeavesIsForgotten(t *testing.T) {
	r := newRoom(t, "a", "b")
	r.speak(time.Second, map[string]media.Level{"a": 20})
	r.d.Leave(r.people["a"])
	if r.d.Dominant() != nil || len(r.d.Heard()) != 0 {
		t.Error("who left is still there")
	}
	r.names = r.names[1:]
	r.speak(time.Second, map[string]media.Level{"b": 20})
	r.want("b", "b")
}

func TestLevelsWithoutAWord(t *testing.T) {
	d := speakers.New(3)
	s := d.Join()
	hear := func(level media.Level, n int) {
		for range n {
			s.Hear(level, false, false)
			d.Tick()
		}
	}
	hear(45, 100) // a noisy room
	hear(42, 50)
	if s.Speaking() {
		t.Error("the noise of the room is taken for a voice")
	}
	hear(30, 5)
	if !s.Heard() || d.Dominant() != s {
		t.Error("a voice above it is not heard")
	}
	hear(media.Silence, 50)
	if s.Speaking() {
		t.Error("silence is taken for a voice")
	}
}

func TestWhoComesBackIsHeardAtOnce(t *testing.T) {
	// A steady tone is learnt as the noise of the room; after a pause nothing is known of the room any more.
	for _, c := range []struct {
		name   string
		pause  time.Duration
		stated bool
		heard  bool
	}{
		{"muted for a moment", media.FrameTime, true, true},
		{"muted for long", 3 * time.Second, true, true},
		{"digital silence", time.Second, false, true},
		{"packets that are missing", 200 * time.Millisecond, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := speakers.New(3)
			s := d.Join()
			hear := func(level media.Level, stated bool, length time.Duration) {
				for range length / media.FrameTime {
					s.Hear(level, false, stated)
					d.Tick()
				}
			}
			hear(20, false, 40*time.Second)
			if s.Speaking() {
				t.Fatal("a tone of 40 s is still a voice")
			}
			hear(media.Silence, c.stated, c.pause)
			hear(20, false, media.FrameTime)
			if s.Heard() != c.heard {
				t.Errorf("heard: %v", s.Heard())
			}
		})
	}
}

func BenchmarkTick(b *testing.B) {
	d := speakers.New(3)
	var list []*speakers.Speaker
	for range 20 {
		list = append(list, d.Join())
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		for j, s := range list {
			s.Hear(30, (i+j)%7 < 2, true)
		}
		d.Tick()
	}
}
