package directory

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"plenum/xmppd/jid"
)

// model is the directory in memory: what the database held at some revision, or newer. It answers all that is asked often, and is changed only
// by what was read from the database after a commit (feed.go).
type model struct {
	mu sync.RWMutex
	tables
}

// tables is what the lock of a model guards.
type tables struct {
	revision int64
	slots    [len(kinds)]slots // by Kind.index

	accounts   map[jid.JID]*entry
	binned     bitset // slots of the users in the bin
	extensions map[string]extensionOwner
	texts      []string             // what users are searched by, by slot; nil until somebody searches
	orders     map[SortKey][]*entry // accounts as pages show them; an order is made when it is first asked for

	objects      map[objectKey]*objectEntry
	devices      map[jid.JID][]string    // IDs, by owner
	places       map[string][]string     // IDs of devices, by location
	sip          map[string]*objectEntry // devices, by SIP user name
	objectOrders map[Kind][]*objectEntry // by name; made when asked for, dropped by a change

	permissions map[string]*grant
	sorted      []*grant                    // as List shows them; made when asked for, dropped by a change
	byType      map[PermissionType][]*grant // likewise
	groups      []Group                     // as Groups returns them; nil when something changed

	guests guestTable

	seats   map[jid.JID]Seat
	sitters map[string]jid.JID   // by location
	recent  map[jid.JID][]string // locations, the last one first

	trunks    map[string]*trunkEntry
	teams     map[string]*Team // for which something is set; never changed: another takes its place
	telephony Telephony

	profiles    map[string]*Profile
	profileUses map[jid.JID]ProfileUse
	forwards    map[jid.JID]Forward               // by user
	skills      map[jid.JID]UserSkills            // likewise
	followMe    map[string]map[string]FollowMeRow // by holder and device
	flows       map[FlowOwner]*OwnedFlow          // never changed: another takes its place
	callObjects map[string]*CallObject            // likewise
}

type extensionOwner struct {
	pool  Pool
	owner string
}

func newModel() *model {
	return &model{tables: tables{
		accounts:     make(map[jid.JID]*entry),
		extensions:   make(map[string]extensionOwner),
		orders:       make(map[SortKey][]*entry),
		objects:      make(map[objectKey]*objectEntry),
		devices:      make(map[jid.JID][]string),
		places:       make(map[string][]string),
		sip:          make(map[string]*objectEntry),
		objectOrders: make(map[Kind][]*objectEntry),
		permissions:  make(map[string]*grant),
		guests:       newGuestTable(),
		seats:        make(map[jid.JID]Seat),
		sitters:      make(map[string]jid.JID),
		recent:       make(map[jid.JID][]string),
		trunks:       make(map[string]*trunkEntry),
		profiles:     make(map[string]*Profile),
		profileUses:  make(map[jid.JID]ProfileUse),
		teams:        make(map[string]*Team),
		telephony:    DefaultTelephony(),
		forwards:     make(map[jid.JID]Forward),
		skills:       make(map[jid.JID]UserSkills),
		followMe:     make(map[string]map[string]FollowMeRow),
		flows:        make(map[FlowOwner]*OwnedFlow),
		callObjects:  make(map[string]*CallObject),
	}}
}

// at returns the revision that the model shows.
func (m *model) at() int64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.revision
}

// account returns an account, nil when there is none.
func (m *model) account(bare jid.JID) *entry {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.accounts[bare]
}

// putAccount takes an account in, or what became of it.
func (m *model) putAccount(a *Account) {
	old := m.accounts[a.JID]
	var e *entry
	if old != nil {
		a.JID = old.jid // one string for all that name him
		e = newEntry(a, int(old.slot))
		m.leaveOrders(old)
		m.freeExtensions(old)
	} else {
		e = newEntry(a, m.slots[Users.index()].take())
	}
	m.accounts[e.jid] = e
	if e.inBin() {
		m.binned.set(int(e.slot))
	} else {
		m.binned.clear(int(e.slot))
	}
	m.takeExtension(e.field(entryExtension), PoolAccount, e.jid.String())
	m.takeExtension(e.field(entryFax), PoolFax, e.jid.String())
	m.enterOrders(e)
	if old == nil || old.active() != e.active() {
		m.membersChanged(int(e.slot))
	}
	if old == nil || old.field(entryName) != e.field(entryName) {
		m.renameDevices(e.jid)
	}
}

