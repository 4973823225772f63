package apps

// Subscribers is how many clients are told of changes.
func (a *Service) Subscribers() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.subs) + len(a.users)
}

// Unlimited lets users have as many snapshots and commands as they like.
func (a *Service) Unlimited() { a.snapshots.most, a.orders.most = 1<<40, 1<<40 }
