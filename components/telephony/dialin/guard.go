package dialin

import (
	"sync"
	"time"

	"plenum/xmppd/lru"
)

// The guard keeps those out who guess PINs. With a thousand groups one PIN in 900,000 is right: at 100 wrong ones an hour, from however many
// numbers, it takes half a year to find one. A single caller is slowed down much earlier.
//
// Numbers can be forged, so what counts for all does not care for them; but for those who have known a PIN before as many wrong ones are set
// aside, so that they are let in even while others guess.

const (
	freeWrong  = 3                   // wrong PINs of one caller without consequence
	firstBlock = 30 * time.Second    // for the next; each further one doubles it,
	longBlock  = 12 * time.Hour      // up to this, or
	manyBlock  = 10 * time.Minute    // for all together who withhold their number,
	forgetAt   = 24 * time.Hour      // and it is forgotten so long after the last
	knownFor   = 30 * 24 * time.Hour // after a right one

	trackedCallers = 1 << 14 // those of whom nothing was heard for the longest time are forgotten
)

// guard is the memory of one server. Of several each has its own.
type guard struct {
	turn sync.Mutex // of who tries a PIN

	mu      sync.Mutex
	perHour float64
	tokens  float64 // wrong PINs that are left for all
	reserve float64 // and for those who have known one
	last    time.Time
	wrongBy *lru.Cache[string, record]
	rightBy *lru.Cache[string, time.Time]
}

// record is what one caller has done.
type record struct {
	wrong int
	last  time.Time
}

func newGuard(perHour int) *guard {
	return &guard{perHour: float64(perHour), tokens: float64(perHour), reserve: float64(perHour), wrongBy: lru.New[string, record](trackedCallers), rightBy: lru.New[string, time.Time](trackedCallers)}
}

// key names a caller. All who withhold their number are one, but those are told apart whose telephones are known.
func (c *Caller) key() string {
	if !c.User.IsZero() {
		return c.User.Bare().String()
	}
	return c.Number
}

// may reports whether a caller may enter a PIN now.
func (g *guard) may(c *Caller, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if r, ok := g.wrongBy.Get(c.key()); ok && now.Sub(r.last) < r.block(c) {
		return false
	}
	g.refill(now)
	return g.tokens >= 1 || g.reserve >= 1 && g.trusts(c, now)
}

// trusts reports whether a caller is at a telephone of this server, or has known a PIN before.
func (g *guard) trusts(c *Caller, now time.Time) bool {
	at, known := g.rightBy.Get(c.Number)
	return !c.User.IsZero() || c.Number != "" && known && now.Sub(at) < knownFor
}

func (g *guard) refill(now time.Time) {
	if !g.last.IsZero() {
		more := now.Sub(g.last).Hours() * g.perHour
		g.tokens, g.reserve = min(g.tokens+more, g.perHour), min(g.reserve+more, g.perHour)
	}
	g.last = now
}

// block is how long a caller is not asked again after his last wrong PIN.
func (r record) block(c *Caller) time.Duration {
	if r.wrong < freeWrong {
		return 0
	}
	longest := longBlock
	if c.key() == "" {
		longest = manyBlock
	}
	block := firstBlock
	for i := freeWrong; i < r.wrong && block < longest; i++ {
		block *= 2
	}
	return min(block, longest)
}

// wrong counts a wrong PIN.
func (g *guard) wrong(c *Caller, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refill(now)
	if g.tokens >= 1 {
		g.tokens--
	} else {
		g.reserve = max(g.reserve-1, 0)
	}
	r, _ := g.wrongBy.Get(c.key())
	if now.Sub(r.last) > forgetAt {
		r.wrong = 0
	}
	g.wrongBy.Put(c.key(), record{r.wrong + 1, now})
}

// right notes that a caller knows a PIN. What he has guessed before counts on.
func (g *guard) right(c *Caller, now time.Time) {
	if c.Number == "" {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.rightBy.Put(c.Number, now)
}
