package sfu

import (
	"slices"
	"time"

	"plenum/components/media"
	"plenum/jingle/sdp"
)

// announced is announce for who does not hold the link's mutex.
func (l *link) announced(r *receiver, sources []sdp.Source) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.announce(r, sources)
}

// announce takes over what the peer has said of its streams. Layers that have names say them in their packets.
func (l *link) announce(r *receiver, sources []sdp.Source) {
	if len(r.rids) > 0 {
		return
	}
	for _, s := range sources {
		for s.Layer >= len(r.layers) && s.Layer < maxLayers && s.Layer < len(sources) { // a simulcast of old: a source for each layer, without names
			n := len(r.layers)
			r.layers = append(r.layers, &layer{out: r.track.Load().AddLayer(layerName(n), firstHeight<<n)})
			list := r.layers
			r.asked.Store(&list)
		}
		if s.Layer >= len(r.layers) {
			continue
		}
		at := r.layers[s.Layer]
		if l.streams[s.SSRC] != nil || at.stream != nil {
			continue
		}
		l.add(&stream{receiver: r, layer: at, ssrc: s.SSRC})
		if s.Repair != 0 && l.streams[s.Repair] == nil {
			l.add(&stream{receiver: r, layer: at, ssrc: s.Repair, repairs: true})
		}
	}
}

// maxLayers is how many a simulcast may have.
const maxLayers = 3

func layerName(n int) string { return string(rune('0' + n)) }

// add takes a stream in. Of its layer it is the one stream from now on.
func (l *link) add(s *stream) {
	s.clock = s.receiver.codecs[s.receiver.codec].Clock
	l.streams[s.ssrc] = s
	if !s.repairs {
		if before := s.layer.stream; before != nil {
			delete(l.streams, before.ssrc)
		}
		s.layer.carries(s)
	}
}

func (l *layer) carries(s *stream) {
	l.stream = s
	l.ssrc.Store(s.ssrc)
}

// learn finds out what stream a packet with an unknown SSRC begins, nil when it is none that was agreed on.
func (l *link) learn(p *media.Packet, now time.Duration) *stream {
	r := l.content(p)
	if r == nil {
		return nil
	}
	kind, _ := r.payload(p.PayloadType)
	at := r.layerOf(layerOf(p, kind))
	if at == nil || kind == payloadUnknown {
		return nil
	}
	s := &stream{receiver: r, layer: at, ssrc: p.SSRC, repairs: kind == payloadRepair}
	if !s.repairs && at.stream != nil && at.stream.began && now-at.stream.heard < silent {
		return nil
	}
	l.add(s)
	return s
}

// layerOf is the name of the layer that a packet says it belongs to, or repairs (RFC 8852).
func layerOf(p *media.Packet, kind payloadKind) []byte {
	if kind == payloadRepair {
		return p.RepairedRID
	}
	return p.RID
}

// content finds whose packet it is: by the name of its content (RFC 9143 §9.2), else by its payload type when that belongs to one only.
// Where the packet names a layer, those that have it count. Compat: Firefox does not let pages choose the names of contents, so that the
// pages of this server's leave them out of packets.
func (l *link) content(p *media.Packet) (found *receiver) {
	for _, r := range l.receivers {
		if len(p.MID) > 0 {
			if string(p.MID) == r.key.Name {
				return r
			}
			continue
		}
		kind, _ := r.payload(p.PayloadType)
		if name := layerOf(p, kind); kind == payloadUnknown || len(name) > 0 && !r.names(name) {
			continue
		}
		if found != nil {
			return nil
		}
		found = r
	}
	return found
}

// names reports whether the content has a layer of that name.
func (r *receiver) names(rid []byte) bool { return slices.Contains(r.rids, string(rid)) }

// layerOf finds a layer by its name, which the only one does not need.
func (r *receiver) layerOf(rid []byte) *layer {
	if len(r.rids) == 0 {
		if len(r.layers) == 1 {
			return r.layers[0]
		}
		return nil
	}
	if i := slices.IndexFunc(r.rids, func(id string) bool { return id == string(rid) }); i >= 0 && len(rid) > 0 {
		return r.layers[i]
	}
	return nil
}
