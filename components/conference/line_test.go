package conference_test

import (
	"iter"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/call"
	"plenum/components/conference"
	"plenum/components/media"
	"plenum/components/media/play"
	"plenum/xmppd"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

const nsJingle = "urn:xmpp:jingle:1"

// exchange stands for Jingle: it makes legs of session-initiate, and tells clients by session-terminate why theirs have ended. What a
// session has is said by the names of its contents: mic, cam, screen, screen-audio are tracks, a… and v… are slots; voice is both a
// track and a slot, as telephones and ordinary clients have them. Video slots whose name ends in 264 take H.264 only.
type exchange struct {
	srv     *xmppd.Server
	service *conference.Service
	say     func(lang string, what conference.Announcement) *play.Clip // to telephones
	number  string                                                     // that they dial
	mu      sync.Mutex
	legs    map[jid.JID]*leg // by the client's full JID
}

func newExchange(s *xmppd.Server) *exchange { return &exchange{srv: s, legs: map[jid.JID]*leg{}} }

// Features implements conference.Signalling.
func (x *exchange) Features() []string {
	return []string{nsJingle, "urn:xmpp:jingle:apps:rtp:1", "http://jabber.org/protocol/disco#info"}
}

// Deliver implements conference.Signalling.
func (x *exchange) Deliver(resident jid.JID, in *xmppd.Stanza) bool {
	p := in.Packet
	if p.Kind() != xmlstream.IQ || p.Type() != xmppd.Set {
		return p.Type() == "result" || p.Type() == "error"
	}
	e, _ := p.Child(nsJingle, "jingle")
	iq := x.srv.NewIQ(in, e)
	action, _ := e.Attr("action")
	x.mu.Lock()
	l := x.legs[in.From]
	x.mu.Unlock()
	switch {
	case action == "session-initiate":
		l = newLeg(x, in.From.Clone(), resident, e)
		sink, err := x.service.Incoming(in.From, in.To, l, call.Offer{ID: call.LegID(l.sid)})
		if err != nil {
			iq.Error(err)
			return true
		}
		l.sink = sink
		close(l.begun)
		x.mu.Lock()
		x.legs[l.full] = l
		x.mu.Unlock()
	case action == "" || l == nil:
		return false
	case action == "session-terminate":
		l.end(call.Success)
	case action == "content-add":
		l.media.add(e)
		l.sink.Post(call.TrackAdded{})
	case action == "content-remove":
		l.media.remove(e)
		l.sink.Post(call.TrackRemoved{})
	}
	iq.Result(nil)
	return true
}

// leg finds a client's leg.
func (x *exchange) leg(t *testing.T, full jid.JID) *leg {
	t.Helper()
	synctest.Wait()
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.legs[full] == nil {
		t.Fatalf("%s has no call", full)
	}
	return x.legs[full]
}

// A leg is a call.Leg whose media is agreed as soon as it is answered.
type leg struct {
	x              *exchange
	full, resident jid.JID
	sid            string
	media          *endpoint
	sink           call.Sink
	begun          chan struct{} // closed when there is a sink: orders may come before
	ended          atomic.Bool

	mu       sync.Mutex
	commands []call.Command
	ready    bool
}

func newLeg(x *exchange, full, resident jid.JID, e xmlstream.Element) *leg {
	sid, _ := e.Attr("sid")
	l := &leg{x: x, full: full, resident: resident, sid: strings.Clone(sid), begun: make(chan struct{}), media: &endpoint{bound: map[int]*listening{}}}
	l.media.add(e)
	return l
}

func (l *leg) ID() call.LegID { return call.LegID(l.sid) }

func (l *leg) Media() media.Endpoint {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ready {
		return nil
	}
	return l.media
}

func (l *leg) Send(c call.Command) {
	l.mu.Lock()
	l.commands = append(l.commands, c)
	_, answer := c.(call.Answer)
	l.ready = l.ready || answer
	l.mu.Unlock()
	switch c := c.(type) {
	case call.Answer:
		go func() {
			<-l.begun
			l.sink.Post(call.Answered{})
			l.sink.Post(call.MediaReady{})
		}()
	case call.Hangup:
		reason := strings.ReplaceAll(c.Reason.String(), " ", "-")
		payload := "<jingle xmlns='" + nsJingle + "' action='session-terminate' sid='" + l.sid + "'><reason><" + reason + "/></reason></jingle>"
		go l.x.srv.SendIQ(l.resident, l.full, xmppd.Set, []byte(payload), func(*xmlstream.Packet) {})
		go l.end(c.Reason)
	}
}

func (l *leg) end(why call.Reason) {
	if l.ended.CompareAndSwap(false, true) {
		l.x.mu.Lock()
		if l.x.legs[l.full] == l {
			delete(l.x.legs, l.full)
		}
		l.x.mu.Unlock()
		<-l.begun
		l.sink.Post(call.Ended{Reason: why})
	}
}

// muted are the commands to mute a track.
func (l *leg) muted() (n int) {
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.commands {
		if _, ok := c.(call.Mute); ok {
			n++
		}
	}
	return n
}

// An endpoint publishes tracks and counts what comes in its slots.
type endpoint struct {
	mu      sync.Mutex
	names   []string
	tracks  []*media.Track
	slots   []media.Slot
	bound   map[int]*listening
	heights map[int]int
	paused  map[int]bool
	binds   int
	next    uint16
}

// listening counts the packets of one slot.
type listening struct {
	track   *media.Track
	packets atomic.Int32
}

func (l *listening) Receive(*media.Layer, *media.Packet) { l.packets.Add(1) }

func (e *endpoint) add(x xmlstream.Element) {
	e.mu.Lock()
	defer e.mu.Unlock()
	track := func(name string, kind media.Kind, c media.Codec) {
		t := media.NewTrack(media.TrackConfig{ID: name, Kind: kind, Codec: c})
		t.AddLayer("", 0)
		e.names, e.tracks = append(e.names, name), append(e.tracks, t)
	}
	for c := range x.Children() {
		name, _ := c.Attr("name")
		switch name = strings.Clone(name); {
		case name == "mic":
			track(name, media.Audio, media.PCMU)
		case name == "cam":
			track(name, media.Video, media.VP8)
		case name == "screen":
			track(name, media.Screen, media.VP8)
		case name == "screen-audio":
			track(name, media.ScreenAudio, media.PCMU)
		case name == "voice":
			track(name, media.Audio, media.PCMU)
			e.slots = append(e.slots, media.Slot{Kind: media.Audio, Codecs: []media.Codec{media.PCMU}})
		case strings.HasPrefix(name, "a"):
			e.slots = append(e.slots, media.Slot{Kind: media.Audio, Codecs: []media.Codec{media.PCMU}})
		case strings.HasSuffix(name, "264"):
			e.slots = append(e.slots, media.Slot{Kind: media.Video, Codecs: []media.Codec{media.H264}})
		case strings.HasPrefix(name, "v"):
			e.slots = append(e.slots, media.Slot{Kind: media.Video, Codecs: []media.Codec{media.VP8}})
		}
	}
}

func (e *endpoint) remove(x xmlstream.Element) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for c := range x.Children() {
		name, _ := c.Attr("name")
		if i := slices.Index(e.names, name); i >= 0 {
			e.names, e.tracks = slices.Delete(e.names, i, i+1), slices.Delete(slices.Clone(e.tracks), i, i+1)
		}
	}
}

