package team

import (
	"cmp"
	"slices"

	"plenum/components/directory"
	"plenum/xmppd/jid"
)

// serve rings for a caller who can be rung and is not.
func (q *Queue) serve(c *caller) {
	all := q.team.Strategy == directory.RingAll
	if len(c.ringing) > 0 && !all {
		return
	}
	able := q.able(c)
	if len(able) == 0 {
		return
	}
	if !all {
		able = []*member{q.choose(able)}
	}
	q.rung++
	ring := Ring{Call: c.call, Timeout: seconds(q.team.MemberTimeout), Number: q.rung}
	for _, m := range able {
		m.rings, m.number = c.call, q.rung
		c.ringing = append(c.ringing, m)
		ring.Members = append(ring.Members, m.User)
		q.last = m.User
	}
	q.outs = append(q.outs, ring)
}

// able are the members who can be rung for a caller now: of those who suit and who were not rung in vain in this round, the ones with the lowest priority. When
// all who could be were, another round begins.
func (q *Queue) able(c *caller) []*member {
	var free, fresh []*member
	for _, m := range q.members {
		if m.free(q) && m.suits(c.needs) {
			free = append(free, m)
			if !c.tried[m.User] {
				fresh = append(fresh, m)
			}
		}
	}
	if len(fresh) == 0 && len(free) > 0 && len(c.ringing) == 0 {
		c.tried, fresh = make(map[jid.JID]bool), free
	}
	if len(fresh) == 0 {
		return nil
	}
	first := slices.MinFunc(fresh, func(a, b *member) int { return cmp.Compare(a.Priority, b.Priority) }).Priority
	for _, m := range c.ringing { // with RingAll: more of the same priority may join in, others wait
		first = min(first, m.Priority)
	}
	return slices.DeleteFunc(fresh, func(m *member) bool { return m.Priority != first })
}

// free reports whether a member can be rung now.
func (m *member) free(q *Queue) bool {
	return m.serves() && m.phone == Idle && !m.engaged && m.call == "" && m.rings == "" && !m.wrapped.After(q.now) && !m.rested.After(q.now)
}

// choose picks one of those who can be rung, who stand in the order of the team's list.
func (q *Queue) choose(able []*member) *member {
	switch q.team.Strategy {
	case directory.LongestIdle:
		return slices.MinFunc(able, func(a, b *member) int { return a.ended.Compare(b.ended) })
	case directory.FewestCalls:
		return slices.MinFunc(able, func(a, b *member) int { return cmp.Compare(a.calls, b.calls) })
	case directory.RandomMember:
		return able[q.chance.IntN(len(able))]
	case directory.RandomWeighted:
		return q.weighted(able)
	case directory.RoundRobin:
		return q.after(able, func(m *member) int { return m.seat })
	case directory.RoundRobinSorted:
		return q.after(able, func(m *member) int { return slices.Index(q.members, m) })
	}
	return able[0] // InOrder
}

// weighted picks one by chance: with half the weight + 1 twice as likely.
func (q *Queue) weighted(able []*member) *member {
	sum := 0.0
	for _, m := range able {
		sum += 1 / float64(m.Weight+1)
	}
	at := q.chance.Float64() * sum
	for _, m := range able {
		if at -= 1 / float64(m.Weight+1); at < 0 {
			return m
		}
	}
	return able[len(able)-1]
}

// after is who comes first in an order after the one who was rung last.
func (q *Queue) after(able []*member, place func(*member) int) *member {
	last := -1
	if m := q.member(q.last); m != nil {
		last = place(m)
	}
	return slices.MinFunc(able, func(a, b *member) int {
		return cmp.Or(compareBool(place(a) <= last, place(b) <= last), cmp.Compare(place(a), place(b)))
	})
}

// compareBool orders false before true.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
