package sharedgroups

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"iter"
	"slices"

	"plenum/xmppd"
	"plenum/xmppd/jid"
)

// snapshot is how things stood at one moment. It is immutable, as is all that it holds.
type snapshot struct {
	people map[jid.JID]*person
	list   []*person         // by number
	groups map[string]*group // by ID
	sum    digest            // of everything
}

// person is a member of at least one group.
type person struct {
	number int
	jid    jid.JID
	name   string
	digest digest // of the two
	circle *circle
}

// group is a group with more than nobody in it.
type group struct {
	id, name string
	names    []string // the name alone
	number   int      // groups of a circle are in the order of their numbers
	members  []*person
	digest   digest // of all that its members see of it
}

// circle is a set of groups, shared by all who are in just these.
type circle struct {
	groups  []*group
	names   []string
	version string // of all that they see
}

// nobody is the version of the roster of those who are in no group.
const nobody = "0"

// build makes a snapshot. Guests are in no group, whatever the source says.
func build(groups []Group, name func(jid.JID) string, guestDomain string) *snapshot {
	s := &snapshot{people: map[jid.JID]*person{}, groups: make(map[string]*group, len(groups))}
	var of [][]*group // by person
	for i, g := range groups {
		if g.Name == "" {
			g.Name = g.ID
		}
		made := &group{id: g.ID, name: g.Name, names: []string{g.Name}, number: i, members: make([]*person, 0, len(g.Members))}
		for _, m := range g.Members {
			if m.Domain() == guestDomain {
				continue
			}
			p := s.people[m]
			if p == nil {
				p = &person{number: len(s.list), jid: m, name: name(m)}
				p.digest = digestOf(m.String(), p.name)
				s.people[m] = p
				s.list = append(s.list, p)
			}
			if p.number == len(of) {
				of = append(of, nil)
			}
			in := of[p.number]
			if len(in) > 0 && in[len(in)-1] == made {
				continue // named twice
			}
			of[p.number] = append(in, made)
			made.members = append(made.members, p)
			made.digest.add(p.digest)
		}
		made.digest = digestOf(made.name, string(made.digest.bytes()))
		s.groups[g.ID] = made
		s.sum.add(digestOf(g.ID, string(made.digest.bytes())))
	}
	s.draw(of)
	return s
}

// draw gives everybody a circle, each set of groups once.
func (s *snapshot) draw(of [][]*group) {
	circles := map[string]*circle{}
	var key []byte
	for i, groups := range of {
		key = key[:0]
		for _, g := range groups {
			key = binary.BigEndian.AppendUint32(key, uint32(g.number))
		}
		c := circles[string(key)]
		if c == nil {
			c = &circle{groups: slices.Clip(groups)}
			var sum digest // the order of groups does not matter
			for _, g := range groups {
				c.names = appendName(c.names, g.name)
				sum.add(g.digest)
			}
			c.version = sum.String()
			circles[string(key)] = c
		}
		s.list[i].circle = c
	}
}

func appendName(names []string, name string) []string {
	if slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}

// common gives the first group that two circles have in common, and what each has behind it; nil if there is none.
func common(x, y []*group) (g *group, x2, y2 []*group) {
	for len(x) > 0 && len(y) > 0 {
		switch a, b := x[0], y[0]; {
		case a == b:
			return a, x[1:], y[1:]
		case a.number < b.number:
			x = x[1:]
		default:
			y = y[1:]
		}
	}
	return nil, nil, nil
}

// sharedNames are the names of the groups that two people are both in; without allocation where it is one group, or all of them.
func sharedNames(a, b *person) []string {
	if a.circle == b.circle {
		return a.circle.names
	}
	g, x, y := common(a.circle.groups, b.circle.groups)
	if g == nil {
		return nil
	}
	names := g.names
	for {
		if g, x, y = common(x, y); g == nil {
			return names
		}
		names = appendName(slices.Clip(names), g.name)
	}
}

// contacts yields all whom a person sees, each once. Nobody sees nobody.
func (p *person) contacts() iter.Seq[*person] {
	return func(yield func(*person) bool) {
		if p == nil {
			return
		}
		for _, g := range p.circle.groups {
			for _, m := range g.members {
				if m == p {
					continue
				}
				if first, _, _ := common(p.circle.groups, m.circle.groups); first == g && !yield(m) {
					return
				}
			}
		}
	}
}

// item is how others see the person in these roster groups.
func (p *person) item(groups []string) xmppd.RosterItem {
	return xmppd.RosterItem{Contact: p.jid, Name: p.name, Groups: groups, Subscription: both}
}

const both = xmppd.SubscriptionTo | xmppd.SubscriptionFrom

// digest is a hash of 128 bits. The sum of several does not depend on their order.
type digest [2]uint64

func digestOf(a, b string) digest {
	text := binary.AppendUvarint(make([]byte, 0, 64), uint64(len(a)))
	text = append(append(text, a...), b...)
	sum := sha256.Sum256(text)
	return digest{binary.BigEndian.Uint64(sum[:]), binary.BigEndian.Uint64(sum[8:])}
}

func (d *digest) add(o digest) {
	d[0] += o[0]
	d[1] += o[1]
}

func (d digest) bytes() []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, d[0]), d[1])
}

// String has letters and digits only.
func (d digest) String() string { return encoding.EncodeToString(d.bytes()) }

var encoding = base32.StdEncoding.WithPadding(base32.NoPadding)
