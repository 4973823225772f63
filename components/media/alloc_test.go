//go:build !race

// The race detector lets pools lose things on purpose.

package media_test

import (
	"testing"
	"time"

	"plenum/components/media"
)

func TestNothingIsAllocatedForAPacket(t *testing.T) {
	l := media.NewTrack(media.TrackConfig{Codec: media.VP8, Kind: media.Video, Publisher: new(publisher), Ring: 64}).AddLayer("", 0)
	for range 10 {
		l.Subscribe(new(counter))
	}
	raw := media.AppendPacket(nil, media.Header{SSRC: 1}, []media.Extension{{ID: 1, Data: []byte{20}}}, make([]byte, 1000))
	now, out := time.Now(), make([]byte, 0, 1500)
	publish := func() {
		raw[3]++
		p := media.NewPacket(len(raw))
		if err := p.Parse(copy(p.Buffer(), raw), media.Extensions{AudioLevel: 1}); err != nil {
			t.Fatal(err)
		}
		p.Arrival = now
		l.Publish(p)
		if again := l.Packet(uint16(raw[3])); again != nil {
			out = media.AppendPacket(out[:0], again.Header, nil, again.Payload)
			again.Release()
		}
	}
	for range 100 {
		publish()
	}
	if n := testing.AllocsPerRun(200, publish); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
