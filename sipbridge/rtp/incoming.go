package rtp

import (
	"fmt"
	"sync"
	"time"

	"plenum/components/media"
	"plenum/components/media/codec"
	"plenum/components/media/dtmf"
)

const (
	// trackRing is how many packets are kept to know those that come twice.
	trackRing = 8
	// steady is how long a codec is used at least: each change makes a new track.
	steady = 200 * time.Millisecond
)

// An incoming is what the peer sends. The wire calls [Session.receive] for one packet after another.
type incoming struct {
	mu     sync.Mutex
	closed bool
	agreed *terms
	layer  *media.Layer // of the one track
	codec  media.Codec
	id     uint8 // payload type that it came with last
	made   int   // tracks so far
	begun  time.Time
	reception

	// Packets that are not published leave no gap behind: whoever gets the stream would take them for lost.
	shift   uint16
	skipped uint16 // number of the last of them

	keys     *dtmf.Receiver
	keysID   uint8
	detector *dtmf.Detector
	decoder  media.Decoder
	pcm      []int16

	heard   time.Time // the last packet of any kind
	packets uint64
	dropped uint64
}

func (in *incoming) track() *media.Track {
	if in.layer == nil {
		return nil
	}
	return in.layer.Track()
}

// drop counts what was of no use.
func (in *incoming) drop() {
	in.mu.Lock()
	in.dropped++
	in.mu.Unlock()
}

func (in *incoming) touch(now time.Time) {
	in.mu.Lock()
	in.heard = now
	in.mu.Unlock()
}

// settle makes the track that is to be expected, if the one there is cannot be. It returns whom to tell.
func (in *incoming) settle(s *Session, t *terms) []func() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.agreed = t
	in.heard = time.Now()
	if _, ok := in.codec.Find(t.codecs); ok && in.layer != nil || in.closed {
		return nil
	}
	removed, added := in.change(s, t.codecs[0], time.Time{})
	news := []func(){func() { s.options.Events.TrackAdded(added) }}
	if removed != nil {
		news = append([]func(){func() { s.options.Events.TrackRemoved(removed) }}, news...)
	}
	return news
}

// change begins a track in another codec.
func (in *incoming) change(s *Session, c media.Codec, now time.Time) (removed, added *media.Track) {
	removed = in.track()
	if removed != nil {
		removed.Close()
	}
	in.made++
	in.codec, in.begun, in.clock = c, now, c.Clock
	added = media.NewTrack(media.TrackConfig{ID: fmt.Sprintf("%s.%d", s.name, in.made), Kind: media.Audio, Codec: c, Ring: trackRing})
	in.layer = added.AddLayer("", 0)
	in.detector, in.decoder = nil, nil
	return removed, added
}

// receive takes over a packet. It reports whether it was of any use.
func (s *Session) receive(p *media.Packet) bool {
	in := &s.in
	in.mu.Lock()
	defer in.mu.Unlock()
	t := s.terms.Load()
	if t == nil || in.closed || in.layer == nil || t.meaning(p.PayloadType).use == unknown {
		in.dropped++
		p.Release()
		return false
	}
	in.heard = p.Arrival
	in.packets++
	ahead, anew, ok := in.take(p.SSRC, p.Sequence)
	if !ok {
		in.dropped++
		p.Release()
		return true // the next one tells
	}
	if anew {
		in.shift, in.skipped = 0, p.Sequence-1
	}
	m := t.meaning(p.PayloadType)
	switch {
	case m.use == events:
		in.press(s, p, m.codec.Clock)
		fallthrough
	case m.use == noise, len(p.Payload) == 0:
		in.leaveOut(p, ahead)
		return true
	}
	in.release(s, p.Arrival)
	if in.keys != nil && in.keys.Pressed() { // the key's tone
		in.leaveOut(p, ahead)
		return true
	}
	if (p.PayloadType != in.id || in.agreed != t) && !in.becomes(s, m.codec, p) {
		in.leaveOut(p, ahead)
		return true
	}
	in.agreed = t
	if ahead > 0 {
		in.time(p.Timestamp, p.Arrival)
	} else if int16(p.Sequence-in.skipped) < 0 { // there is no number left for it
		in.dropped++
		p.Release()
		return true
	}
	if t.inband {
		in.listen(s, p)
	}
	p.Sequence -= in.shift
	in.layer.Publish(p)
	return true
}

// becomes follows the peer to another codec. It returns false for a packet that cannot be taken now.
func (in *incoming) becomes(s *Session, c media.Codec, p *media.Packet) bool {
	if !c.Is(in.codec) {
		if p.Arrival.Sub(in.begun) < steady {
			return false
		}
		removed, added := in.change(s, c, p.Arrival)
		s.options.Events.TrackRemoved(removed)
		s.options.Events.TrackAdded(added)
	}
	in.id = p.PayloadType
	return true
}

// leaveOut gives back a packet that is not published, and closes its gap.
func (in *incoming) leaveOut(p *media.Packet, ahead int) {
	if ahead > 0 {
		in.shift++
		in.skipped = p.Sequence
	}
	p.Release()
}

// press takes a packet that tells of a key (RFC 4733).
func (in *incoming) press(s *Session, p *media.Packet, clock int) {
	if in.keys == nil || in.keysID != p.PayloadType {
		in.keys, in.keysID = dtmf.NewReceiver(clock), p.PayloadType
	}
	press, ok, err := in.keys.Receive(p.Timestamp, p.Payload, p.Arrival)
	if err != nil {
		in.dropped++
	}
	if ok {
		s.options.Events.DTMF(press.Key, press.Duration)
	}
}

// release ends a key whose packets have ceased to come.
func (in *incoming) release(s *Session, now time.Time) {
	if in.keys == nil {
		return
	}
	if press, ok := in.keys.Expire(now); ok {
		s.options.Events.DTMF(press.Key, press.Duration)
	}
}

// listen looks for keys in the sound of G.711, which peers press as tones that have no events. How long they are held is not known.
func (in *incoming) listen(s *Session, p *media.Packet) {
	if in.decoder == nil {
		if !in.codec.Is(media.PCMA) && !in.codec.Is(media.PCMU) {
			return
		}
		d, err := codec.NewDecoder(in.codec)
		if err != nil {
			return
		}
		in.decoder, in.detector = d, &dtmf.Detector{}
		if in.pcm == nil {
			in.pcm = make([]int16, media.MaxDecoded)
		}
	}
	n, err := in.decoder.Decode(p.Payload, in.pcm)
	if err != nil {
		return
	}
	if key := in.detector.Detect(in.pcm[:n]); key != 0 {
		s.options.Events.DTMF(key, dtmf.DefaultDuration)
	}
}

func (in *incoming) stats(st *Stats) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.layer != nil {
		st.Codec = in.codec.Name
	}
	st.Received, st.Dropped, st.Lost, st.Jitter = in.packets, in.dropped, in.lost, in.delayed()
}

func (in *incoming) close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed = true
	if in.layer != nil {
		in.layer.Track().Close()
	}
}
