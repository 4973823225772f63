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
	mu       sync.RWMutex
	revision int64
	slots    map[Kind]*slots

	accounts   map[jid.JID]*entry
	binned     bitset // slots of the users in the bin
	extensions map[string]extensionOwner
	orders     map[SortKey][]*entry // accounts as pages show them; an order is made when it is first asked for

	objects      map[objectKey]*objectEntry
	devices      map[jid.JID][]string    // IDs, by owner
	objectOrders map[Kind][]*objectEntry // by name; made when asked for, dropped by a change
	permissions  map[string]*grant
	sorted       []*grant                    // as List shows them; made when asked for, dropped by a change
	byType       map[PermissionType][]*grant // likewise
	groups       []Group                     // as Groups returns them; nil when something changed

	guests guestTable
}

// entry is an account with what searching for it needs.
type entry struct {
	Account
	slot     int
	search   string // folded text in which words are looked for
	sortName string
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
	m.slots = make(map[Kind]*slots)
	for _, kind := range Kinds() {
		m.slots[kind] = newSlots()
	}
	m.accounts, m.binned = make(map[jid.JID]*entry), nil
	m.extensions = make(map[string]extensionOwner)
	m.orders = make(map[SortKey][]*entry)
	m.objects, m.devices = make(map[objectKey]*objectEntry), make(map[jid.JID][]string)
	m.objectOrders = make(map[Kind][]*objectEntry)
	m.permissions = make(map[string]*grant)
	m.sorted, m.byType, m.groups = nil, nil, nil
	m.guests = newGuestTable()
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

// putAccount takes an account in, or what became of it. Entries do not change: who has one may go on reading it.
func (m *model) putAccount(a Account) {
	old := m.accounts[a.JID]
	e := &entry{Account: a, slot: m.slots[Users].add(a.JID.String())}
	e.search = fold(strings.Join([]string{a.JID.Local(), a.DisplayName, a.Extension, a.Email, a.MobileNumber}, "\n"))
	e.sortName = fold(a.DisplayName)
	m.accounts[a.JID] = e
	if a.InBin() {
		m.binned.set(e.slot)
	} else {
		m.binned.clear(e.slot)
	}
	if old == nil || old.Active() != a.Active() {
		m.membersChanged(e.slot)
	}
	if old != nil {
		m.freeExtensions(old)
	}
	m.takeExtension(a.Extension, PoolAccount, a.JID.String())
	m.takeExtension(a.FaxExtension, PoolFax, a.JID.String())
	m.reorder(old, e)
	if old == nil || old.DisplayName != a.DisplayName {
		m.renameDevices(a.JID)
	}
}

// dropAccount takes an account out, and out of all permissions.
func (m *model) dropAccount(bare jid.JID) {
	e := m.accounts[bare]
	if e == nil {
		return
	}
	m.membersChanged(e.slot)
	m.freeExtensions(e)
	m.binned.clear(e.slot)
	m.freeSlot(Users, bare.String())
	delete(m.accounts, bare)
	m.reorder(e, nil)
}

func (m *model) freeExtensions(e *entry) {
	m.freeExtension(e.Extension, e.JID.String())
	m.freeExtension(e.FaxExtension, e.JID.String())
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

// freeSlot gives up the slot of an object that is no more.
func (m *model) freeSlot(kind Kind, id string) {
	if slot, ok := m.slots[kind].remove(id); ok {
		for _, g := range m.permissions {
			g.assigned[kind].clear(slot)
		}
	}
}

// reorder puts an entry in the place of an old one in the orders that were made. Either may be nil.
func (m *model) reorder(old, fresh *entry) {
	for by, order := range m.orders {
		if old != nil {
			if i, ok := slices.BinarySearchFunc(order, old, by.compare); ok {
				order = slices.Delete(order, i, i+1)
			}
		}
		if fresh != nil {
			i, _ := slices.BinarySearchFunc(order, fresh, by.compare)
			order = slices.Insert(order, i, fresh)
		}
		m.orders[by] = order
	}
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
	order := make([]*entry, 0, len(m.accounts))
	for _, e := range m.accounts {
		order = append(order, e)
	}
	slices.SortFunc(order, by.compare)
	m.orders[by] = order
	return order
}
