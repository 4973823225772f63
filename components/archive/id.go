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

// idSource makes ids that grow, that nobody can foretell (XEP-0313#archives), and that two nodes hardly ever give to the same archive:
// below the milliseconds stand ten bits of time, so that the order of several nodes is that of their clocks, and ten of chance.
type idSource struct {
	mu   sync.Mutex
	last ID
}

const (
	chanceBits = 10
	maxStep    = 16 // from one id to the next within a microsecond; what does not fit there takes from the next one
)

func (s *idSource) next() ID {
	now := time.Now()
	fraction := int64(now.Nanosecond()%int(time.Millisecond)) << (idShift - chanceBits) / int64(time.Millisecond)
	first := ID(now.UnixMilli()<<idShift | fraction<<chanceBits | rand.Int64N(1<<chanceBits))
	step := 1 + ID(rand.Int64N(maxStep))
	s.mu.Lock()
	defer s.mu.Unlock()
	if first>>chanceBits > s.last>>chanceBits {
		s.last = first
	} else {
		s.last += step
	}
	return s.last
}
