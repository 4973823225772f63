package conference

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"plenum/components/media"
)

// voicesOf makes so many voices, all of which state their level.
func voicesOf(n int) []*voice {
	list := make([]*voice, n)
	for i := range list {
		t := media.NewTrack(media.TrackConfig{ID: "mic", Kind: media.Audio, Codec: media.Opus})
		list[i] = newVoice(i+1, t, func() {})
		list[i].flags.Store(true)
	}
	return list
}

func TestABeatAllocatesNothing(t *testing.T) {
	list := voicesOf(50)
	var voices atomic.Pointer[[]*voice]
	voices.Store(&list)
	told := 0
	b := newBeat(&voices, func(spoken) { told++ })
	now := time.Now()
	for range 100 { // two speak, and it is known
		now = now.Add(media.FrameTime)
		list[3].track.SetLevel(20, true, now)
		list[7].track.SetLevel(30, true, now)
		b.tick(now)
	}
	if told == 0 || b.owner(b.dominant) != 4 {
		t.Fatalf("was told %d times, number %d speaks", told, b.owner(b.dominant))
	}
	before := told
	if n := testing.AllocsPerRun(200, func() {
		now = now.Add(media.FrameTime)
		list[3].track.SetLevel(20, true, now)
		list[7].track.SetLevel(30, true, now)
		b.tick(now)
	}); n != 0 || told != before {
		t.Errorf("%v allocations in a beat, told %d times more", n, told-before)
	}
	// Who leaves is not heard any longer.
	rest := append(list[:3:3], list[4:]...)
	voices.Store(&rest)
	b.tick(now)
	if told == before || b.owner(b.dominant) == 4 {
		t.Error("who has left is heard")
	}
}

func BenchmarkBeat(b *testing.B) {
	for _, n := range []int{5, 50, 200} {
		b.Run(fmt.Sprintf("%d people", n), func(b *testing.B) {
			list := voicesOf(n)
			var voices atomic.Pointer[[]*voice]
			voices.Store(&list)
			beat := newBeat(&voices, func(spoken) {})
			now := time.Now()
			b.ReportAllocs()
			for b.Loop() {
				now = now.Add(media.FrameTime)
				list[1].track.SetLevel(20, true, now)
				beat.tick(now)
			}
		})
	}
}

// BenchmarkChoose is what a change of who speaks costs for each participant.
func BenchmarkChoose(b *testing.B) {
	for _, n := range []int{5, 25, 200} {
		b.Run(fmt.Sprintf("%d people", n), func(b *testing.B) {
			s := &scene{heard: []int{1, 2, 3}, dominant: 1}
			for who := 1; who <= n; who++ {
				s.voices = append(s.voices, who)
				s.cameras = append(s.cameras, camera{who, uint64(who % 7)})
			}
			s.rank()
			sounds, pictures := make([]choice, 3), make([]choice, 9)
			w := &wish{self: 2, visible: all(9, true), takes: func(choice) bool { return true }}
			for b.Loop() {
				sounds, pictures = listen(sounds, 2, s), watch(pictures, w, s)
			}
		})
	}
}
