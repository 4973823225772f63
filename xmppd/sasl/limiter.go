package sasl

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"

	"plenum/xmppd/lru"
)

// Limits of failed logins. An account is not locked as such, only for the address that fails: otherwise anybody could lock out anybody.
const (
	DefaultAccountFailures = 10
	DefaultAccountWindow   = 5 * time.Minute
	DefaultAddressFailures = 100 // higher, since a whole office may share an address
	DefaultAddressWindow   = 10 * time.Minute

	// Entries kept; past that, the one not seen for the longest time is forgotten. Some 15 MiB each at most, with the default limits.
	trackedPairs     = 1 << 16
	trackedAddresses = 1 << 14
)

// LimiterConfig sets when failed logins lock out.
type LimiterConfig struct {
	AccountFailures int           `toml:"account_failures" doc:"Failed logins to one account from one address until that address is locked out of it. Default 10."`
	AccountWindow   time.Duration `toml:"account_window" doc:"The time in which these failures count. Default 5m."`
	AddressFailures int           `toml:"address_failures" doc:"Failed logins from one address, to any account, until it is locked out of all. Default 100."`
	AddressWindow   time.Duration `toml:"address_window" doc:"The time in which these failures count. Default 10m."`
}

// Limiter counts failed logins by account and address, and by address alone, in sliding windows. An IPv6 address counts as its /64, since that is
// what one customer gets. An empty user stands for a login without account: only its address counts. A nil Limiter allows everything.
//
// Attempts made while locked out do not count, so that a device with an old password can log in again one window after it was corrected elsewhere.
type Limiter struct {
	cfg   LimiterConfig
	start time.Time
	seed  maphash.Seed

	mu        sync.Mutex
	pairs     *lru.Cache[pair, *failures]
	addresses *lru.Cache[netip.Addr, *failures]
}

// pair is an account and an address. The account is hashed because its name may be long and comes from an attacker.
type pair struct {
	user uint64
	addr netip.Addr
}

// NewLimiter returns a Limiter; zero fields mean the defaults.
func NewLimiter(cfg LimiterConfig) *Limiter {
	if cfg.AccountFailures <= 0 {
		cfg.AccountFailures = DefaultAccountFailures
	}
	if cfg.AccountWindow <= 0 {
		cfg.AccountWindow = DefaultAccountWindow
	}
	if cfg.AddressFailures <= 0 {
		cfg.AddressFailures = DefaultAddressFailures
	}
	if cfg.AddressWindow <= 0 {
		cfg.AddressWindow = DefaultAddressWindow
	}
	return &Limiter{
		cfg:       cfg,
		start:     time.Now(),
		seed:      maphash.MakeSeed(),
		pairs:     lru.New[pair, *failures](trackedPairs),
		addresses: lru.New[netip.Addr, *failures](trackedAddresses),
	}
}

// Allow reports whether a login may succeed now.
func (l *Limiter) Allow(user string, addr netip.Addr) bool {
	if l == nil {
		return true
	}
	addr = network(addr)
	now := time.Since(l.start)
	l.mu.Lock()
	defer l.mu.Unlock()
	if f, ok := l.addresses.Get(addr); ok && f.count(now-l.cfg.AddressWindow) >= l.cfg.AddressFailures {
		return false
	}
	f, ok := l.pairs.Get(l.pair(user, addr))
	return !ok || f.count(now-l.cfg.AccountWindow) < l.cfg.AccountFailures
}

// Fail counts a failed login.
func (l *Limiter) Fail(user string, addr netip.Addr) {
	if l == nil {
		return
	}
	addr = network(addr)
	now := time.Since(l.start)
	l.mu.Lock()
	defer l.mu.Unlock()
	note(l.addresses, addr, now, l.cfg.AddressWindow, l.cfg.AddressFailures)
	if user != "" {
		note(l.pairs, l.pair(user, addr), now, l.cfg.AccountWindow, l.cfg.AccountFailures)
	}
}

// Succeed forgets the failures of this account from this address. Those of the address stay: an attacker may have an account of his own.
func (l *Limiter) Succeed(user string, addr netip.Addr) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pairs.Delete(l.pair(user, network(addr)))
}

// LockOut says what an address is locked out of.
type LockOut int

// What an address can be locked out of.
const (
	NoLockOut    LockOut = iota
	OfAccount            // one account
	OfEverything         // all accounts
)

// NewLockOut reports what an address that just failed is locked out of. Each lock-out is reported once, so that a log of them does not grow with the
// attempts made meanwhile.
func (l *Limiter) NewLockOut(user string, addr netip.Addr) LockOut {
	if l == nil {
		return NoLockOut
	}
	addr = network(addr)
	now := time.Since(l.start)
	l.mu.Lock()
	defer l.mu.Unlock()
	if f, ok := l.addresses.Get(addr); ok && f.count(now-l.cfg.AddressWindow) >= l.cfg.AddressFailures {
		return f.report(OfEverything)
	}
	if f, ok := l.pairs.Get(l.pair(user, addr)); ok && f.count(now-l.cfg.AccountWindow) >= l.cfg.AccountFailures {
		return f.report(OfAccount)
	}
	return NoLockOut
}

func (l *Limiter) pair(user string, addr netip.Addr) pair {
	return pair{user: maphash.String(l.seed, user), addr: addr}
}

// network returns what is counted as one address.
func network(addr netip.Addr) netip.Addr {
	addr = addr.Unmap()
	if addr.Is6() {
		prefix, _ := addr.Prefix(64) // never fails for IPv6
		return prefix.Addr()
	}
	return addr
}

// failures are the times of the last failures, oldest first, as durations since the limiter's start.
type failures struct {
	times    []time.Duration
	reported bool // as a lock-out, since the last failure was added
}

// report returns what, the first time after a failure.
func (f *failures) report(what LockOut) LockOut {
	if f.reported {
		return NoLockOut
	}
	f.reported = true
	return what
}

// count drops what is not after the given time and returns how many are left.
func (f *failures) count(after time.Duration) int {
	expired := 0
	for expired < len(f.times) && f.times[expired] <= after {
		expired++
	}
	f.times = append(f.times[:0], f.times[expired:]...)
	return len(f.times)
}

// note adds a failure; not more than limit are kept, since more would lock out no harder.
func note[K comparable](cache *lru.Cache[K, *failures], key K, now, window time.Duration, limit int) {
	f, ok := cache.Get(key)
	if !ok {
		f = &failures{}
		cache.Put(key, f)
	}
	if f.count(now-window) < limit {
		f.times, f.reported = append(f.times, now), false
	}
}
