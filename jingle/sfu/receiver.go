package sfu

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"plenum/components/media"
	"plenum/components/media/dtmf"
	"plenum/jingle/sdp"
	"plenum/jingle/wire"
)

// A receiver is a content in which the peer sends. It publishes one track, which another one follows when the peer sends in another codec.
type receiver struct {
	peer  *Peer
	link  *link
	key   wire.Key
	kind  media.Kind
	track atomic.Pointer[media.Track]

	// What was agreed and what has come of it. The link's mutex guards these.
	codecs  []sdp.Codec
	events  []sdp.Events
	rids    []string
	nack    bool // what is lost is asked for again
	firs    bool // key frames are asked for by FIR, since the sender does not know PLI
	remb    bool // the sender follows an estimate of ours, and can do nothing better
	codec   int  // of the track, in codecs
	layers  []*layer
	other   otherCodec
	keys    *dtmf.Receiver
	keysID  uint8
	allowed uint64 // bits a second, that the sender was told last

	asked  atomic.Pointer[[]*layer] // the layers, for who does not hold the mutex
	demand demand
}

// otherCodec counts packets of a codec that is not the track's.
type otherCodec struct {
	codec, count int
	since        time.Duration // when the track last changed
}

// A codec is taken for the new one after so many packets, and not sooner than so long after the last change: each change is a new track.
const (
	codecPackets = 3
	codecEvery   = 2 * time.Second
)

// describeReceivers makes and ends receivers as the description says. Of an offer there are none: nobody knows yet what the peer will send.
func (p *Peer) describeReceivers(d *sdp.Description) (removed, added []*media.Track) {
	before := p.receivers
	p.receivers = nil
	for i := range d.Transports {
		t, l := &d.Transports[i], p.links[i]
		for j := range t.Contents {
			c := &t.Contents[j]
			if !c.Receive || len(c.Codecs) == 0 || t.Remote.Ufrag == "" {
				continue
			}
			at := slices.IndexFunc(before, func(r *receiver) bool { return r.key == c.Key && r.link == l })
			if at >= 0 {
				p.receivers = append(p.receivers, before[at])
				before = slices.Delete(slices.Clone(before), at, at+1)
				l.announced(p.receivers[len(p.receivers)-1], c.Sources)
				continue
			}
			r := &receiver{peer: p, link: l, key: c.Key, kind: c.Kind}
			p.receivers = append(p.receivers, r)
			added = append(added, l.attach(r, c))
		}
	}
	for _, r := range before {
		if t := r.link.detach(r); t != nil {
			removed = append(removed, t)
		}
	}
	return removed, added
}

// attach begins to receive a content. It returns the track.
func (l *link) attach(r *receiver, c *sdp.Content) *media.Track {
	l.mu.Lock()
	defer l.mu.Unlock()
	r.codecs, r.events, r.rids = c.Codecs, c.Events, c.Layers
	has := func(kind, sub string) bool {
		return slices.ContainsFunc(c.Codecs[0].Feedback, func(f wire.Feedback) bool { return f.Type == kind && f.Subtype == sub })
	}
	r.nack = has("nack", "")
	r.firs = has("ccm", "fir") && !has("nack", "pli")
	transportCC := has("transport-cc", "") && c.Numbers().TransportSequence != 0
	r.remb = has("goog-remb", "") && !transportCC
	l.tells = l.tells || transportCC
	t := r.publish()
	l.receivers = append(l.receivers, r)
	l.announce(r, c.Sources)
	return t
}

// detach ends a content and returns its track, which the caller closes.
func (l *link) detach(r *receiver) *media.Track {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.receivers = slices.DeleteFunc(l.receivers, func(other *receiver) bool { return other == r })
	for ssrc, s := range l.streams {
		if s.receiver == r {
			delete(l.streams, ssrc)
		}
	}
	return r.track.Swap(nil)
}

// publish makes a track, with a layer for each that the peer sends.
func (r *receiver) publish() *media.Track {
	t := media.NewTrack(media.TrackConfig{ID: r.id(), Kind: r.kind, Codec: r.codecs[r.codec].Codec, Publisher: r})
	before := r.layers
	r.layers = nil
	for i, rid := range r.rids {
		r.layers = append(r.layers, &layer{out: t.AddLayer(rid, firstHeight<<i)})
	}
	if len(r.rids) == 0 {
		r.layers = []*layer{{out: t.AddLayer("", 0)}}
	}
	for i, l := range before { // the streams go on in the new track
		if l.stream != nil {
			r.layers[i].carries(l.stream)
		}
		for _, s := range r.link.streams {
			if s.layer == l {
				s.layer = r.layers[i]
			}
		}
	}
	list := r.layers
	r.asked.Store(&list)
	r.track.Store(t)
	return t
}

