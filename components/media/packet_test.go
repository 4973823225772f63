package media_test

import (
	"bytes"
	"encoding/hex"
	"testing"
	"time"

	"plenum/components/media"
)

func parse(t *testing.T, raw []byte, known media.Extensions) (*media.Packet, error) {
	t.Helper()
	p := media.NewPacket(len(raw))
	err := p.Parse(copy(p.Buffer(), raw), known)
	return p, err
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParse(t *testing.T) {
	known := media.Extensions{AudioLevel: 1, TransportSequence: 3, MID: 4, RID: 10}
	for name, c := range map[string]struct {
		raw     string
		payload string
		check   func(*media.Packet) bool
	}{
		"the fixed header": {"80e2112200000a0bdeadbeef" + "0102", "0102", func(p *media.Packet) bool {
			return p.Marker && p.PayloadType == 98 && p.Sequence == 0x1122 && p.Timestamp == 0x0a0b && p.SSRC == 0xdeadbeef
		}},
		"contributing sources are passed over": {"8260000100000002000000030000000a0000000b" + "ff", "ff", func(p *media.Packet) bool { return p.SSRC == 3 }},
		"padding is no payload":                {"a06000010000000200000003" + "aabb000003", "aabb", func(p *media.Packet) bool { return true }},
		"a packet of padding alone":            {"a06000010000000200000003" + "000003", "", func(p *media.Packet) bool { return true }},
		"short extensions": {"906000010000000200000003" + "bede0003" + "10a5" + "310102" + "403500" + "a26869" + "6a" + "77", "77",
			func(p *media.Packet) bool {
				return p.HasLevel && p.Voice && p.Level == 0x25 && p.TransportSequence == 0x0102 && string(p.MID) == "5" && string(p.RID) == "hij"
			}},
		"long extensions": {"906000010000000200000003" + "10000002" + "010105" + "0000" + "0a0166" + "77", "77",
			func(p *media.Packet) bool {
				return p.HasLevel && !p.Voice && p.Level == 5 && string(p.RID) == "f" && !p.HasTransportSequence
			}},
		"extensions of another kind are passed over": {"906000010000000200000003" + "abcd0001" + "10a50000" + "77", "77",
			func(p *media.Packet) bool { return !p.HasLevel }},
		"an element that is too long ends the list": {"906000010000000200000003" + "bede0001" + "10a53f00" + "77", "77",
			func(p *media.Packet) bool { return p.HasLevel && !p.HasTransportSequence }},
		"element 15 ends the list": {"906000010000000200000003" + "bede0001" + "f0a510a5" + "77", "77",
			func(p *media.Packet) bool { return !p.HasLevel }},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := parse(t, unhex(t, c.raw), known)
			if err != nil {
				t.Fatal(err)
			}
			if got := hex.EncodeToString(p.Payload); got != c.payload || !c.check(p) {
				t.Errorf("payload %s, want %s; packet %+v", got, c.payload, p)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for name, raw := range map[string]string{
		"nothing":                           "",
		"a header that is cut off":          "80e2112200000a0bdeadbe",
		"version 1":                         "40e2112200000a0bdeadbeef",
		"contributing sources cut off":      "82600001000000020000000300000001",
		"an extension cut off":              "906000010000000200000003bede000210a50000",
		"an extension's header cut off":     "906000010000000200000003bede",
		"padding longer than the packet":    "a06000010000000200000003aa05",
		"padding of no octets":              "a06000010000000200000003aa00",
		"a flag of padding without padding": "a06000010000000200000003",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := parse(t, unhex(t, raw), media.Extensions{}); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func TestAppendPacketIsReadBack(t *testing.T) {
	h := media.Header{Marker: true, PayloadType: 111, Sequence: 65535, Timestamp: 1 << 31, SSRC: 7}
	for name, extensions := range map[string][]media.Extension{
		"without extensions": nil,
		"short":              {{ID: 1, Data: []byte{0x85}}, {ID: 14, Data: []byte("sixteen octets..")}},
		"long, by number":    {{ID: 1, Data: []byte{0x85}}, {ID: 15, Data: []byte("x")}},
		"long, by length":    {{ID: 1, Data: []byte{0x85}}, {ID: 2, Data: []byte("seventeen octets.")}},
		"long, empty":        {{ID: 1, Data: []byte{0x85}}, {ID: 2, Data: []byte{}}},
	} {
		t.Run(name, func(t *testing.T) {
			raw := media.AppendPacket(nil, h, extensions, []byte("payload"))
			p, err := parse(t, raw, media.Extensions{AudioLevel: 1})
			if err != nil {
				t.Fatal(err)
			}
			if p.Header != h || string(p.Payload) != "payload" || p.HasLevel != (extensions != nil) {
				t.Errorf("read back as %+v", p)
			}
			for _, e := range extensions {
				if got := p.Extension(e.ID); got == nil || !bytes.Equal(got, e.Data) {
					t.Errorf("extension %d is %q, want %q", e.ID, got, e.Data)
				}
			}
		})
	}
}

func TestIsRTCP(t *testing.T) {
	for raw, want := range map[string]bool{"80c8": true, "81c9": true, "8fcd": true, "80df": true, "80e2": false, "80be": false, "8060": false, "80": false, "": false} {
		if got := media.IsRTCP(unhex(t, raw)); got != want {
			t.Errorf("%s is RTCP: %v, want %v", raw, got, want)
		}
	}
}

func TestMake(t *testing.T) {
	p := media.NewPacket(100)
	now := time.Unix(1000, 0)
	p.Make(media.Header{Sequence: 3}, []byte("abc"), now)
	if p.Sequence != 3 || string(p.Payload) != "abc" || !p.Arrival.Equal(now) || p.Extension(1) != nil {
		t.Errorf("made %+v", p)
	}
	p.Release()
}

func TestReleaseOnceTooOftenPanics(t *testing.T) {
	p := media.NewPacket(5000) // of no pool, which the panic would spoil
	p.Release()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	p.Release()
}

func FuzzParse(f *testing.F) {
	f.Add(unhex(f, "906000010000000200000003bede000310a5310102403500a268696a77"))
	f.Add(unhex(f, "a26000010000000200000003000000010000000210000001010105000003"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p := media.NewPacket(len(raw))
		defer p.Release()
		if p.Parse(copy(p.Buffer(), raw), media.Extensions{AudioLevel: 1, TransportSequence: 2, MID: 3, RID: 4, RepairedRID: 5}) != nil {
			return
		}
		if len(p.Payload) > len(raw)-12 {
			t.Fatalf("payload of %d octets in a packet of %d", len(p.Payload), len(raw))
		}
		again := media.AppendPacket(nil, p.Header, []media.Extension{{ID: 4, Data: p.RID}}, p.Payload)
		q := media.NewPacket(len(again))
		defer q.Release()
		if len(p.RID) > 255 {
			return
		}
		if err := q.Parse(copy(q.Buffer(), again), media.Extensions{RID: 4}); err != nil || q.Header != p.Header || !bytes.Equal(q.Payload, p.Payload) || !bytes.Equal(q.RID, p.RID) {
			t.Fatalf("%+v was written and read as %+v: %v", p, q, err)
		}
		for _, codec := range []media.Codec{media.VP8, media.VP9, media.H264, media.AV1} {
			media.Keyframe(codec, p.Payload)
		}
	})
}
