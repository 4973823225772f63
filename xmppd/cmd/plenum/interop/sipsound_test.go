//go:build interop

package interop

import (
	"fmt"
	"testing"
	"time"

	"plenum/components/media"
)

// soundFor is how long a benchmark of sound measures; all calls are set up before.
const soundFor = 20 * time.Second

// BenchmarkSIPSound is what calls cost that go on: 100 or 300 in G.711, which are relayed, 30 between Opus and G.711, and a conference of 20 phones in G.711,
// three of which speak. The figures are of the whole process, sockets included.
func BenchmarkSIPSound(b *testing.B) {
	for _, n := range []int{100, 300} {
		b.Run(fmt.Sprintf("%d relayed", n), func(b *testing.B) {
			inOffices(b, n, func(b *testing.B, o *office) { o.measureSound(b, o.calls(b, n, media.PCMA)) })
		})
	}
	b.Run("30 Opus to G711", func(b *testing.B) {
		inOffices(b, 30, func(b *testing.B, o *office) { o.measureSound(b, o.calls(b, 30, media.Opus)) })
	})
	b.Run("conference of 20", func(b *testing.B) {
		inOffices(b, 20, func(b *testing.B, o *office) { o.measureSound(b, o.meets(b)) })
	})
}

// calls has so many calls from the trunk.
func (o *office) calls(b *testing.B, n int, outside media.Codec) (ends []*end) {
	a := &attempt{TB: b, office: o}
	b.Cleanup(a.clean)
	a.play(b, func() {
		for range n {
			to := a.extension()
			callee, caller := a.phone(to), a.outside()
			caller.sound.sends(b, outside, true)
			ends = append(ends, a.connect(caller, callee, fromOutside+to.number).ends...)
		}
	})
	return ends
}

// meets has everybody in a conference.
func (o *office) meets(b *testing.B) (ends []*end) {
	a := &attempt{TB: b, office: o}
	b.Cleanup(a.clean)
	a.play(b, func() {
		for i := range o.people {
			p := a.phone(a.extension())
			p.sound.sends(b, media.PCMA, i < 3)
			ends = append(ends, a.connect(p, nil, o.meeting).ends...)
		}
	})
	return ends
}

// measureSound measures calls that go on; everybody has to hear.
func (o *office) measureSound(b *testing.B, ends []*end) {
	b.Helper()
	time.Sleep(5 * time.Second) // prompts are over
	var before, after int64
	for _, e := range ends {
		before += e.sound.heard.Load()
	}
	spent, from := processorTime(b, o.pid), time.Now()
	time.Sleep(soundFor)
	length := time.Since(from)
	spent = processorTime(b, o.pid) - spent
	for _, e := range ends {
		after += e.sound.heard.Load()
	}
	share := float64(after-before) / (float64(len(ends)) * length.Seconds() / media.FrameTime.Seconds())
	if share < 0.7 {
		b.Errorf("they hear %.0f %% of what they should", 100*share)
	}
	b.ReportMetric(100*spent.Seconds()/length.Seconds(), "%core")
	b.ReportMetric(100*share, "%heard")
	b.ReportMetric(residentMB(o.pid), "MB-RSS")
	b.ReportMetric(0, "ns/op")
}
