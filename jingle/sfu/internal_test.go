package sfu

import (
	"slices"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"plenum/components/media"
	"plenum/jingle/sdp"
	"plenum/jingle/transport"
)

func TestGapsAreAskedForAgainButNotForEver(t *testing.T) {
	var g gaps
	if !g.add(10, 3, 0) {
		t.Fatal("three are too many")
	}
	g.found(8)
	var asked []time.Duration
	for now := time.Duration(0); now < 10*time.Second; now += 5 * time.Millisecond {
		if due := g.due(nil, now, 40*time.Millisecond); len(due) > 0 {
			if !slices.Equal(due, []uint16{7, 9}) {
				t.Fatalf("due %v", due)
			}
			asked = append(asked, now)
		}
	}
	if len(asked) != maxAsked || asked[0] != 0 || asked[1] < 40*time.Millisecond || asked[5]-asked[4] <= asked[1] || len(g.list) != 0 {
		t.Errorf("asked at %v, %d left", asked, len(g.list))
	}
	if !g.add(1000, maxGaps, 0) || g.add(2000, 1, 0) || len(g.list) != 0 {
		t.Error("one more than may be missing")
	}
}

func TestWhatIsLeftOutLeavesNoGap(t *testing.T) {
	var r renumbering
	var got []uint16
	for _, n := range []uint16{65533, 65534, 0, 3, 2} { // 65535 and 1 are left out, 3 overtakes 2
		if n == 0 {
			r.skip(65535)
		}
		if n == 3 {
			r.skip(1)
		}
		got = append(got, r.number(n))
	}
	if late := r.number(65534); late != 65534 {
		t.Errorf("a late packet is called %d", late)
	}
	if !slices.Equal(got, []uint16{65533, 65534, 65535, 1, 0}) {
		t.Errorf("called %v", got)
	}
	for n := range uint16(100) {
		r.skip(10 + n)
	}
	if n := r.number(200); n != 98 {
		t.Errorf("after many it is called %d", n)
	}
}

// Numbers wrap; nothing may depend on how long a stream has been running.
func TestAStreamThatGoesOnForLong(t *testing.T) {
	p := &Peer{start: time.Now()}
	track := media.NewTrack(media.TrackConfig{Codec: media.Opus})
	s := &sender{peer: p, sending: true, height: unlimited, link: &link{peer: p, out: nowhere{}}, codecs: []sdp.Codec{{Codec: media.Opus, ID: 111}},
		repairs: repairs{budget: repairBurst}}
	l := track.AddLayer("", 0)
	s.link.senders.Store(&[]*sender{s})
	s.link.up.Store(true)
	if err := s.bind(track); err != nil {
		t.Fatal(err)
	}
	var r renumbering
	var stream uint16
	for n := range uint32(300_000) {
		if stream++; n%70_000 == 10 {
			r.skip(stream)
			continue
		}
		packet := media.NewPacket(10)
		packet.Make(media.Header{Sequence: r.number(stream), Timestamp: n * 960, SSRC: 1}, []byte{1}, p.start)
		l.Publish(packet)
		if sent := n - (n-10)/70_000; n > 100 && s.highest != uint16(sent) {
			t.Fatalf("after %d packets the number is %d, not %d", n, s.highest, uint16(sent))
		}
	}
	if s.packets < 299_990 {
		t.Errorf("%d packets were sent", s.packets)
	}
	s.nacked([]byte{byte(s.highest >> 8), byte(s.highest), 0, 0}, p.start.Add(time.Second))
	if p.figures.resent.Load() != 1 {
		t.Error("the last packet was not sent again")
	}
}

// nowhere is where packets of no transport go.
type nowhere struct{}

func (nowhere) Send(b *transport.Buffer, _ transport.Class) bool { b.Release(); return true }
func (nowhere) SendRTCP([]byte) bool                             { return true }

