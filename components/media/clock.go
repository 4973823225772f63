package media

import (
	"context"
	"time"
)

// tooLate is how many frames a beat may fall behind before it leaves some out. Up to there it catches up, frame by frame.
const tooLate = 5

// Beat calls frame each [FrameTime] until ctx is done. n counts frames since the beginning, also those left out when the machine could
// not keep up. Deadlines are absolute, so that n/50 seconds have passed since the beginning however late a single call was.
func Beat(ctx context.Context, frame func(n uint32)) {
	begin := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for n := uint32(0); ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		frame(n)
		past := time.Since(begin)
		if behind := uint32(past/FrameTime) - n; int32(behind) > tooLate {
			n += behind
		}
		timer.Reset(time.Until(begin.Add(time.Duration(n+1) * FrameTime)))
	}
}
