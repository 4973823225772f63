package media

import "sync/atomic"

// Sizes of a layer's ring: what may be asked for again. Half a second of a 720p camera at its top, two and a half seconds of a voice.
const (
	videoRing = 512
	audioRing = 128
)

// A ring keeps the last packets of a layer by sequence number. One goroutine puts, any may get, none waits.
type ring struct {
	slots []atomic.Pointer[Packet] // a power of two, so that sequence numbers map to the same slot when they wrap
}

func newRing(size int) ring { return ring{make([]atomic.Pointer[Packet], size)} }

func (r *ring) slot(sequence uint16) *atomic.Pointer[Packet] {
	return &r.slots[int(sequence)&(len(r.slots)-1)]
}

// has reports whether the same packet is there already. Only the goroutine that puts may ask. A stream that has begun anew may come to the
// numbers of the one before.
func (r *ring) has(p *Packet) bool {
	old := r.slot(p.Sequence).Load()
	return old != nil && old.Sequence == p.Sequence && old.SSRC == p.SSRC && old.Timestamp == p.Timestamp
}

// put takes over a reference and gives back that of the packet which it replaces.
func (r *ring) put(p *Packet) {
	if old := r.slot(p.Sequence).Swap(p); old != nil {
		old.Release()
	}
}

// get returns the packet with a reference for the caller, nil when it is not there.
//
// Packets are never freed while a slot points at them, but may be released and used anew between the two loads. tryRetain makes
// sure that it is somebody's packet, the second load that it is still this slot's: only then may its fields be read.
func (r *ring) get(sequence uint16) *Packet {
	slot := r.slot(sequence)
	p := slot.Load()
	if p == nil || !p.tryRetain() {
		return nil
	}
	if slot.Load() != p || p.Sequence != sequence {
		p.Release()
		return nil
	}
	return p
}

// clear gives back all packets.
func (r *ring) clear() {
	for i := range r.slots {
		if p := r.slots[i].Swap(nil); p != nil {
			p.Release()
		}
	}
}
