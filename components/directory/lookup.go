package directory

import (
	"context"
	"slices"

	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
)

// MaxPage is the most accounts that List returns at once.
const MaxPage = 500

// Get returns an account; fault.NotFound when there is none.
func (a *Accounts) Get(ctx context.Context, bare jid.JID) (Account, error) {
	record, err := a.read(ctx, bare)
	return record.Account, err
}

// Exists reports whether there is such an account, disabled or not. It is asked for each stanza to somebody without a session, and reads the store
// only for JIDs not asked for recently.
func (a *Accounts) Exists(ctx context.Context, bare jid.JID) (bool, error) {
	_, err := a.read(ctx, bare)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// Lookup returns what a login is checked against; fault.NotFound when there is no such account. It reads the
// store: keys are needed once for each login and would be most of what the cache holds.
func (a *Accounts) Lookup(ctx context.Context, bare jid.JID) (sasl.Account, error) {
	if !slices.Contains(a.domains, bare.Domain()) {
		return sasl.Account{}, fault.New(fault.NotFound, "there is no such user")
	}
	record, err := a.store.Get(ctx, bare)
	return sasl.Account{Keys: record.Keys, Disabled: record.Disabled}, err
}

// read goes through the cache. A domain that has no accounts needs no look.
func (a *Accounts) read(ctx context.Context, bare jid.JID) (Record, error) {
	record, exists, hit, age := a.cache.get(bare)
	if !hit && slices.Contains(a.domains, bare.Domain()) {
		var err error
		record, err = a.store.Get(ctx, bare)
		exists = err == nil
		if !exists && !fault.Is(err, fault.NotFound) {
			return Record{}, err
		}
		record.Keys = nil
		a.cache.put(bare, record, exists, age)
	}
	if !exists {
		return Record{}, fault.New(fault.NotFound, "there is no such user")
	}
	return record, nil
}

// List returns up to limit accounts (at most MaxPage, which 0 means too) of a domain in the order of their JIDs, after a given one; a zero JID asks
// for the beginning. A page shorter than asked for is the last.
func (a *Accounts) List(ctx context.Context, domain string, after jid.JID, limit int) ([]Account, error) {
	if limit <= 0 || limit > MaxPage {
		limit = MaxPage
	}
	return a.store.List(ctx, domain, after, limit)
}

// OnChange adds a function that hears of every change, of this node and of others, when it is committed and reads see it. Add it before the first
// change. It must not block. Changes of this node come in their order.
func (a *Accounts) OnChange(fn func(Change)) { a.listeners = append(a.listeners, fn) }

// Heard takes changes that other nodes have announced. When one is missing before them, everything is read again, and listeners get a Missed.
func (a *Accounts) Heard(changes []Change) {
	for i := range changes {
		changes[i].Remote = true
	}
	a.committed(changes)
}

// committed takes changes, in their order, from this node's store or from others.
func (a *Accounts) committed(changes []Change) {
	a.cache.remove(changes)
	for _, change := range changes {
		if missed := a.advance(change.Revision); missed {
			a.cache.clear()
			a.tell(Change{Kind: Missed, Revision: change.Revision})
		}
		a.tell(change)
	}
}

// advance notes a revision and reports whether one was left out before it. Late ones, which nodes send out of order, are no gap any more.
func (a *Accounts) advance(revision int64) (missed bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if revision <= a.revision {
		return false
	}
	missed = revision > a.revision+1
	a.revision = revision
	return missed
}

func (a *Accounts) tell(change Change) {
	for _, listener := range a.listeners {
		listener(change)
	}
}
