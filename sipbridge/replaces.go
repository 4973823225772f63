package sipbridge

import (
	"strings"

	"github.com/emiago/sipgo/sip"

	"plenum/components/call"
)

// A known dialog is one that another INVITE or a REFER may name.
type known struct {
	leg       call.LegID
	confirmed bool
}

// A triple names a dialog, as this server sees it.
type triple struct{ callID, local, remote string }

// know makes a dialog one that can be named. Early ones are those that we began: RFC 3891 §3 allows no others.
func (s *Service) know(l *Leg, d *dialog, confirmed bool) {
	if l.state == over {
		return
	}
	t := triple{l.callID, l.tag, d.remoteTag()}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.dialogs[t]; !ok {
		l.known = append(l.known, t)
	}
	s.dialogs[t] = known{l.id, confirmed}
}

// forget is called when a leg has ended.
func (s *Service) forget(l *Leg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range l.known {
		delete(s.dialogs, t)
	}
	l.known = nil
}

// legTag is both tags of a leg's public name.
const legTag = "leg"

// NameOf is how a Replaces header field may name a leg besides by its dialog: what a phone is told that may take the call over but is not to have what
// ends it, or what a leg has that no telephone is rung by.
func NameOf(leg call.LegID) (callID, tag string) { return string(leg), legTag }

// named is what a Replaces header field says (RFC 3891 §6.1).
type named struct {
	triple
	earlyOnly bool
}

// parseReplaces reads one. The tags are those of who is asked to replace: the first is ours.
func parseReplaces(v string) (named, bool) {
	id, params, _ := strings.Cut(v, ";")
	n := named{triple: triple{strings.TrimSpace(id), parameter(params, "to-tag"), parameter(params, "from-tag")}}
	_, n.earlyOnly = findParameter(params, "early-only")
	return n, n.callID != "" && n.local != "" && n.remote != ""
}

func (s *Service) find(n named) (known, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.dialogs[n.triple]
	return k, ok
}

// replaces finds the leg that an INVITE wants to take the place of. code is the status that refuses it, 0 when there is nothing to refuse.
func (s *Service) replaces(req *sip.Request) (leg call.LegID, code int) {
	list := req.GetHeaders("replaces")
	if len(list) == 0 {
		return "", 0
	}
	n, ok := parseReplaces(list[0].Value())
	if !ok || len(list) > 1 {
		return "", sip.StatusBadRequest
	}
	k, ok := s.find(n)
	switch {
	case !ok && n.local == legTag && n.remote == legTag: // its owner knows whether there is such a leg
		return call.LegID(n.callID), 0
	case !ok:
		return "", sip.StatusCallTransactionDoesNotExists
	case n.earlyOnly && k.confirmed:
		return "", sip.StatusBusyHere
	}
	return k.leg, 0
}
