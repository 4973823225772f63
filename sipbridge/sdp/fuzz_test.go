package sdp_test

import (
	"reflect"
	"testing"

	"plenum/sipbridge/sdp"
)

// FuzzParse reads any description: what was read is written so that it is read as the same again, and nothing of it panics.
func FuzzParse(f *testing.F) {
	f.Add([]byte(offer))
	f.Add([]byte("v=0\r\no=- 1 1 IN IP6 ::1\r\nc=IN IP4 224.0.0.1/3\r\nm=audio 1/2 RTP/AVP 0\r\na=candidate:1 1 udp 1 ::1 1 typ host raddr ::2 rport 3\r\na=rtcp:1 IN IP4\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := sdp.Parse(b)
		if err != nil {
			return
		}
		for i := range d.Media {
			m := &d.Media[i]
			for _, p := range m.Payloads() {
				if p.ID > 127 || p.Codec.Clock <= 0 {
					t.Fatalf("%+v is no payload", p)
				}
			}
			for _, c := range m.Cryptos() {
				if len(c.Key) != c.Suite.Key+c.Suite.Salt {
					t.Fatalf("a key of %d octets", len(c.Key))
				}
			}
			m.Candidates()
			d.Transport(m)
			d.Direction(m)
			if _, port := m.RTCP(); port < 1 {
				t.Fatalf("RTCP goes to port %d", port)
			}
			if r := m.Refuse(); len(r.Formats) != 1 || r.Port != 0 {
				t.Fatalf("%+v is no refusal", r)
			}
		}
		if !d.Origin.Address.IsValid() || d.Origin.ID == "" {
			return // not written so by us
		}
		again, err := sdp.Parse(d.Bytes())
		if err != nil || !reflect.DeepEqual(again.Media, d.Media) {
			t.Fatalf("%v\n%+v\n%+v", err, again, d)
		}
	})
}
