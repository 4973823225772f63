package digest

// Remember sets how many nonces are remembered before the oldest are forgotten.
func (s *Server) Remember(n int) { s.used.most = n }
