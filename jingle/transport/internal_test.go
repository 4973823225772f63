package transport

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/stun/v4"
)

// A fakeClock is a queue's time, set by the test.
type fakeClock struct{ now time.Duration }

func (c *fakeClock) clock() time.Duration { return c.now }

func TestQueueDropsVideoBeforeVoice(t *testing.T) {
	var clock fakeClock
	var total Counters
	q := newQueue(4, clock.clock, new(holds), &total)
	path := newPath(nil, netip.AddrPort{}, q)
	put := func(class Class, n int) bool {
		b := NewBuffer()
		b.SetLen(n)
		return q.push(path.flow(class), b)
	}
	for n := range 4 {
		if !put(Video, n+1) {
			t.Fatal("no room for video")
		}
	}
	if put(Video, 9) {
		t.Error("a fifth packet found a place")
	}
	if !put(Voice, 100) {
		t.Error("video has taken the place of sound")
	}
	clock.now = videoWait + 1
	put(Voice, 101)
	put(Video, 10) // still no place: the four are there until somebody takes
	var list [batch]*Buffer
	if n := q.next(list[:]); n != 2 || list[0].n != 100 || list[1].n != 101 {
		t.Errorf("%d packets came", n)
	}
	if got := total.Dropped(VideoLate); got != 6 {
		t.Errorf("%d video packets were dropped", got)
	}
	put(Voice, 102)
	put(Video, 11)
	clock.now += videoWait
	if n := q.next(list[:]); n != 2 || list[0].n != 102 || list[1].n != 11 {
		t.Errorf("of what is not late %d came", n)
	}
	put(Voice, 103)
	clock.now += voiceWait + 1
	put(Voice, 104)
	if n := q.next(list[:]); n != 1 || list[0].n != 104 || total.Dropped(VoiceLate) != 1 {
		t.Errorf("of late sound %d came, %d was dropped", n, total.Dropped(VoiceLate))
	}
	q.close()
	if q.next(list[:]) != 0 || put(Voice, 1) {
		t.Error("a closed queue goes on")
	}
}

