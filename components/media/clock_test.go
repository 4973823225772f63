package media_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/media"
)

func TestTheBeatDoesNotDrift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		begin := time.Now()
		var late []uint32
		media.Beat(ctx, func(n uint32) {
			if due := begin.Add(time.Duration(n) * media.FrameTime); time.Since(due) >= media.FrameTime {
				late = append(late, n)
			}
			switch n {
			case 100:
				time.Sleep(70 * time.Millisecond) // three frames are caught up with
			case 200:
				time.Sleep(time.Second) // fifty are not
			case 300:
				cancel()
			}
		})
		if !slices.Equal(late, []uint32{101, 102}) {
			t.Errorf("late frames %v", late)
		}
		if past := time.Since(begin); past != 6*time.Second {
			t.Errorf("300 frames took %v", past)
		}
	})
}