func TestAStreamThatJumpsBeginsAnew(t *testing.T) {
	var r reception
	type step struct {
		sequence uint16
		ahead    int
		anew, ok bool
	}
	for _, s := range []step{
		{100, 1, true, true}, {102, 2, false, true}, {101, -1, false, true}, {40000, 0, false, false}, {103, 1, false, true},
		{40000, 0, false, false}, {40001, 1, true, true}, {40001, 0, false, true}, {39000, 0, false, false}, {40002, 1, false, true},
	} {
		if ahead, anew, ok := r.take(s.sequence); ahead != s.ahead || anew != s.anew || ok != s.ok {
			t.Errorf("%d is %d ahead, anew %v, taken %v", s.sequence, ahead, anew, ok)
		}
	}
}

// All that is written about arrivals is read the same by another implementation.
func TestFeedbackIsReadAsItWasMeant(t *testing.T) {
	for name, lost := range map[string]func(int) bool{
		"nothing is lost":   func(int) bool { return false },
		"every third":       func(n int) bool { return n%3 == 1 },
		"twenty in a row":   func(n int) bool { return n >= 30 && n < 50 },
		"all but every 50":  func(n int) bool { return n%50 != 0 },
		"with long silence": func(n int) bool { return n == 5 },
	} {
		t.Run(name, func(t *testing.T) {
			var a arrivals
			now := 12345 * time.Millisecond
			want, got := map[uint16]time.Duration{}, map[uint16]time.Duration{}
			read := func() {
				for a.waiting > 0 {
					b := a.append(nil, 1, 2)
					if len(b) == 0 {
						return
					}
					var f rtcp.TransportLayerCC
					if err := f.Unmarshal(b); err != nil {
						t.Fatalf("%v in %x", err, b)
					}
					at, i, n := time.Duration(f.ReferenceTime)*referenceUnit, 0, f.BaseSequenceNumber
					each := func(symbol uint16) {
						if n-f.BaseSequenceNumber < f.PacketStatusCount && symbol != 0 {
							at += time.Duration(f.RecvDeltas[i].Delta) * time.Microsecond
							got[n] = at
							i++
						}
						n++
					}
					for _, c := range f.PacketChunks {
						switch c := c.(type) {
						case *rtcp.RunLengthChunk:
							for range c.RunLength {
								each(c.PacketStatusSymbol)
							}
						case *rtcp.StatusVectorChunk:
							for _, s := range c.SymbolList {
								each(s)
							}
						}
					}
					if i != len(f.RecvDeltas) {
						t.Errorf("%d times for %d packets", len(f.RecvDeltas), i)
					}
					n = 0
					if !readArrivals(b[12:], func(sequence uint16, at time.Duration, received bool) {
						if received && got[sequence] != at {
							t.Errorf("read that %d came at %v, not %v", sequence, at, got[sequence])
						}
						n++
					}) || n != f.PacketStatusCount {
						t.Errorf("read of %d packets, not %d", n, f.PacketStatusCount)
					}
				}
			}
			for n := range 400 {
				sequence := uint16(65400 + n)
				now += time.Duration(n%7) * 900 * time.Microsecond
				if n == 10 {
					now += 300 * time.Millisecond // one delta is large
				}
				if name == "with long silence" && n%100 == 50 {
					now += 20 * time.Second // and this one is too long for any
				}
				if lost(n) {
					continue
				}
				want[sequence] = now
				if a.come(sequence, now) {
					read()
				}
			}
			read()
			for sequence, at := range want {
				if d := at - got[sequence]; d < 0 || d >= deltaUnit {
					t.Errorf("%d came at %v, told %v", sequence, at, got[sequence])
				}
			}
			if len(got) != len(want) {
				t.Errorf("told of %d, of %d", len(got), len(want))
			}
		})
	}
}

