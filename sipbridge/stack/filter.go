package stack

import (
	"bytes"
	"net/netip"
	"strings"
	"sync"
	"time"

	"plenum/xmppd/lru"
)

// scanners are what programs call themselves that look for servers to break into. Whoever looks for us by these gets no answer, and so no cause to go on.
var scanners = [][]byte{
	[]byte("sipvicious"), []byte("friendly-scanner"), []byte("friendly-request"), []byte("sipcli"), []byte("pplsip"), []byte("sip-scan"), []byte("sipscan"),
	[]byte("sundayddr"), []byte("iwar"), []byte("sivus"), []byte("smap"), []byte("vaxsipuseragent"), []byte("siparmyknife"), []byte("eyebeam-scan"), []byte("cseqscan"),
}

// inTo is how many of them are looked for in To as well, where the others could be part of somebody's name.
const inTo = 3

// trackedAddresses is of how many addresses the rate is known; the one not heard for the longest time is forgotten.
const trackedAddresses = 1 << 14

// A filter looks at messages before the parser does.
type filter struct {
	rate, burst float64
	unlimited   []netip.Prefix
	refused     func(netip.AddrPort) bool // an address that is locked out; nil: none is

	mu      sync.Mutex
	buckets *lru.Cache[netip.Addr, bucket]
}

// A bucket is emptied by messages and filled by time.
type bucket struct {
	left float64
	at   time.Time
}

func newFilter(cfg *Config) filter {
	unlimited, _ := parsePrefixes(cfg.Unlimited) // Validate has looked at it
	return filter{rate: float64(cfg.Rate), burst: float64(cfg.Burst), unlimited: unlimited, buckets: lru.New[netip.Addr, bucket](trackedAddresses)}
}

// Refuse lets fn say from where nothing is taken. It is asked for each message.
func (s *Stack) Refuse(fn func(netip.AddrPort) bool) { s.filter.refused = fn }

// drops says why a message is dropped; "" when it is not.
func (f *filter) drops(b []byte, from netip.AddrPort) string {
	switch {
	case f.refused != nil && f.refused(from):
		return "locked out"
	case !f.allow(from.Addr(), time.Now()):
		return "flood"
	case scans(b):
		return "scanner"
	}
	return ""
}

// allow takes a message from an address's bucket. Programs of this machine need no network to do harm, and have no limit.
func (f *filter) allow(addr netip.Addr, now time.Time) bool {
	if addr.IsLoopback() {
		return true
	}
	for _, p := range f.unlimited {
		if p.Contains(addr) {
			return true
		}
	}
	if addr.Is6() {
		if network, err := addr.Prefix(64); err == nil { // which is what one customer gets
			addr = network.Addr()
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	b, ok := f.buckets.Get(addr)
	if !ok {
		b = bucket{left: f.burst, at: now}
	}
	b.left = min(f.burst, b.left+f.rate*now.Sub(b.at).Seconds())
	b.at = now
	passes := b.left >= 1
	if passes {
		b.left--
	}
	f.buckets.Put(addr, b)
	return passes
}

// scans looks for a scanner's name in User-Agent, or in the To of those that leave it out.
func scans(b []byte) bool {
	head, _, _ := bytes.Cut(b, []byte("\r\n\r\n"))
	for line := range bytes.SplitSeq(head, []byte("\n")) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		names := scanners
		switch strings.ToLower(string(bytes.TrimSpace(name))) {
		case "user-agent":
		case "to", "t":
			names = scanners[:inTo]
		default:
			continue
		}
		value = bytes.ToLower(value)
		for _, s := range names {
			if bytes.Contains(value, s) {
				return true
			}
		}
	}
	return false
}