// firstHeight is that of a simulcast's smallest layer until its pictures say otherwise; each of the others has twice the height of the one before.
const firstHeight = 180

// id is unique among the peer's tracks: names are among the contents that one party has created.
func (r *receiver) id() string {
	for _, other := range r.link.receivers {
		if other != r && other.key.Name == r.key.Name {
			return string(r.key.Creator) + " " + r.key.Name
		}
	}
	return r.key.Name
}

func (r *receiver) current() *media.Track { return r.track.Load() }

// What a payload type stands for in a content.
type payloadKind uint8

const (
	payloadUnknown payloadKind = iota
	payloadMedia
	payloadRepair // of a codec's packets
	payloadEvents
)

// payload says what a payload type stands for, and of which codec.
func (r *receiver) payload(id uint8) (kind payloadKind, codec int) {
	for i := range r.codecs {
		switch id {
		case r.codecs[i].ID:
			return payloadMedia, i
		case r.codecs[i].RTX:
			if id != 0 {
				return payloadRepair, i
			}
		}
	}
	for i := range r.events {
		if r.events[i].ID == id {
			return payloadEvents, 0
		}
	}
	return payloadUnknown, 0
}

// change notes a packet in another codec than the track's. When the peer has changed for good it makes another track and reports true.
func (r *receiver) change(codec int) bool {
	now := r.peer.now()
	if r.other.codec != codec {
		r.other.codec, r.other.count = codec, 0
	}
	r.other.count++
	if r.other.count < codecPackets || r.other.since != 0 && now-r.other.since < codecEvery {
		return false
	}
	r.other = otherCodec{codec: codec, since: now}
	r.codec = codec
	before := r.track.Load()
	if before == nil {
		return false
	}
	after := r.publish()
	after.SetMuted(before.Muted())
	after.SetBlocked(before.Blocked())
	before.Close()
	r.peer.events.TrackRemoved(before)
	r.peer.events.TrackAdded(after)
	return true
}

// RequestKeyframe implements [media.Publisher].
func (r *receiver) RequestKeyframe(of *media.Layer) {
	for _, l := range *r.asked.Load() {
		ssrc := l.ssrc.Load()
		if l.out != of || ssrc == 0 {
			continue
		}
		b := make([]byte, 0, 32)
		if r.firs {
			b = appendFIR(b, r.link.own, ssrc, uint8(l.firs.Add(1)))
		} else {
			b = appendPLI(b, r.link.own, ssrc)
		}
		r.link.out.SendRTCP(b)
		r.peer.figures.keyframesAsked.Add(1)
	}
}

// DemandChanged implements [media.Publisher].
func (r *receiver) DemandChanged(l *media.Layer) {
	if t := r.current(); t != nil && t == l.Track() && len(t.Layers()) > 1 { // not one that has ended
		r.demand.update(r, t, false)
	}
}

// demandHold is how long a layer goes on that nobody shows any more: speakers change, and a layer needs a key frame to begin.
const demandHold = 3 * time.Second

// A demand is what the sender of a simulcast was told to send.
type demand struct {
	mu    sync.Mutex // nothing of this package is locked while it is held
	told  []string
	began bool // something was told
	since time.Duration
}

// update tells the sender what is wanted. What is not any more it is told after a while, by the beat.
func (d *demand) update(r *receiver, t *media.Track, beat bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var wanted, tell []string
	for _, l := range t.Layers() {
		w := l.Wanted()
		if w {
			wanted = append(wanted, l.RID())
		}
		if w || slices.Contains(d.told, l.RID()) {
			tell = append(tell, l.RID())
		}
	}
	now := r.peer.now()
	if len(tell) == len(wanted) {
		d.since = now
	} else if beat && now-d.since >= demandHold {
		tell = wanted
	}
	if slices.Equal(tell, d.told) && (d.began || !beat || now-d.since < demandHold) {
		return
	}
	d.told, d.began, d.since = tell, true, now
	r.peer.events.Layers(r.key, slices.Clone(tell))
}
