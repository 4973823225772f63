package directory

import (
	"slices"
	"strings"
	"sync"

	"plenum/xmppd/jid"
)

// model is the directory in memory: what the database held at some revision, or newer. It answers all that is asked often, and is changed only
// by what was read from the database after a commit (feed.go).
type model struct {
	mu          sync.RWMutex
	revision    int64
	accounts    map[jid.JID]*entry
	objects     map[objectKey]*Object
	permissions map[string]*grant
	extensions  map[string]extensionOwner
	slots       map[Kind]*slots
	guests      guestTable

	orders map[SortKey][]*entry // accounts as pages show them; made when asked for, dropped by a change of an account
	groups []Group              // as Groups returns them; nil when something changed
}

type objectKey struct {
	kind Kind
	id   string
}

// entry is an account with what searching for it needs.
type entry struct {
	Account
	slot     int
	search   string // folded text in which words are looked for
	sortName string
}

// grant is a permission with what it is assigned to by hand.
type grant struct {
	Permission
	assigned map[Kind]bitset
	members  []jid.JID // active users in their order, for Groups; nil when something changed
}

type extensionOwner struct {
	pool  Pool
	owner string
}

func newModel() *model {
	m := &model{}
	m.reset()
	return m
}

// reset empties the model.
func (m *model) reset() {
	m.accounts = make(map[jid.JID]*entry)
	m.objects = make(map[objectKey]*Object)
	m.permissions = make(map[string]*grant)
	m.extensions = make(map[string]extensionOwner)
	m.slots = make(map[Kind]*slots)
	for _, kind := range Kinds() {
		m.slots[kind] = newSlots()
	}
	m.guests = newGuestTable()
	m.orders, m.groups = nil, nil
}

// putAccount takes an account in, or what became of it.
func (m *model) putAccount(a Account) {
	old := m.accounts[a.JID]
	e := &entry{Account: a, slot: m.slots[Users].add(a.JID.String())}
	e.search = fold(strings.Join([]string{a.JID.Local(), a.DisplayName, a.Extension, a.Email, a.MobileNumber}, "\n"))
	e.sortName = fold(a.DisplayName)
	m.accounts[a.JID] = e
	m.orders = nil
	if old == nil || old.Active() != a.Active() {
		m.membersChanged(e.slot)
	}
	if old != nil {
		m.freeExtensions(old)
	}
	m.takeExtension(a.Extension, PoolAccount, a.JID.String())
	m.takeExtension(a.FaxExtension, PoolFax, a.JID.String())
}

// dropAccount takes an account out, and out of all permissions.
func (m *model) dropAccount(bare jid.JID) {
	e := m.accounts[bare]
	if e == nil {
		return
	}
	m.membersChanged(e.slot)
	m.freeExtensions(e)
	m.freeSlot(Users, bare.String())
	delete(m.accounts, bare)
	m.orders = nil
}

func (m *model) freeExtensions(e *entry) {
	for _, extension := range []string{e.Extension, e.FaxExtension} {
		if m.extensions[extension].owner == e.JID.String() {
			delete(m.extensions, extension)
		}
	}
}

func (m *model) takeExtension(extension string, pool Pool, owner string) {
	if extension != "" {
		m.extensions[extension] = extensionOwner{pool, owner}
	}
}

// membersChanged notes that a user came, went or changed his state, for the groups that he is in.
func (m *model) membersChanged(slot int) {
	for _, g := range m.permissions {
		if g.Auto.Users || g.assigned[Users].has(slot) {
			g.members, m.groups = nil, nil
		}
	}
}

func (m *model) freeSlot(kind Kind, id string) {
	slot, ok := m.slots[kind].remove(id)
	if !ok {
		return
	}
	for _, g := range m.permissions {
		g.assigned[kind].clear(slot)
	}
}

func (m *model) putObject(o Object) {
	key := objectKey{o.Kind, o.ID}
	if old := m.objects[key]; old != nil && m.extensions[old.Extension].owner == o.ID {
		delete(m.extensions, old.Extension)
	}
	m.objects[key] = &o
	m.slots[o.Kind].add(o.ID)
	if o.Kind == Teams {
		m.takeExtension(o.Extension, PoolTeam, o.ID)
	}
	m.groupsChanged(o.Kind)
}

func (m *model) dropObject(kind Kind, id string) {
	key := objectKey{kind, id}
	old := m.objects[key]
	if old == nil {
		return
	}
	if m.extensions[old.Extension].owner == id {
		delete(m.extensions, old.Extension)
	}
	m.freeSlot(kind, id)
	delete(m.objects, key)
	m.groupsChanged(kind)
}

func (m *model) groupsChanged(kind Kind) {
	if kind == Teams {
		m.groups = nil
	}
}

// assignment is a row of what is assigned by hand.
type assignment struct {
	kind   Kind
	object string
}

// putPermission takes a permission in with all its assignments. Objects that are not known are on their way.
func (m *model) putPermission(p Permission, assigned []assignment) {
	g := &grant{Permission: p, assigned: make(map[Kind]bitset)}
	for _, a := range assigned {
		s, ok := m.slots[a.kind]
		if !ok {
			continue
		}
		if slot, ok := s.slot[a.object]; ok {
			set := g.assigned[a.kind]
			set.set(slot)
			g.assigned[a.kind] = set
		}
	}
	m.permissions[p.ID] = g
	m.groups = nil
}

func (m *model) dropPermission(id string) {
	delete(m.permissions, id)
	m.groups = nil
}

// holds reports whether an object has a permission.
func (m *model) holds(g *grant, kind Kind, id string) bool {
	slot, ok := m.slots[kind].slot[id]
	return ok && (g.Auto.Of(kind) || g.assigned[kind].has(slot))
}

// sortedPermissions returns all permissions, the one that is built in first, then by name.
func (m *model) sortedPermissions() []*grant {
	all := make([]*grant, 0, len(m.permissions))
	for _, g := range m.permissions {
		all = append(all, g)
	}
	slices.SortFunc(all, func(a, b *grant) int {
		switch {
		case a.ID == AllID:
			return -1
		case b.ID == AllID:
			return 1
		}
		if c := strings.Compare(fold(a.Name), fold(b.Name)); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return all
}
