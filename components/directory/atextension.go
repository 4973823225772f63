package directory

import "plenum/xmppd/jid"

// AtExtension returns the user whose extension this is, from memory. It reports false for a number that nobody has, or something else than a user.
func (a *Accounts) AtExtension(extension string) (Account, bool) {
	m := a.dir.model
	m.mu.RLock()
	defer m.mu.RUnlock()
	owner, ok := m.extensions[extension]
	if !ok || owner.pool != PoolAccount {
		return Account{}, false
	}
	e := m.accounts[jid.Canonical(owner.owner)]
	if e == nil {
		return Account{}, false
	}
	return e.account(), true
}
