package sfu_test

import (
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/media"
	"plenum/jingle/transport"
	"plenum/jingle/transport/transporttest"
)

// A slowSocket writes as a network does that takes next to nothing, once it is told to: a packet for each permit.
type slowSocket struct {
	transport.Socket
	slow    *atomic.Bool
	permits <-chan struct{}
}

func (s slowSocket) WriteBatch(list []transport.Datagram) (int, error) {
	if s.slow.Load() {
		<-s.permits
		list = list[:1]
	}
	return s.Socket.WriteBatch(list)
}

// Who can be sent less than is to be sent loses pictures before sound, what still comes is not old, and pictures begin again with a key frame.
func TestOverloadTakesThePicturesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var slow atomic.Bool
		permits := make(chan struct{}, 1<<16)
		e, err := transport.NewEngine(transport.Config{Addresses: []string{"127.0.0.1"}, NoTCP: true,
			Listen: func(at netip.AddrPort) (transport.Socket, error) {
				s, err := transporttest.Listen(at)
				return slowSocket{s, &slow, permits}, err
			}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = e.Close() })
		ben, anna := dial(t, e, page), dial(t, newEngine(t), page)
		anna.film(simulcast(10)...)
		ben.peer.SetHeight(3, 180)
		voice := media.NewTrack(media.TrackConfig{ID: "voice", Codec: media.Opus})
		layer := voice.AddLayer("", 0)
		ben.bind(0, voice)
		ben.bind(3, anna.track("cam"))
		sound, _ := ben.sources("a0")
		stage, _ := ben.sources("v0")
		ben.next(stage)
		slow.Store(true)
		speak := time.NewTicker(20 * time.Millisecond)
		defer speak.Stop()
		spoken, heard, late := 0, 0, 0
		for deadline := time.Now().Add(patience); ben.peer.Stats().Broken == 0 || heard < 50; {
			if time.Now().After(deadline) {
				t.Fatalf("%d packets of sound, pictures given up %d times", heard, ben.peer.Stats().Broken)
			}
			select {
			case now := <-speak.C:
				p := media.NewPacket(20)
				p.Make(media.Header{Sequence: uint16(spoken), Timestamp: 960 * uint32(spoken)}, []byte{1}, now)
				spoken++
				layer.Publish(p)
				for range 1 + spoken%2 { // three for two packets of sound; of pictures there are as many again
					permits <- struct{}{}
				}
			case p := <-ben.packets:
				if p.SSRC == sound {
					if heard++; spoken-int(p.Sequence) > 15 { // 300 ms
						late++
					}
				}
			}
		}
		if late > heard/10 || heard < spoken*3/4 {
			t.Errorf("of %d packets of sound %d came, %d of them late", spoken, heard, late)
		}
		slow.Store(false)
		close(permits)
		for ben.next(stage).Payload[6]&1 != 0 { // until a key frame
		}
		for range 20 {
			ben.next(stage)
		}
		if c := ben.peer.Transport(0).Counters(); c.Dropped(transport.VideoLate) == 0 {
			t.Error("no picture was dropped")
		}
		if !slices.ContainsFunc(anna.track("cam").Layers(), (*media.Layer).Wanted) {
			t.Error("the pictures have ended for good")
		}
	})
}
