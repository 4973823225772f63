package archive

import (
	"math"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"
)

// ID names a stanza within an archive: milliseconds since 1970 in the upper 43 bits, a number below 2^20 in the others. IDs grow
// with time. On the wire it is a decimal number.
type ID int64

const idShift = 20

// Time is when the stanza was archived.
func (id ID) Time() time.Time { return time.UnixMilli(int64(id) >> idShift).UTC() }

func (id ID) String() string { return strconv.FormatInt(int64(id), 10) }

// ParseID reads the wire form; ok is false for what no archive here has ever given out.
func ParseID(s string) (id ID, ok bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return ID(n), err == nil && n > 0 && strconv.FormatInt(n, 10) == s
}

// firstFrom is the lowest id that is not before t.
func firstFrom(t time.Time) ID {
	ms := t.UnixMilli()
	if t.After(time.UnixMilli(ms)) {
		ms++ // ids know milliseconds only
	}
	return ID(min(max(ms, 0), math.MaxInt64>>idShift) << idShift)
}

// firstAfter is the lowest id that is after t.
func firstAfter(t time.Time) ID {
	return ID(min(max(t.UnixMilli()+1, 0), math.MaxInt64>>idShift) << idShift)
}

// idSource makes ids that grow, that nobody can foretell (XEP-0313#archives), and that two nodes hardly ever give to the same
// archive: within a millisecond they begin anywhere in the lower half and go on by a random step.
type idSource struct {
	mu   sync.Mutex
	last ID
}

const maxStep = 64 // so that a millisecond has room for some 16,000 ids; more take from the next one

func (s *idSource) next() ID {
	first := ID(time.Now().UnixMilli()<<idShift | rand.Int64N(1<<(idShift-1)))
	step := 1 + ID(rand.Int64N(maxStep))
	s.mu.Lock()
	defer s.mu.Unlock()
	if first>>idShift > s.last>>idShift {
		s.last = first
	} else {
		s.last += step
	}
	return s.last
}
