package sfu

// keptSkips is how many left out packets are remembered, skipAge for how many packets: late ones are seldom later.
const (
	keptSkips = 16
	skipAge   = 1000
)

// A renumbering closes the gaps that packets leave which are not published: keys, and packets that only probe the path. Whoever gets the
// stream forwarded would take them for lost.
type renumbering struct {
	shift   uint16
	kept    uint16            // of the last skips
	skipped [keptSkips]uint16 // at their number modulo the length
}

// skip leaves out a packet that is before all others.
func (r *renumbering) skip(sequence uint16) {
	r.skipped[r.shift%keptSkips] = sequence
	r.shift++
	r.kept = min(r.kept+1, keptSkips)
}

// number is what a packet is called when it is published.
func (r *renumbering) number(sequence uint16) uint16 {
	if r.kept == 0 {
		return sequence - r.shift
	}
	if d := int16(sequence - r.skipped[(r.shift-1)%keptSkips]); d > skipAge || d < -skipAge {
		r.kept = 0
	}
	after := uint16(0) // left out, and after this one
	for after < r.kept && int16(r.skipped[(r.shift-1-after)%keptSkips]-sequence) > 0 {
		after++
	}
	return sequence - (r.shift - after)
}
