package sfu

import (
	"slices"
	"sync"
	"sync/atomic"

	"plenum/components/media"
	"plenum/jingle/sdp"
	"plenum/jingle/wire"
)

// A receiver is a content in which the peer sends. It publishes one track.
type receiver struct {
	peer  *Peer
	link  *link
	key   wire.Key
	kind  media.Kind
	track atomic.Pointer[media.Track]

	demandMu sync.Mutex // nothing else is locked while it is held
	wanted   []string
}

// describeReceivers makes and ends receivers as the description says. Of an offer there are none: nobody knows yet what the peer will send.
func (p *Peer) describeReceivers(d *sdp.Description) (removed, added []*media.Track) {
	before := p.receivers
	p.receivers = nil
	for i := range d.Transports {
		t := &d.Transports[i]
		for j := range t.Contents {
			c := &t.Contents[j]
			if !c.Receive || len(c.Codecs) == 0 || t.Remote.Ufrag == "" {
				continue
			}
			at := slices.IndexFunc(before, func(r *receiver) bool { return r.key == c.Key })
			if at >= 0 {
				p.receivers = append(p.receivers, before[at])
				before = slices.Delete(slices.Clone(before), at, at+1)
				continue
			}
			r := &receiver{peer: p, link: p.links[i], key: c.Key, kind: c.Kind}
			p.receivers = append(p.receivers, r)
			added = append(added, r.publish(c))
		}
	}
	for _, r := range before {
		if t := r.close(); t != nil {
			removed = append(removed, t)
		}
	}
	return removed, added
}

// publish makes the track of a content, with a layer for each that the peer sends.
func (r *receiver) publish(c *sdp.Content) *media.Track {
	t := media.NewTrack(media.TrackConfig{ID: r.id(), Kind: r.kind, Codec: c.Codecs[0].Codec, Publisher: r})
	for i, rid := range c.Layers {
		t.AddLayer(rid, firstHeight<<i)
	}
	if len(c.Layers) == 0 {
		t.AddLayer("", 0)
	}
	r.track.Store(t)
	return t
}

// firstHeight is that of a simulcast's smallest layer until its pictures say otherwise; each of the others has twice the height of the one before.
const firstHeight = 180

// id is unique among the peer's tracks: names are among the contents that one party has created.
func (r *receiver) id() string {
	for _, other := range r.peer.receivers {
		if other != r && other.key.Name == r.key.Name {
			return string(r.key.Creator) + " " + r.key.Name
		}
	}
	return r.key.Name
}

func (r *receiver) current() *media.Track { return r.track.Load() }

// close ends the receiver and returns its track, which the caller closes.
func (r *receiver) close() *media.Track { return r.track.Swap(nil) }

// RequestKeyframe implements [media.Publisher].
func (r *receiver) RequestKeyframe(*media.Layer) {}

// DemandChanged implements [media.Publisher].
func (r *receiver) DemandChanged(l *media.Layer) {
	layers := l.Track().Layers()
	if len(layers) < 2 {
		return
	}
	var wanted []string
	r.demandMu.Lock()
	for _, l := range layers {
		if l.Wanted() {
			wanted = append(wanted, l.RID())
		}
	}
	changed := !slices.Equal(wanted, r.wanted)
	r.wanted = wanted
	if changed {
		r.peer.events.Layers(r.key, wanted)
	}
	r.demandMu.Unlock()
}
