package sharedgroups

import (
	"iter"
	"slices"

	"plenum/xmppd"
	"plenum/xmppd/jid"
)

// difference is what has changed between two snapshots. It takes little memory, however many rosters are concerned: who looks different
// to whom is worked out for one owner after the other.
type difference struct {
	before, after *snapshot
	were, are     []*pair                 // by the number of the person before, and after
	groups        map[string]*groupChange // by ID; of groups that are there before and after, and differ
}

// pair is somebody as he was and is; nil where he was not, or is not, in any group.
type pair struct{ old, now *person }

// groupChange is what those see differently who are in a group before and after.
type groupChange struct {
	renamed bool    // every member has changed
	people  []*pair // who came, went, or has another name
}

func compare(before, after *snapshot) *difference {
	d := &difference{before: before, after: after, groups: map[string]*groupChange{}}
	d.were, d.are = make([]*pair, len(before.list)), make([]*pair, len(after.list))
	for i, p := range before.list {
		d.were[i] = &pair{p, after.people[p.jid]}
		if q := d.were[i].now; q != nil {
			d.are[q.number] = d.were[i]
		}
	}
	for i, q := range after.list {
		if d.are[i] == nil {
			d.are[i] = &pair{nil, q}
		}
	}
	for id, old := range before.groups {
		if now := after.groups[id]; now != nil && now.digest != old.digest {
			d.groups[id] = &groupChange{renamed: now.name != old.name, people: d.changedMembers(old, now)}
		}
	}
	return d
}

func (d *difference) changedMembers(old, now *group) (people []*pair) {
	for _, p := range old.members {
		if who := d.were[p.number]; !who.now.in(now) || who.now.name != p.name {
			people = append(people, who)
		}
	}
	for _, q := range now.members {
		if who := d.are[q.number]; !who.old.in(old) {
			people = append(people, who)
		}
	}
	return people
}

// in reports whether a person is in a group of the same snapshot. Both may be nil.
func (p *person) in(g *group) bool {
	if p == nil || g == nil {
		return false
	}
	_, found := slices.BinarySearchFunc(p.circle.groups, g.number, func(h *group, number int) int { return h.number - number })
	return found
}

// changes yields what is different for an owner, each contact once.
func (d *difference) changes(owner jid.JID) iter.Seq[xmppd.RosterChange] {
	o := pair{d.before.people[owner], d.after.people[owner]}
	return func(yield func(xmppd.RosterChange) bool) {
		if o.old == nil && o.now == nil || o.old != nil && o.now != nil && o.old.circle.version == o.now.circle.version {
			return
		}
		lists := d.suspects(&o)
		var seen map[*pair]struct{} // needed when two groups may name somebody
		if len(lists) > 1 {
			seen = map[*pair]struct{}{}
		}
		for _, list := range lists {
			for who := range list {
				if _, named := seen[who]; named {
					continue
				}
				if seen != nil {
					seen[who] = struct{}{}
				}
				if ch, changed := o.sees(who); changed && !yield(ch) {
					return
				}
			}
		}
	}
}

// along joins an owner's changes over several differences, each of which begins where the one before it ends. Whom the owner sees in
// the end he has not seen before if that was so at any moment; whom he does not see, he has seen if that was so at any.
func along(way []*difference, owner jid.JID) iter.Seq[xmppd.RosterChange] {
	if len(way) == 1 {
		return way[0].changes(owner)
	}
	return func(yield func(xmppd.RosterChange) bool) {
		var list []xmppd.RosterChange
		at := map[jid.JID]int{}
		always := map[jid.JID]xmppd.Subscription{} // what held at every moment
		ever := map[jid.JID]xmppd.Subscription{}   // what held at some moment
		for _, d := range way {
			for ch := range d.changes(owner) {
				i, known := at[ch.Contact]
				if !known {
					i = len(list)
					at[ch.Contact] = i
					list = append(list, ch)
					always[ch.Contact] = ch.Before
				}
				list[i].After = ch.After
				always[ch.Contact] &= ch.Before & ch.After
				ever[ch.Contact] |= ch.Before | ch.After
			}
		}
		for _, ch := range list {
			ch.Before = always[ch.Contact]&ch.After | ever[ch.Contact]&^ch.After
			if !yield(ch) {
				return
			}
		}
	}
}

// suspects are lists of those who may look different to an owner.
func (d *difference) suspects(o *pair) (lists []iter.Seq[*pair]) {
	all := func(members []*person, pairs []*pair) iter.Seq[*pair] {
		return func(yield func(*pair) bool) {
			for _, m := range members {
				if !yield(pairs[m.number]) {
					return
				}
			}
		}
	}
	if o.old != nil {
		for _, g := range o.old.circle.groups {
			ch := d.groups[g.id]
			stays := o.now.in(d.after.groups[g.id])
			if !stays || ch != nil && ch.renamed {
				lists = append(lists, all(g.members, d.were))
			}
			if stays && ch != nil {
				lists = append(lists, slices.Values(ch.people))
			}
		}
	}
	if o.now != nil {
		for _, g := range o.now.circle.groups {
			if !o.old.in(d.before.groups[g.id]) {
				lists = append(lists, all(g.members, d.are))
			}
		}
	}
	return lists
}

// sees compares how somebody else looks to an owner.
func (o *pair) sees(who *pair) (ch xmppd.RosterChange, changed bool) {
	var was, is []string
	if p := who.old; p != nil && o.old != nil {
		if p == o.old {
			return ch, false // himself
		}
		ch.Contact = p.jid
		was = sharedNames(o.old, p)
	}
	if q := who.now; q != nil && o.now != nil {
		if q == o.now {
			return ch, false
		}
		ch.Contact = q.jid
		is = sharedNames(o.now, q)
	}
	if len(was) > 0 {
		ch.Before = both
	}
	if len(is) > 0 {
		ch.After = both
	}
	return ch, ch.Before != ch.After || len(is) > 0 && (who.old.name != who.now.name || !sameNames(was, is))
}

// sameNames reports whether two lists without doubles have the same names; their order says nothing.
func sameNames(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for _, name := range a {
		if !slices.Contains(b, name) {
			return false
		}
	}
	return true
}
