package directory

import (
	"slices"
	"strings"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// Group is a permission with xmpp.group as contact lists show it. It does not change any more; what it holds is shared.
type Group struct {
	ID      string
	Name    string
	All     bool      // every user is in it, and comes into it by himself
	Members []jid.JID // active users, sorted by address
	Teams   []Object  // sorted by name
}

// Holds reports whether an active user has a permission that carries the type.
func (p *Permissions) Holds(user jid.JID, t PermissionType) bool {
	if !t.ActsOn(Users) {
		return false
	}
	m := p.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	e := m.accounts[user.Bare()]
	if e == nil || !e.Active() {
		return false
	}
	for _, g := range m.permissions {
		if g.Has(t) && (g.Auto.Users || g.assigned[Users].has(e.slot)) {
			return true
		}
	}
	return false
}

// Groups returns the shared groups of contact lists, sorted by name: one for each permission with xmpp.group. The answer is shared and kept until
// something changes; who is interested in what changed compares it with the last one.
func (p *Permissions) Groups() []Group {
	m := p.dir.model
	m.mu.RLock()
	groups := m.groups
	m.mu.RUnlock()
	if groups != nil {
		return groups
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.groups == nil {
		m.groups = m.makeGroups()
	}
	return m.groups
}

func (m *model) makeGroups() []Group {
	groups := make([]Group, 0, len(m.permissions))
	for _, g := range m.sortedPermissions() {
		if !g.Has(XMPPGroup) {
			continue
		}
		if g.members == nil {
			g.members = m.membersOf(g)
		}
		groups = append(groups, Group{ID: g.ID, Name: g.Name, All: g.Auto.Users, Members: g.members, Teams: m.objectsOf(g, Teams)})
	}
	return groups
}

// membersOf returns the active users who have a permission.
func (m *model) membersOf(g *grant) []jid.JID {
	members := make([]jid.JID, 0, max(g.assigned[Users].count(), 1))
	for _, e := range m.sorted(sortJID) {
		if e.Active() && (g.Auto.Users || g.assigned[Users].has(e.slot)) {
			members = append(members, e.JID)
		}
	}
	return members
}

// objectsOf returns the teams, locations or devices that have a permission, sorted by name.
func (m *model) objectsOf(g *grant, kind Kind) []Object {
	var objects []Object
	for key, o := range m.objects {
		if key.kind == kind && m.holds(g, kind, o.ID) {
			objects = append(objects, *o)
		}
	}
	slices.SortFunc(objects, func(a, b Object) int { return strings.Compare(fold(a.Name)+"\x00"+a.ID, fold(b.Name)+"\x00"+b.ID) })
	return objects
}

// Of returns the permissions of an object, sorted as List sorts.
func (p *Permissions) Of(kind Kind, id string) []Permission {
	m := p.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	var all []Permission
	for _, g := range m.sortedPermissions() {
		if m.slots[kind] != nil && m.holds(g, kind, id) {
			all = append(all, g.Permission)
		}
	}
	return all
}

// share reports whether two objects have a common permission with the type, and whether any permission has the type at all.
func (m *model) share(t PermissionType, kind Kind, id string, otherKind Kind, other string) (together, configured bool) {
	for _, g := range m.permissions {
		if g.Has(t) {
			configured = true
			if m.holds(g, kind, id) && m.holds(g, otherKind, other) {
				return true, true
			}
		}
	}
	return false, configured
}

// MayLogInAt reports whether a user may log in at a location. As long as no permission has location.group everybody may everywhere; then only
// together with the location in such a permission.
func (p *Permissions) MayLogInAt(user jid.JID, location string) bool {
	m := p.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	e := m.accounts[user.Bare()]
	if e == nil || !e.Active() || m.objects[objectKey{Locations, location}] == nil {
		return false
	}
	together, configured := m.share(LocationGroup, Users, e.JID.String(), Locations, location)
	return together || !configured
}

// MayPickUp reports whether a user may pick up a call that rings at another user or a team. As long as no permission has pickup.group everybody may
// from everybody; then only within such a permission.
func (p *Permissions) MayPickUp(user jid.JID, kind Kind, from string) bool {
	m := p.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	e := m.accounts[user.Bare()]
	if e == nil || !e.Active() || !PickupGroup.ActsOn(kind) {
		return false
	}
	if _, ok := m.slots[kind].slot[from]; !ok {
		return false
	}
	together, configured := m.share(PickupGroup, Users, e.JID.String(), kind, from)
	return together || !configured
}

// Assignee is an object as the lists of assignments show it.
type Assignee struct {
	ID        string // of a user: his JID
	Name      string
	Extension string
	Device    string  // kind of device
	Owner     jid.JID // of a device
}

// AssigneeQuery asks for a page of objects that a permission is assigned to, or that it could be.
type AssigneeQuery struct {
	Kind     Kind
	Assigned bool   // those that have it; false: those that have not
	Text     string // words, each of which is part of name, login name or extension
	Offset   int
	Limit    int // at most MaxPage, which 0 means too
}

// AssigneePage is a part of what was asked for.
type AssigneePage struct {
	Items []Assignee
	Total int
}

// Assigned returns a page of objects, sorted by name. Users in the bin are left out.
func (p *Permissions) Assigned(id string, q AssigneeQuery) (AssigneePage, error) {
	if !slices.Contains(Kinds(), q.Kind) {
		return AssigneePage{}, fault.Newf(fault.Invalid, "%.32q is no kind of objects", q.Kind)
	}
	if q.Offset < 0 || q.Limit < 0 {
		return AssigneePage{}, fault.New(fault.Invalid, "offset and limit may not be negative")
	}
	if q.Limit == 0 || q.Limit > MaxPage {
		q.Limit = MaxPage
	}
	m := p.dir.model
	users := m.order(SortName)
	m.mu.RLock()
	defer m.mu.RUnlock()
	g := m.permissions[id]
	if g == nil {
		return AssigneePage{}, errNoPermission()
	}
	words := strings.Fields(fold(q.Text))
	var page AssigneePage
	add := func(a func() Assignee) {
		if page.Total >= q.Offset && len(page.Items) < q.Limit {
			page.Items = append(page.Items, a())
		}
		page.Total++
	}
	if q.Kind == Users {
		for _, e := range users {
			if !e.InBin() && (g.Auto.Users || g.assigned[Users].has(e.slot)) == q.Assigned && containsAll(e.search, words) {
				add(func() Assignee { return Assignee{ID: e.JID.String(), Name: e.DisplayName, Extension: e.Extension} })
			}
		}
		return page, nil
	}
	for _, o := range m.sortedObjects(q.Kind) {
		if m.holds(g, q.Kind, o.ID) == q.Assigned && containsAll(fold(o.Name)+"\n"+o.Extension, words) {
			add(func() Assignee { return Assignee{o.ID, o.Name, o.Extension, o.Device, o.Owner} })
		}
	}
	return page, nil
}

func containsAll(text string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// Count returns how many objects of a kind have a permission; users in the bin do not count.
func (p *Permissions) Count(id string, kind Kind) int {
	page, err := p.Assigned(id, AssigneeQuery{Kind: kind, Assigned: true, Limit: 1})
	if err != nil {
		return 0
	}
	return page.Total
}
