package directory

import (
	"cmp"
	"strings"

	"plenum/xmppd/fault"
)

// UserState chooses accounts by their state.
type UserState string

const (
	AnyState      UserState = ""         // active and disabled: all but those in the bin
	ActiveState   UserState = "active"   // those who can log in
	DisabledState UserState = "disabled" // those who cannot
	BinState      UserState = "bin"      // those who are deleted and may be restored
)

// SortKey is what a list of accounts is sorted by.
type SortKey string

const (
	SortName      SortKey = "displayName" // also for an empty key
	SortLogin     SortKey = "login"
	SortExtension SortKey = "extension" // as numbers; those without one come last
	SortRole      SortKey = "role"      // the highest first
	SortChanged   SortKey = "changed"
	SortDeleted   SortKey = "deleted"

	sortJID SortKey = "jid"
)

// UserQuery asks for a page of accounts.
type UserQuery struct {
	Text       string // words, each of which is part of login name, display name, extension, e-mail address or mobile number
	Domain     string // empty for all
	Permission string // ID of a permission that they have; empty for all
	State      UserState
	Sort       SortKey
	Desc       bool
	Offset     int
	Limit      int // at most MaxPage, which 0 means too
}

// UserPage is a part of what was asked for.
type UserPage struct {
	Accounts []Account
	Total    int // how many there are in all
}

// Search returns a page of accounts. It answers from memory.
func (a *Accounts) Search(q UserQuery) (UserPage, error) {
	switch q.State {
	case AnyState, ActiveState, DisabledState, BinState:
	default:
		return UserPage{}, fault.Newf(fault.Invalid, "%.32q is no state of users", q.State)
	}
	sortBy := cmp.Or(q.Sort, SortName)
	if sorts[sortBy] == nil {
		return UserPage{}, fault.Newf(fault.Invalid, "users cannot be sorted by %.32q", q.Sort)
	}
	if q.Offset < 0 || q.Limit < 0 {
		return UserPage{}, fault.New(fault.Invalid, "offset and limit may not be negative")
	}
	if q.Limit == 0 || q.Limit > MaxPage {
		q.Limit = MaxPage
	}
	m := a.dir.model
	var page UserPage
	var err error
	m.withOrder(sortBy, func(order []*entry) {
		g := m.permissions[q.Permission]
		if q.Permission != "" && g == nil {
			err = errNoPermission()
			return
		}
		page = q.page(order, m.texts, g)
	})
	return page, err
}

// page walks through the accounts in their order. g is the permission asked for, or nil.
func (q *UserQuery) page(order []*entry, texts []string, g *grant) UserPage {
	words := strings.Fields(fold(q.Text))
	page := UserPage{Accounts: make([]Account, 0, min(q.Limit, len(order)))}
	for i := range order {
		e := order[i]
		if q.Desc {
			e = order[len(order)-1-i]
		}
		if !q.matches(e) || g != nil && !g.has(Users, int(e.slot)) || !containsAll(texts[e.slot], words) {
			continue
		}
		if page.Total >= q.Offset && len(page.Accounts) < q.Limit {
			page.Accounts = append(page.Accounts, e.account())
		}
		page.Total++
	}
	return page
}

func (q *UserQuery) matches(e *entry) bool {
	switch {
	case e.inBin() != (q.State == BinState),
		q.State == ActiveState && e.disabled,
		q.State == DisabledState && !e.disabled,
		q.Domain != "" && e.jid.Domain() != q.Domain:
		return false
	}
	return true
}

// sorts compare accounts; those that are equal stand in the order of their JIDs.
var sorts = map[SortKey]func(a, b *entry) int{
	SortName:      func(a, b *entry) int { return 0 }, // by the texts of the model
	SortLogin:     func(a, b *entry) int { return strings.Compare(a.jid.Local(), b.jid.Local()) },
	SortExtension: func(a, b *entry) int { return compareExtensions(a.field(entryExtension), b.field(entryExtension)) },
	SortRole:      func(a, b *entry) int { return cmp.Compare(a.role.rank(), b.role.rank()) },
	SortChanged:   func(a, b *entry) int { return cmp.Compare(a.changed, b.changed) },
	SortDeleted:   func(a, b *entry) int { return cmp.Compare(a.deleted, b.deleted) },
	sortJID:       func(a, b *entry) int { return 0 },
}

// compareExtensions puts numbers in their order, and those without one last.
func compareExtensions(a, b string) int {
	switch {
	case a == "" || b == "":
		return -strings.Compare(a, b)
	case len(a) != len(b):
		return cmp.Compare(len(a), len(b))
	}
	return strings.Compare(a, b)
}
