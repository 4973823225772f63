package xmppd

import "time"

// rateLimiter is a token bucket of bytes for what one session sends. It is owned by the reader.
type rateLimiter struct {
	perSecond float64
	tokens    float64
	last      time.Time
}

// burstSeconds is how much of the sustained rate may come at once.
const burstSeconds = 10

func newRateLimiter(perSecond int) *rateLimiter {
	return &rateLimiter{perSecond: float64(perSecond), tokens: burstSeconds * float64(perSecond), last: time.Now()}
}

// take books n bytes and says how long to wait before the next read.
func (l *rateLimiter) take(n int) time.Duration {
	if l == nil {
		return 0
	}
	now := time.Now()
	l.tokens = min(l.tokens+now.Sub(l.last).Seconds()*l.perSecond, burstSeconds*l.perSecond) - float64(n)
	l.last = now
	if l.tokens >= 0 {
		return 0
	}
	return time.Duration(-l.tokens / l.perSecond * float64(time.Second))
}
