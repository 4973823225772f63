package directory

import (
	"cmp"
	"slices"
	"strings"

	"plenum/xmppd/jid"
)

// grant is a permission with what it is assigned to by hand.
type grant struct {
	Permission
	assigned [len(kinds)]bitset // by Kind.index
	sortName string
	members  []jid.JID // active users in their order, for Groups; nil when something changed
}

// has reports whether an object has the permission.
func (g *grant) has(kind Kind, slot int) bool {
	return g.Auto.Of(kind) || g.assigned[kind.index()].has(slot)
}

// assignment is a row of what is assigned by hand.
type assignment struct {
	kind   Kind
	object string
}

// putPermission takes a permission in with all its assignments. Objects that are not known are on their way: a later change names the permission
// again.
func (m *model) putPermission(p Permission, assigned []assignment) {
	g := &grant{Permission: p, sortName: fold(p.Name)}
	for _, a := range assigned {
		if slot, ok := m.slot(a.kind, a.object); ok {
			g.assigned[a.kind.index()].set(slot)
		}
	}
	m.permissions[p.ID] = g
	m.permissionsChanged()
}

func (m *model) dropPermission(id string) {
	delete(m.permissions, id)
	m.permissionsChanged()
}

func (m *model) permissionsChanged() { m.sorted, m.byType, m.groups = nil, nil, nil }

// membersChanged notes that a user came, went or changed his state, for the groups that he is in.
func (m *model) membersChanged(slot int) {
	for _, g := range m.permissions {
		if g.has(Users, slot) {
			g.members, m.groups = nil, nil
		}
	}
}

// withGrants calls read, with the lock for reading held, when the lists of permissions are made.
func (m *model) withGrants(read func()) {
	m.mu.RLock()
	if m.byType == nil {
		m.mu.RUnlock()
		m.mu.Lock()
		m.listGrants()
		m.mu.Unlock()
		m.mu.RLock()
	}
	defer m.mu.RUnlock()
	read()
}

// listGrants makes the lists of permissions: the one that is built in first, then by name.
func (m *model) listGrants() {
	if m.byType != nil {
		return
	}
	m.sorted = make([]*grant, 0, len(m.permissions))
	for _, g := range m.permissions {
		m.sorted = append(m.sorted, g)
	}
	slices.SortFunc(m.sorted, func(a, b *grant) int {
		switch {
		case a.ID == AllID:
			return -1
		case b.ID == AllID:
			return 1
		}
		return cmp.Or(strings.Compare(a.sortName, b.sortName), strings.Compare(a.ID, b.ID))
	})
	m.byType = make(map[PermissionType][]*grant)
	for _, g := range m.sorted {
		for _, t := range g.Types {
			m.byType[t] = append(m.byType[t], g)
		}
	}
}

// makeGroups returns what Groups does, to who holds the lock.
func (m *model) makeGroups() []Group {
	m.listGrants()
	groups := make([]Group, 0, len(m.byType[XMPPGroup]))
	for _, g := range m.byType[XMPPGroup] {
		if g.members == nil {
			g.members = m.membersOf(g)
		}
		group := Group{ID: g.ID, Name: g.Name, All: g.Auto.Users, Members: g.members}
		for _, team := range m.orderObjects(Teams) {
			if g.has(Teams, team.slot) {
				group.Teams = append(group.Teams, team.Object)
			}
		}
		groups = append(groups, group)
	}
	return groups
}

// membersOf returns the active users who have a permission.
func (m *model) membersOf(g *grant) []jid.JID {
	members := make([]jid.JID, 0, g.assigned[Users.index()].count())
	for _, e := range m.order(sortJID) {
		if e.active() && g.has(Users, int(e.slot)) {
			members = append(members, e.jid)
		}
	}
	return members
}

// everybody returns all active users.
func (m *model) everybody() (users []jid.JID) {
	for _, e := range m.order(sortJID) {
		if e.active() {
			users = append(users, e.jid)
		}
	}
	return users
}

// count returns how many objects of a kind have a permission, users in the bin apart.
func (m *model) count(g *grant, kind Kind) int {
	all := m.slots[kind.index()].count()
	if kind == Users {
		all -= m.binned.count()
	}
	if g.Auto.Of(kind) {
		return all
	}
	assigned := g.assigned[kind.index()]
	n := assigned.count()
	if kind == Users {
		n -= assigned.common(m.binned)
	}
	return n
}

// share reports whether two objects have a common permission with the type, and whether any permission has the type at all.
func (m *model) share(t PermissionType, kind Kind, slot int, otherKind Kind, other int) (together, configured bool) {
	for _, g := range m.byType[t] {
		if g.has(kind, slot) && g.has(otherKind, other) {
			return true, true
		}
	}
	return false, len(m.byType[t]) > 0
}
