package trunk

import (
	"net/netip"
	"slices"

	"github.com/emiago/sipgo/sip"

	"plenum/components/directory"
	"plenum/sipbridge/stack"
)

// Identify finds the trunk that has sent a request: it is for the contact that we have registered, or it comes from an address of the provider, by
// TLS when his account is one by TLS. Of several accounts at the same addresses it is the one whose user is called. Requests of strangers are not
// trunks.
func (s *Service) Identify(in *stack.In) (trunk, account string, ok bool) {
	if token, has := in.Request.Recipient.UriParams.Get(lineParam); has {
		for _, l := range s.all() {
			if l.token == token && l.account.Register {
				return l.trunk, l.account.ID, true
			}
		}
	}
	var best *line
	for _, l := range s.all() {
		if l.comesFrom(in.Flow) && (best == nil || l.isCalled(in.Request) && !best.isCalled(in.Request)) {
			best = l
		}
	}
	if best == nil {
		return "", "", false
	}
	return best.trunk, best.account.ID, true
}

func (l *line) comesFrom(f stack.Flow) bool {
	if l.account.Transport == directory.TransportTLS && !f.Secure() {
		return false
	}
	from := f.Remote.Addr().Unmap().WithZone("")
	for _, network := range l.account.Networks() {
		if network.Contains(from) {
			return true
		}
	}
	remote := netip.AddrPortFrom(from, f.Remote.Port())
	return slices.ContainsFunc(l.servers(), func(server netip.AddrPort) bool {
		// The addresses of this machine are those of all its programs: there the port counts, too.
		return server.Addr() == from && (!from.IsLoopback() || server == remote)
	})
}

// isCalled reports whether a request is for the account's own address.
func (l *line) isCalled(req *sip.Request) bool {
	user := escape(l.account.AddressUser())
	return user != "" && (req.Recipient.User == user || req.To() != nil && req.To().Address.User == user)
}

// Dialled returns the number that a request of a trunk calls, escaped as it came: it stands in its URI, or, as the account says, in To.
func (s *Service) Dialled(trunk, account string, req *sip.Request) string {
	l := s.line(trunk, account)
	if l != nil && l.account.ToHeader && req.To() != nil {
		return req.To().Address.User
	}
	return req.Recipient.User
}