func (e *endpoint) Tracks() iter.Seq[*media.Track] {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Values(slices.Clone(e.tracks))
}

func (e *endpoint) Slots() []media.Slot { return e.slots }

func (e *endpoint) Bind(slot int, src media.Source) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.binds++
	if slot < 0 || slot >= len(e.slots) {
		return fault.New(fault.NotFound, "there is no such slot")
	}
	var track *media.Track
	if src != nil {
		var err error
		if track, err = src.For(e.slots[slot].Codecs); err != nil {
			return err
		}
	}
	if old := e.bound[slot]; old != nil {
		old.track.Layers()[0].Unsubscribe(old)
		delete(e.bound, slot)
	}
	if track != nil {
		l := &listening{track: track}
		e.bound[slot] = l
		track.Layers()[0].Subscribe(l)
	}
	return nil
}

func (e *endpoint) SetHeight(slot, height int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.heights == nil {
		e.heights = map[int]int{}
	}
	e.heights[slot] = height
}

func (e *endpoint) Paused(slot int) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.paused[slot]
}

func (e *endpoint) pause(slot int, on bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.paused = map[int]bool{slot: on}
}

// track finds a track by the name of its content.
func (e *endpoint) track(name string) *media.Track {
	e.mu.Lock()
	defer e.mu.Unlock()
	if i := slices.Index(e.names, name); i >= 0 {
		return e.tracks[i]
	}
	return nil
}

// hears is what comes in a slot; nil for nothing.
func (e *endpoint) hears(slot int) *media.Track {
	synctest.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	if l := e.bound[slot]; l != nil {
		return l.track
	}
	return nil
}

// received is how many packets have come in a slot since it got what it has now.
func (e *endpoint) received(slot int) int {
	synctest.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	if l := e.bound[slot]; l != nil {
		return int(l.packets.Load())
	}
	return 0
}

// speak sends a voice for some time, with its level in the header unless it is 0.
func (e *endpoint) speak(name string, d time.Duration, level media.Level) {
	t := e.track(name)
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(media.FrameTime) {
		e.next++
		p := media.NewPacket(160)
		loud := make([]byte, 160)
		for i := range loud {
			loud[i] = byte(i%2) * 0x80 // as loud as can be, either way
		}
		p.Make(media.Header{Sequence: e.next, Timestamp: uint32(e.next) * 160, SSRC: 1}, loud, time.Now())
		if level > 0 {
			p.HasLevel, p.Level, p.Voice = true, level, level < 60
		}
		t.Layers()[0].Publish(p)
	}
}
