package digest

import (
	"cmp"
	"hash/maphash"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// A usage is how a nonce was used: the highest nonce count that has come, and which of those below it, so that requests which overtake each other on
// their way are taken, each once.
type usage struct {
	highest uint32
	seen    uint64 // bit n is highest-n
	last    uint64 // which request was taken last, see identity
}

// countWindow is how far counts may overtake each other.
const countWindow = 64

// take reports whether a count comes for the first time.
func (u *usage) take(count uint32) bool {
	switch back := u.highest - count; {
	case u.seen == 0:
		u.highest, u.seen = count, 1
	case count > u.highest:
		if ahead := count - u.highest; ahead < countWindow {
			u.seen = u.seen<<ahead | 1
		} else {
			u.seen = 1
		}
		u.highest = count
	case back >= countWindow || u.seen&(1<<back) != 0:
		return false
	default:
		u.seen |= 1 << back
	}
	return true
}

// maxUsed is how many nonces are remembered, twice: 2000 phones register in a second with one each, and most keep theirs for longer.
const maxUsed = 1 << 17

// used remembers how nonces were used with the right password; others are of no use to a thief. When there are too many, the oldest are forgotten, and
// nonces that may be among those are good no more: their phones are asked again, and nobody sees it.
type used struct {
	mu      sync.Mutex
	most    int              // maxUsed when it is 0
	now     map[uint64]usage // by the beginning of the nonce's MAC
	before  map[uint64]usage
	since   time.Time // that now is filled
	horizon time.Time // nothing is forgotten of nonces made later
}

// take reports whether a use of the nonce is its first with this count, and none of a nonce of which nothing is known any more. The request that was taken last may
// come again, from the same place: its answer was lost.
func (u *used) take(nonce uint64, made time.Time, count uint32, request uint64) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if now := time.Now(); u.now == nil || len(u.now) >= cmp.Or(u.most, maxUsed) || now.Sub(u.since) > NonceTime {
		u.before, u.horizon = u.now, u.since
		u.now, u.since = make(map[uint64]usage), now
	}
	if made.Before(u.horizon) {
		return false
	}
	n, ok := u.now[nonce]
	if !ok {
		n = u.before[nonce]
	}
	if n.seen != 0 && n.last == request {
		return true
	}
	if !n.take(count) {
		return false
	}
	n.last = request
	u.now[nonce] = n
	return true
}

var seed = maphash.MakeSeed()

// identity is what a request and its repetitions have in common (RFC 3261 §17.2.3), and no other request, nor the same from somewhere else.
func identity(req *sip.Request, from netip.AddrPort, response string) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	maphash.WriteComparable(&h, from)
	if id := req.CallID(); id != nil {
		maphash.WriteComparable(&h, string(*id))
	}
	if seq := req.CSeq(); seq != nil {
		maphash.WriteComparable(&h, seq.SeqNo)
	}
	if via := req.Via(); via != nil {
		branch, _ := via.Params.Get("branch")
		maphash.WriteComparable(&h, branch)
	}
	maphash.WriteComparable(&h, response)
	return h.Sum64()
}
