package muc

// Loaded is how many rooms are in memory.
func (m *Service) Loaded() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return len(m.rooms)
}
