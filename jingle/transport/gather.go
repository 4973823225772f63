package transport

// A gatherer brings what is to be written at once into an order in which the packets of each transport stand together, so that a socket
// can send them as one. Those of one transport keep their order, and so do transports by their first packet.
type gatherer struct {
	round uint32
	slots [2 * batch]struct { // by the transport's number
		round, number uint32
		last          int16
	}
	next  [batch]int16
	heads [batch]int16
	out   [batch]*Buffer
}

// gather orders the list.
func (g *gatherer) gather(list []*Buffer) {
	g.round++
	heads := g.heads[:0]
	for i, b := range list {
		g.next[i] = -1
		if b.t == nil {
			heads = append(heads, int16(i))
			continue
		}
		at := int(b.t.number) % len(g.slots)
		for g.slots[at].round == g.round && g.slots[at].number != b.t.number {
			at = (at + 1) % len(g.slots)
		}
		slot := &g.slots[at]
		if slot.round == g.round {
			g.next[slot.last] = int16(i)
		} else {
			heads = append(heads, int16(i))
			slot.round, slot.number = g.round, b.t.number
		}
		slot.last = int16(i)
	}
	out := g.out[:0]
	for _, i := range heads {
		for ; i >= 0; i = g.next[i] {
			out = append(out, list[i])
		}
	}
	copy(list, out)
	clear(out)
}
