package adhoc

// Running is how many commands are being carried out.
func (a *Service) Running() int {
	a.sessions.mu.Lock()
	defer a.sessions.mu.Unlock()
	return len(a.sessions.byID)
}
