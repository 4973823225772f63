package apps

// Subscribers is how many clients are told of changes.
func (a *Service) Subscribers() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.subs) + len(a.users)
}
