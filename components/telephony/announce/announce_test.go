package announce_test

import (
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/components/telephony/announce"
	"plenum/components/telephony/prompts"
	"plenum/xmppd/fault"
)

type line struct {
	mu  sync.Mutex
	got []call.Event
}

func (l *line) Post(e call.Event) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.got = append(l.got, e)
	return true
}

// Each reason that has words is told as early media, and then the call ends for it.
func TestReasonsAreTold(t *testing.T) {
	spoken, err := prompts.New("", "en")
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for why := range call.Reasons {
		synctest.Test(t, func(t *testing.T) {
			s := announce.New(spoken, slog.New(slog.DiscardHandler))
			defer s.Close()
			l := &line{}
			_, end := call.Pipe(call.Offer{ID: "line"}, l)
			sink, err := s.Tell(why, "de", end)
			if err != nil {
				if announce.Knows(why) || !fault.Is(err, fault.NotFound) {
					t.Errorf("%v: %v", why, err)
				}
				return
			}
			told++
			end.SetSink(sink)
			begin := time.Now()
			synctest.Wait()
			over := 0
			for range 100 {
				time.Sleep(100 * time.Millisecond)
				l.mu.Lock()
				if n := len(l.got); n > 0 && l.got[n-1] == (call.Ended{Reason: why}) && over == 0 {
					over = int(time.Since(begin) / time.Millisecond)
				}
				l.mu.Unlock()
			}
			if over < 1000 {
				t.Errorf("%v was told in %d ms", why, over)
			}
			for _, e := range l.got {
				if _, ok := e.(call.Answered); ok {
					t.Errorf("%v: the call was answered", why)
				}
			}
		})
	}
	if told < 8 {
		t.Errorf("%d reasons are told", told)
	}
}