// Every message that is written is read by another implementation as it was meant.
func TestMessages(t *testing.T) {
	var b []byte
	b = appendNACK(b, 1, 2, []uint16{65535, 0, 15, 16, 40})
	b = appendPLI(b, 1, 3)
	b = appendFIR(b, 1, 4, 9)
	b = appendREMB(b, 1, 1_500_000, []uint32{5, 6})
	b = appendCNAME(b, 7, "abc")
	list, err := rtcp.Unmarshal(b)
	if err != nil || len(list) != 5 {
		t.Fatalf("%v, %v", list, err)
	}
	var lost []uint16
	for _, p := range list[0].(*rtcp.TransportLayerNack).Nacks {
		lost = append(lost, p.PacketList()...)
	}
	if !slices.Equal(lost, []uint16{65535, 0, 15, 16, 40}) {
		t.Errorf("NACK of %v", lost)
	}
	if p := list[1].(*rtcp.PictureLossIndication); p.MediaSSRC != 3 {
		t.Errorf("PLI %v", p)
	}
	if p := list[2].(*rtcp.FullIntraRequest); p.FIR[0].SSRC != 4 || p.FIR[0].SequenceNumber != 9 {
		t.Errorf("FIR %v", p)
	}
	if p := list[3].(*rtcp.ReceiverEstimatedMaximumBitrate); p.Bitrate < 1_499_000 || p.Bitrate > 1_500_000 || len(p.SSRCs) != 2 {
		t.Errorf("REMB %v", p)
	}
	if p := list[4].(*rtcp.SourceDescription); p.Chunks[0].Items[0].Text != "abc" {
		t.Errorf("SDES %v", p)
	}
	// And what others write is read here.
	p, rest, ok := nextRTCP(b)
	_, names, fb := p.feedback()
	var again []uint16
	nacked(names, func(n uint16) bool { again = append(again, n); return true })
	if !ok || !fb || !slices.Equal(again, lost) || len(rest) == 0 {
		t.Errorf("read %v", again)
	}
}

func TestTimeOfReports(t *testing.T) {
	at := time.Date(2026, 11, 26, 22, 10, 0, 123456789, time.UTC)
	if d := timeNTP(ntpTime(at)).Sub(at); d < -time.Nanosecond || d > time.Nanosecond {
		t.Errorf("off by %v", d)
	}
	var c peerClock
	first := c.moment(ntpTime(at), at.Add(time.Hour)) // the peer's clock is an hour slow
	later := c.moment(ntpTime(at.Add(time.Second)), at.Add(time.Hour+time.Second+50*time.Millisecond))
	if d := later.Sub(first); d < time.Second || d > time.Second+time.Millisecond {
		t.Errorf("a report that was held up moves the clock by %v", d-time.Second)
	}
}

func FuzzRTCP(f *testing.F) {
	b := appendNACK(nil, 1, 2, []uint16{5, 6, 90})
	f.Add(appendREMB(appendFIR(appendPLI(b, 1, 2), 1, 2, 3), 1, 1e6, []uint32{9}))
	f.Add(appendBlock(appendHead(nil, 1, typeRR, 1), reportBlock{ssrc: 2, lost: -1}))
	f.Add([]byte{0xa0, 200, 0, 1, 0, 0, 0, 4})
	f.Fuzz(func(t *testing.T, b []byte) {
		total := 0
		for p, rest, ok := nextRTCP(b); ok; p, rest, ok = nextRTCP(rest) {
			total++
			if _, blocks, ok := p.reports(); ok && (p.kind == typeSR || p.kind == typeRR) {
				for ; len(blocks) > 0; blocks = blocks[reportLen:] {
					parseBlock(blocks)
				}
			}
			if _, rest, ok := p.feedback(); ok {
				n := 0
				nacked(rest, func(uint16) bool { n++; return true })
				if n > 17*len(rest)/4 {
					t.Errorf("%d packets in %d octets", n, len(rest))
				}
				parseREMB(rest)
			}
		}
		if total > len(b)/4 {
			t.Errorf("%d packets in %d octets", total, len(b))
		}
	})
}

func FuzzVP8(f *testing.F) {
	f.Add([]byte{0x90, 0xf0, 0x81, 0x23, 5, 0x20, 0, 0, 0, 0x9d, 1, 0x2a, 0, 2, 0x68, 1})
	f.Add([]byte{0x90, 0x80, 0x23})
	f.Fuzz(func(t *testing.T, b []byte) {
		d, ok := parseVP8(b)
		if ok && (d.length > len(b) || d.picture >= d.length || d.tl0 >= d.length || d.tidKey >= d.length) {
			t.Errorf("%+v in %d octets", d, len(b))
		}
		if h := pictureHeight(media.VP8, b); h < 0 || h > 1<<14 {
			t.Errorf("height %d", h)
		}
	})
}
