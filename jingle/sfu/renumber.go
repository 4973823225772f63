package sfu

// keptSkips is how many left out packets are remembered: late packets are seldom later.
const keptSkips = 16

// A renumbering closes the gaps that packets leave which are not published: keys, and packets that only probe the path. Whoever gets the
// stream forwarded would take them for lost.
type renumbering struct {
	shift   uint16
	skipped [keptSkips]uint16 // the last ones, at their number modulo the length
}

// skip leaves out a packet that is before all others.
func (r *renumbering) skip(sequence uint16) {
	r.skipped[r.shift%keptSkips] = sequence
	r.shift++
}

// number is what a packet is called when it is published.
func (r *renumbering) number(sequence uint16) uint16 {
	after := uint16(0) // left out, and after this one
	for after < min(r.shift, keptSkips) && int16(r.skipped[(r.shift-1-after)%keptSkips]-sequence) > 0 {
		after++
	}
	return sequence - (r.shift - after)
}
