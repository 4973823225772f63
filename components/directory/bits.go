package directory

import "math/bits"

// slots gives each object of a kind a small number, so that a set of objects is a string of bits.
type slots struct {
	slot map[string]int
	ids  []string // by slot; empty for one that is free
	free []int
}

func newSlots() *slots { return &slots{slot: make(map[string]int)} }

// add returns the slot of an object, a new one when it has none.
func (s *slots) add(id string) int {
	if slot, ok := s.slot[id]; ok {
		return slot
	}
	slot := len(s.ids)
	if n := len(s.free); n > 0 {
		slot, s.free = s.free[n-1], s.free[:n-1]
		s.ids[slot] = id
	} else {
		s.ids = append(s.ids, id)
	}
	s.slot[id] = slot
	return slot
}

// remove frees the slot of an object and returns it.
func (s *slots) remove(id string) (slot int, ok bool) {
	slot, ok = s.slot[id]
	if ok {
		delete(s.slot, id)
		s.ids[slot] = ""
		s.free = append(s.free, slot)
	}
	return slot, ok
}

// bitset is a set of slots.
type bitset []uint64

func (b bitset) has(slot int) bool { return slot/64 < len(b) && b[slot/64]&(1<<(slot%64)) != 0 }

func (b *bitset) set(slot int) {
	for slot/64 >= len(*b) {
		*b = append(*b, 0)
	}
	(*b)[slot/64] |= 1 << (slot % 64)
}

func (b bitset) clear(slot int) {
	if slot/64 < len(b) {
		b[slot/64] &^= 1 << (slot % 64)
	}
}

func (b bitset) count() int {
	n := 0
	for _, word := range b {
		n += bits.OnesCount64(word)
	}
	return n
}

// common counts the slots that two sets have in common.
func (b bitset) common(other bitset) int {
	n := 0
	for i := range min(len(b), len(other)) {
		n += bits.OnesCount64(b[i] & other[i])
	}
	return n
}