// Packets to one address leave together, in their order; and while somebody gives packets to many, they are gathered.
func TestQueueKeepsTogetherWhatGoesToOne(t *testing.T) {
	var clock fakeClock
	var total Counters
	var hold holds
	q := newQueue(100, clock.clock, &hold, &total)
	paths := [3]*path{}
	for i := range paths {
		paths[i] = newPath(nil, netip.AddrPortFrom(netip.IPv4Unspecified(), uint16(i)), q)
	}
	hold.n.Add(1)
	for n := range 3 {
		for _, w := range paths {
			b := NewBuffer()
			b.SetLen(n + 1)
			q.push(w.flow(Video), b)
		}
	}
	if q.ready {
		t.Error("written while more is to come")
	}
	b := NewBuffer()
	b.SetLen(1)
	q.push(paths[2].flow(Voice), b)
	hold.n.Add(-1)
	q.flush()
	var list [4]*Buffer
	type packet struct {
		to, n int
	}
	var got []packet
	for q.ready {
		for _, b := range list[:q.next(list[:])] {
			got = append(got, packet{int(b.to.Port()), b.n})
		}
	}
	if want := []packet{{2, 1}, {0, 1}, {0, 2}, {0, 3}, {1, 1}, {1, 2}, {1, 3}, {2, 1}, {2, 2}, {2, 3}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if q.push(paths[0].flow(Voice), NewBuffer()); !q.ready {
		t.Error("a packet waits for nothing")
	}
}

// A guest who names another's address as his own candidate must not get the other's packets, nor cut him off.
func TestAddressBelongsToWhoWasHeardThere(t *testing.T) {
	e := &Engine{start: time.Now()}
	victim, liar := &Transport{engine: e}, &Transport{engine: e}
	p := newPort(e, netip.MustParseAddrPort("192.0.2.1:19302"), false)
	at := netip.MustParseAddrPort("198.51.100.2:4000")
	p.ask(victim, at)
	p.claim(victim, at)
	p.ask(liar, at)
	if p.owner(at) != victim {
		t.Error("asking takes an address away")
	}
	p.claim(liar, at) // a spoofed check
	if p.owner(at) != victim {
		t.Error("a check takes an address away from a transport that is alive")
	}
	p.peers[at].checked = -2 * holdAddress // it has been silent
	p.claim(liar, at)
	if p.owner(at) != liar {
		t.Error("a NAT cannot give a port to somebody else")
	}
	p.forget(liar)
	if p.owner(at) != nil {
		t.Error("a closed transport owns an address")
	}
	p.forget(victim)
	if len(p.peers) != 0 || len(p.used) != 0 {
		t.Errorf("left over: %v %v", p.peers, p.used)
	}
}

func TestOneTransportHasFewAddresses(t *testing.T) {
	e := &Engine{start: time.Now()}
	greedy := &Transport{engine: e}
	p := newPort(e, netip.MustParseAddrPort("192.0.2.1:19302"), false)
	for port := range uint16(1000) {
		at := netip.AddrPortFrom(netip.MustParseAddr("198.51.100.2"), 1+port)
		p.ask(greedy, at)
		p.claim(greedy, at)
	}
	if len(p.peers) != maxAddresses || p.used[greedy] != maxAddresses {
		t.Errorf("it has %d addresses and is counted with %d", len(p.peers), p.used[greedy])
	}
	p.forget(greedy)
	if len(p.peers) != 0 {
		t.Errorf("%d are left", len(p.peers))
	}
}

func TestFingerprint(t *testing.T) {
	certificate := []byte("certificate")
	for _, hash := range []string{"sha-256", "SHA-384", "sha-512"} {
		f := newFingerprint(hash, certificate)
		lower := Fingerprint{hash, strings.ToLower(f.Value)}
		if !f.Match(certificate) || !lower.Match(certificate) || f.Match([]byte("other")) || !f.usable() {
			t.Errorf("%s does not match itself alone", hash)
		}
	}
	good := newFingerprint("sha-256", certificate)
	for _, f := range []Fingerprint{{}, {"sha-1", good.Value}, {"md5", good.Value}, {"sha-256", good.Value[3:]}, {"sha-256", strings.ReplaceAll(good.Value, ":", "")},
		{"sha-256", good.Value + ":"}, {"sha-256", "zz" + good.Value[2:]}, {"sha-256", ""}} {
		if f.usable() || f.Match(certificate) {
			t.Errorf("%+v was taken", f)
		}
	}
}

func FuzzFingerprint(f *testing.F) {
	f.Add("sha-256", newFingerprint("sha-256", nil).Value)
	f.Add("sha-1", "AA:BB")
	f.Fuzz(func(t *testing.T, hash, value string) {
		p := Fingerprint{hash, value}
		if sum := p.octets(); sum != nil && 3*len(sum)-1 != len(value) {
			t.Errorf("%q became %x", value, sum)
		}
		if p.Match(nil) && !p.usable() {
			t.Errorf("%+v matches but is not usable", p)
		}
	})
}

// What the ports read of STUN agrees with pion/stun wherever both can read it.
func FuzzSTUN(f *testing.F) {
	m, err := stun.Build(stun.TransactionID, stun.BindingRequest, stun.NewUsername("abcd:efgh"), stun.NewShortTermIntegrity("secret"), stun.Fingerprint)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(m.Raw)
	f.Add([]byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42})
	f.Fuzz(func(t *testing.T, b []byte) {
		kind := stunType(b)
		if kind == 0 {
			return
		}
		user := stunUfrag(b)
		theirs := &stun.Message{Raw: bytes.Clone(b)}
		if theirs.Decode() != nil {
			return
		}
		name, err := theirs.Get(stun.AttrUsername)
		if err != nil {
			if user != nil {
				t.Errorf("a user %q where there is none", user)
			}
			return
		}
		before, _, found := bytes.Cut(name, []byte(":"))
		if found && len(before) > 0 && len(before) <= maxUserFragment && !bytes.Equal(before, user) {
			t.Errorf("the user is %q, not %q", before, user)
		}
	})
}

func FuzzDeliver(f *testing.F) {
	f.Add([]byte{0x80, 111, 0, 1, 0, 0, 0, 1, 0, 0, 0, 7})
	f.Add([]byte{22, 254, 253})
	f.Add([]byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	e := &Engine{start: time.Now(), byUfrag: map[string]*Transport{}}
	p := newPort(e, netip.MustParseAddrPort("192.0.2.1:19302"), false)
	from := netip.MustParseAddrPort("198.51.100.2:4000")
	f.Fuzz(func(t *testing.T, b []byte) {
		sum := func() (n uint64) {
			for _, d := range Drops() {
				n += e.counters.Dropped(d)
			}
			return n
		}
		before := sum()
		p.deliver(b, from)
		if sum() != before+1 {
			t.Errorf("%x of a stranger was not counted once", b)
		}
	})
}
