package sdp_test

import (
	"slices"
	"strings"
	"testing"

	"plenum/components/media"
	"plenum/jingle/sdp"
	"plenum/jingle/wire"
)

// TestChanges adds a content on the peer's wish, one on ours, and removes them.
func TestChanges(t *testing.T) {
	first := jingle(t, "conversations-initiate.xml")
	first.Contents, first.Groups[0].Names = first.Contents[:1], []string{"0"}
	d, err := sdp.Answer(first, wire.Responder, sdp.Default())
	if err != nil {
		t.Fatal(err)
	}

	add := jingle(t, "conversations-upgrade.xml")
	more, err := d.Answer(add, sdp.Default())
	if err != nil {
		t.Fatal(err)
	}
	accept := send(t, more, wire.ContentAccept)
	if len(accept.Contents) != 1 || !slices.Equal(accept.Groups[0].Names, []string{"0", "1"}) {
		t.Errorf("content-accept: %+v", accept)
	}
	d.Merge(more)
	if len(d.Transports) != 1 || len(d.Transports[0].Contents) != 2 {
		t.Fatalf("after content-add:\n%s", summary(d))
	}

	offer := d.Offer([]sdp.Want{{Name: "screen", Kind: media.Screen, Send: true}}, sdp.Default())
	adding := send(t, offer, wire.ContentAdd)
	if !slices.Equal(adding.Groups[0].Names, []string{"0", "1", "screen"}) || adding.Contents[0].Creator != wire.Responder {
		t.Errorf("content-add: %+v", adding)
	}
	used := map[uint8]string{111: "opus", 9: "g722", 8: "pcma", 0: "pcmu", 110: "telephone-event", 126: "telephone-event", 96: "vp8"}
	for _, p := range adding.Contents[0].Description.Payloads {
		if name, ok := used[p.ID]; ok && name != strings.ToLower(p.Name) {
			t.Errorf("the payload type %d is %s and %s", p.ID, name, p.Name)
		}
	}
	for _, x := range adding.Contents[0].Description.Extensions {
		if id := map[string]uint16{sdp.TransportSequence: 3, sdp.MID: 4}[x.URI]; id != 0 && x.ID != id || id == 0 && (x.ID == 1 || x.ID == 3 || x.ID == 4) {
			t.Errorf("the extension %s has the number %d", x.URI, x.ID)
		}
	}
	peer, err := sdp.Answer(adding, wire.Initiator, sdp.Default())
	if err != nil {
		t.Fatal(err)
	}
	added, err := offer.Accept(send(t, peer, wire.ContentAccept))
	if err != nil {
		t.Fatal(err)
	}
	d.Merge(added)
	screen := wire.Key{Creator: wire.Responder, Name: "screen"}
	if _, c := d.Content(screen); c == nil || len(d.Transports) != 1 || !c.Send || c.Receive {
		t.Fatalf("after our content-add:\n%s", summary(d))
	}

	if !d.Remove(screen) || d.Remove(screen) || !slices.Equal(d.Transports[0].Group, []string{"0", "1"}) {
		t.Errorf("after content-remove:\n%s", summary(d))
	}
	d.Remove(wire.Key{Creator: wire.Initiator, Name: "0"})
	d.Remove(wire.Key{Creator: wire.Initiator, Name: "1"})
	if len(d.Transports) != 0 {
		t.Errorf("a transport without contents is left:\n%s", summary(d))
	}
}

func TestAddedNumbers(t *testing.T) {
	for _, c := range []struct {
		name, offer string
		want        wire.Condition
	}{
		{"a number that is taken", strings.Replace(content("v", "video", "<payload-type id='111' name='VP8' clockrate='90000'/>"), "<content", "<group xmlns='urn:xmpp:jingle:apps:grouping:0' semantics='BUNDLE'><content name='0'/><content name='v'/></group><content", 1), wire.IncompatibleParameters},
		{"the same on a transport of its own", content("v", "video", "<payload-type id='111' name='VP8' clockrate='90000'/>"), ""},
	} {
		d, err := sdp.Answer(jingle(t, "monal-initiate.xml"), wire.Responder, sdp.Default())
		if err != nil {
			t.Fatal(err)
		}
		more, err := d.Answer(parse(t, strings.Replace(offerOf(c.offer), "session-initiate", "content-add", 1)), sdp.Default())
		if condition(err) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
		if err == nil {
			if d.Merge(more); len(d.Transports) != 2 {
				t.Errorf("%s:\n%s", c.name, summary(d))
			}
		}
	}
}
