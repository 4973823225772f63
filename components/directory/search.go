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
		page = q.page(order, g)
	})
	return page, err
}

// page walks through the accounts in their order. g is the permission asked for, or nil.
func (q *UserQuery) page(order []*entry, g *grant) UserPage {
	words := strings.Fields(fold(q.Text))
	page := UserPage{Accounts: make([]Account, 0, min(q.Limit, len(order)))}
	for i := range order {
		e := order[i]
		if q.Desc {
			e = order[len(order)-1-i]
		}
		if !q.matches(e, words) || g != nil && !g.has(Users, e.slot) {
			continue
		}
		if page.Total >= q.Offset && len(page.Accounts) < q.Limit {
			page.Accounts = append(page.Accounts, e.Account)
		}
		page.Total++
	}
	return page
}

func (q *UserQuery) matches(e *entry, words []string) bool {
	switch {
	case e.InBin() != (q.State == BinState),
		q.State == ActiveState && e.Disabled,
		q.State == DisabledState && !e.Disabled,
		q.Domain != "" && e.JID.Domain() != q.Domain:
		return false
	}
	return containsAll(e.search, words)
}

// sorts compare accounts; those that are equal stand in the order of their JIDs.
var sorts = map[SortKey]func(a, b *entry) int{
	SortName:      func(a, b *entry) int { return strings.Compare(a.sortName, b.sortName) },
	SortLogin:     func(a, b *entry) int { return strings.Compare(a.JID.Local(), b.JID.Local()) },
	SortExtension: func(a, b *entry) int { return compareExtensions(a.Extension, b.Extension) },
	SortRole:      func(a, b *entry) int { return cmp.Compare(a.Role.rank(), b.Role.rank()) },
	SortChanged:   func(a, b *entry) int { return a.Changed.Compare(b.Changed) },
	SortDeleted:   func(a, b *entry) int { return a.Deleted.Compare(b.Deleted) },
	sortJID:       func(a, b *entry) int { return 0 },
}

// compare orders two accounts.
func (by SortKey) compare(a, b *entry) int {
	if c := sorts[by](a, b); c != 0 {
		return c
	}
	return strings.Compare(a.JID.String(), b.JID.String())
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
