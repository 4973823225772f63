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
func (p *Permissions) Holds(user jid.JID, t PermissionType) (holds bool) {
	m := p.dir.model
	m.withGrants(func() {
		e := m.accounts[user.Bare()]
		holds = e != nil && e.active() && t.ActsOn(Users) &&
			slices.ContainsFunc(m.byType[t], func(g *grant) bool { return g.has(Users, int(e.slot)) })
	})
	return holds
}

// holds is Holds for who has the lock.
func (m *model) holds(e *entry, t PermissionType) bool {
	for _, g := range m.permissions {
		if slices.Contains(g.Types, t) && g.has(Users, int(e.slot)) {
			return e.active()
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

// Of returns the permissions of an object, sorted as List sorts.
func (p *Permissions) Of(kind Kind, id string) []Permission {
	m := p.dir.model
	var all []Permission
	m.withGrants(func() {
		slot, ok := m.slot(kind, id)
		if !ok {
			return
		}
		for _, g := range m.sorted {
			if g.has(kind, slot) {
				all = append(all, g.Permission)
			}
		}
	})
	return all
}

// BillingGroups returns the names of the permissions with billing.group that one of some users, or a team, has, sorted.
func (p *Permissions) BillingGroups(users []jid.JID, team string) (names []string) {
	m := p.dir.model
	m.withGrants(func() {
		slot, there := m.slot(Teams, team)
		for _, g := range m.byType[BillingGroup] {
			holds := func(user jid.JID) bool {
				e := m.accounts[user.Bare()]
				return e != nil && g.has(Users, int(e.slot))
			}
			if there && g.has(Teams, slot) || slices.ContainsFunc(users, holds) {
				names = append(names, g.Name)
			}
		}
	})
	slices.Sort(names)
	return names
}

// MayLogInAt reports whether a user may log in at a location. As long as no permission has location.group everybody may everywhere; then only
// together with the location in such a permission.
func (p *Permissions) MayLogInAt(user jid.JID, location string) bool {
	return p.mayTogether(LocationGroup, user, Locations, location)
}

// MayPickUp reports whether a user may pick up a call that rings at another user or a team. As long as no permission has pickup.group everybody may
// from everybody; then only within such a permission.
func (p *Permissions) MayPickUp(user jid.JID, kind Kind, from string) bool {
	return p.mayTogether(PickupGroup, user, kind, from)
}

// SeesTeam reports whether a user has a team in his contact list: whether the two are together in a permission with xmpp.group.
func (p *Permissions) SeesTeam(user jid.JID, team string) (sees bool) {
	m := p.dir.model
	m.withGrants(func() {
		e := m.accounts[user.Bare()]
		slot, there := m.slot(Teams, team)
		if e != nil && e.active() && there {
			sees, _ = m.share(XMPPGroup, Users, int(e.slot), Teams, slot)
		}
	})
	return sees
}

// pickupGroup returns the active users of a permission with pickup.group, or with an empty ID of all those that a team has; everybody, as long as no
// permission has pickup.group.
func (p *Permissions) pickupGroup(team, id string) (users []jid.JID) {
	m := p.dir.model
	m.mu.Lock() // members are listed when they are first asked for
	defer m.mu.Unlock()
	m.listGrants()
	slot, there := m.slot(Teams, team)
	all := m.byType[PickupGroup]
	if len(all) == 0 {
		return m.everybody()
	}
	for _, g := range all {
		if id != "" && g.ID == id || id == "" && there && g.has(Teams, slot) {
			users = append(users, m.membersOf(g)...)
		}
	}
	slices.SortFunc(users, jid.JID.Compare)
	return slices.Compact(users)
}

// mayTogether answers for the types that say who may do something with what else has the permission.
func (p *Permissions) mayTogether(t PermissionType, user jid.JID, kind Kind, id string) (may bool) {
	m := p.dir.model
	m.withGrants(func() {
		e := m.accounts[user.Bare()]
		slot, there := m.slot(kind, id)
		if e == nil || !e.active() || !there || !t.ActsOn(kind) {
			return
		}
		together, configured := m.share(t, Users, int(e.slot), kind, slot)
		may = together || !configured
	})
	return may
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
func (p *Permissions) Assigned(id string, q AssigneeQuery) (page AssigneePage, err error) {
	if !q.Kind.Known() {
		return AssigneePage{}, fault.Newf(fault.Invalid, "%.32q is no kind of objects", q.Kind)
	}
	if q.Offset < 0 || q.Limit < 0 {
		return AssigneePage{}, fault.New(fault.Invalid, "offset and limit may not be negative")
	}
	if q.Limit == 0 || q.Limit > MaxPage {
		q.Limit = MaxPage
	}
	m := p.dir.model
	if q.Kind == Users {
		m.withOrder(SortName, func(order []*entry) { page, err = q.users(m.permissions[id], order, m.texts) })
	} else {
		m.withObjects(q.Kind, func(order []*objectEntry) { page, err = q.objects(m.permissions[id], order) })
	}
	return page, err
}

func (q *AssigneeQuery) users(g *grant, order []*entry, texts []string) (page AssigneePage, err error) {
	if g == nil {
		return page, errNoPermission()
	}
	words := strings.Fields(fold(q.Text))
	for _, e := range order {
		if e.inBin() || g.has(Users, int(e.slot)) != q.Assigned || !containsAll(texts[e.slot], words) {
			continue
		}
		if page.Total >= q.Offset && len(page.Items) < q.Limit {
			page.Items = append(page.Items, Assignee{ID: e.jid.String(), Name: e.field(entryName), Extension: e.field(entryExtension)})
		}
		page.Total++
	}
	return page, nil
}

func (q *AssigneeQuery) objects(g *grant, order []*objectEntry) (page AssigneePage, err error) {
	if g == nil {
		return page, errNoPermission()
	}
	words := strings.Fields(fold(q.Text))
	for _, e := range order {
		if g.has(q.Kind, e.slot) != q.Assigned || !containsAll(e.search, words) {
			continue
		}
		if page.Total >= q.Offset && len(page.Items) < q.Limit {
			page.Items = append(page.Items, Assignee{e.ID, e.Name, e.Extension, e.Device, e.Owner})
		}
		page.Total++
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
	m := p.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	g := m.permissions[id]
	if g == nil || !kind.Known() {
		return 0
	}
	return m.count(g, kind)
}
