package directory

import "math/bits"

// slots gives each object of a kind a small number, so that a set of objects is a string of bits.
type slots struct {
	free []int
	used int // numbers given out, free ones included
}

// take returns a number that no object has.
func (s *slots) take() int {
	if n := len(s.free); n > 0 {
		slot := s.free[n-1]
		s.free = s.free[:n-1]
		return slot
	}
	s.used++
	return s.used - 1
}

// give returns a number for others.
func (s *slots) give(slot int) { s.free = append(s.free, slot) }

// count returns how many objects have a number.
func (s *slots) count() int { return s.used - len(s.free) }

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