// dropAccount takes an account out, and out of all permissions.
func (m *model) dropAccount(bare jid.JID) {
	e := m.accounts[bare]
	if e == nil {
		return
	}
	m.leaveOrders(e)
	m.freeExtensions(e)
	m.membersChanged(int(e.slot))
	m.binned.clear(int(e.slot))
	m.freeSlot(Users, int(e.slot))
	m.unseat(bare)
	delete(m.accounts, bare)
	delete(m.profileUses, bare)
	maps.DeleteFunc(m.profiles, func(_ string, p *Profile) bool { return p.Owner == bare })
	delete(m.forwards, bare)
	delete(m.skills, bare)
	delete(m.followMe, bare.String())
	delete(m.flows, OfUser(bare))
}

func (m *model) freeExtensions(e *entry) {
	m.freeExtension(e.field(entryExtension), e.jid.String())
	m.freeExtension(e.field(entryFax), e.jid.String())
}

func (m *model) freeExtension(extension, owner string) {
	if m.extensions[extension].owner == owner {
		delete(m.extensions, extension)
	}
}

func (m *model) takeExtension(extension string, pool Pool, owner string) {
	if extension != "" {
		m.extensions[extension] = extensionOwner{pool, owner}
	}
}

func (m *model) extensionUsed(extension string) bool {
	_, used := m.extensions[extension]
	return used
}

// slot returns the slot of an object.
func (m *model) slot(kind Kind, id string) (slot int, ok bool) {
	if kind == Users {
		bare, err := jid.Parse(id)
		if e := m.accounts[bare]; err == nil && e != nil {
			return int(e.slot), true
		}
		return 0, false
	}
	if e := m.objects[objectKey{kind, id}]; e != nil {
		return e.slot, true
	}
	return 0, false
}

// freeSlot gives up the slot of an object that is no more.
func (m *model) freeSlot(kind Kind, slot int) {
	m.slots[kind.index()].give(slot)
	for _, g := range m.permissions {
		g.assigned[kind.index()].clear(slot)
	}
}

// leaveOrders takes an entry out of the orders that were made.
func (m *model) leaveOrders(e *entry) {
	for by, order := range m.orders {
		if i, ok := slices.BinarySearchFunc(order, e, m.compare(by)); ok {
			m.orders[by] = slices.Delete(order, i, i+1)
		}
	}
}

// enterOrders puts an entry where it belongs.
func (m *model) enterOrders(e *entry) {
	if m.texts != nil {
		m.index(e)
	}
	for by, order := range m.orders {
		i, _ := slices.BinarySearchFunc(order, e, m.compare(by))
		m.orders[by] = slices.Insert(order, i, e)
	}
}

// index notes what a user is searched by.
func (m *model) index(e *entry) {
	if n := int(e.slot) + 1 - len(m.texts); n > 0 {
		m.texts = append(m.texts, make([]string, n)...)
	}
	m.texts[e.slot] = e.searchText()
}

// withOrder calls read, with the lock for reading held, with all accounts in an order.
func (m *model) withOrder(by SortKey, read func([]*entry)) {
	m.mu.RLock()
	if m.orders[by] == nil {
		m.mu.RUnlock()
		m.mu.Lock()
		m.order(by)
		m.mu.Unlock()
		m.mu.RLock()
	}
	defer m.mu.RUnlock()
	read(m.orders[by])
}

// order returns all accounts in an order, to who holds the lock.
func (m *model) order(by SortKey) []*entry {
	if order := m.orders[by]; order != nil {
		return order
	}
	if m.texts == nil && by != sortJID {
		m.texts = make([]string, m.slots[Users.index()].used)
		for _, e := range m.accounts {
			m.index(e)
		}
	}
	order := make([]*entry, 0, len(m.accounts))
	for _, e := range m.accounts {
		order = append(order, e)
	}
	slices.SortFunc(order, m.compare(by))
	m.orders[by] = order
	return order
}

// compare returns how accounts are compared in an order; those that are equal there stand in the order of their JIDs.
func (m *model) compare(by SortKey) func(a, b *entry) int {
	first := sorts[by]
	if by == SortName {
		first = func(a, b *entry) int { return strings.Compare(m.texts[a.slot], m.texts[b.slot]) }
	}
	return func(a, b *entry) int {
		if c := first(a, b); c != 0 {
			return c
		}
		return strings.Compare(a.jid.String(), b.jid.String())
	}
}
