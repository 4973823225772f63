package session

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"plenum/components/call"
	"plenum/jingle/sdp"
	"plenum/jingle/transport"
	"plenum/jingle/wire"
	"plenum/xmppd"
)

// localTransport is our side of one transport, and how it is doing.
type localTransport struct {
	Transport
	key        wire.Key // of the content that stands for it
	candidates []wire.Candidate
	told       int // of the candidates
	gathered   bool
	generation uint8
	up         bool
	begun      bool // the peer's description was given to it
	answering  bool // the peer has restarted ICE and waits for our part
	restarting bool // we have
}

// wire is what the peer is told of it.
func (l *localTransport) wire() wire.Transport {
	own := l.Local()
	t := wire.Transport{Ufrag: own.Ufrag, Pwd: own.Pwd, Candidates: l.candidates, Complete: l.gathered}
	for _, f := range own.Fingerprints {
		sum, _ := hex.DecodeString(strings.ReplaceAll(f.Value, ":", ""))
		t.Fingerprints = append(t.Fingerprints, wire.Fingerprint{Hash: f.Hash, Setup: wire.Setup(own.Setup), Sum: sum})
	}
	return t
}

// locate finds our transports by the places in the description, and has new ones look for candidates.
func (s *Session) locate(m Media) bool {
	before := s.local
	s.local = make([]*localTransport, len(s.d.Transports))
	for i := range s.d.Transports {
		t := m.Transport(i)
		for _, l := range before {
			if l.Transport == t {
				s.local[i] = l
			}
		}
		if s.local[i] == nil {
			s.local[i] = &localTransport{Transport: t}
			if err := t.Gather(); err != nil {
				s.log.Warn("a transport cannot look for its addresses", "err", err)
				s.endWith(call.Failed, &wire.Reason{Condition: wire.FailedTransport})
				return false
			}
		}
		s.local[i].key = s.d.Transports[i].Contents[0].Key
	}
	return true
}

// gathered reports whether our candidates are known, or were waited for long enough.
func (s *Session) gathered() bool {
	if s.timers[gatherTimer] == nil {
		return true
	}
	for _, l := range s.local {
		if !l.gathered {
			return false
		}
	}
	s.stop(gatherTimer)
	return true
}

// settled goes on with what has waited for candidates.
func (s *Session) settled() {
	switch s.state {
	case offered:
		s.accept()
	case preparing:
		s.sendInitiate()
	case accepting, active:
		s.acceptAdded()
	}
}

// remoteOf is the peer's side of a transport. Who is DTLS client was agreed on.
func remoteOf(t *sdp.Transport) transport.Description {
	d := transport.Description{Ufrag: t.Remote.Ufrag, Pwd: t.Remote.Pwd, Setup: transport.Active}
	if t.Setup == wire.Act {
		d.Setup = transport.Passive
	}
	for _, f := range t.Remote.Fingerprints {
		d.Fingerprints = append(d.Fingerprints, transport.Fingerprint{Hash: f.Hash, Value: f.String()})
	}
	return d
}

// connect gives our transports those of the peer that they have not got yet.
func (s *Session) connect() bool {
	for i, l := range s.local {
		if l.begun {
			continue
		}
		t := &s.d.Transports[i]
		if _, err := l.SetRemote(remoteOf(t)); err != nil {
			s.log.Info("the transport of a peer is of no use", "err", err)
			s.endWith(call.Incompatible, &wire.Reason{Condition: wire.FailedTransport, Text: err.Error()})
			return false
		}
		l.begun = true
		s.addCandidates(l, t.Remote.Candidates)
	}
	if !s.ready && s.timers[connectTimer] == nil {
		s.after(connectTimer, ConnectTime)
	}
	return true
}

func (s *Session) addCandidates(l *localTransport, list []wire.Candidate) {
	for i := range list {
		c, ok := fromWire(&list[i])
		if !ok {
			continue
		}
		if err := l.AddCandidate(c); err != nil {
			s.log.Debug("a candidate is of no use", "candidate", list[i].Address, "err", err)
		}
	}
}

// fromWire reads a candidate; false for one that is not used: a name instead of an address (mDNS), of which the peer's own checks tell the address,
// and the second component of who has not seen yet that RTCP is multiplexed.
func fromWire(w *wire.Candidate) (c transport.Candidate, ok bool) {
	ip, err := netip.ParseAddr(w.Address)
	if err != nil || w.Component != 1 {
		return c, false
	}
	c = transport.Candidate{
		Foundation: w.Foundation, Component: 1, Protocol: w.Protocol, Priority: w.Priority, Address: netip.AddrPortFrom(ip, w.Port), Type: w.Type,
		TCPType: w.TCPType,
	}
	if related, err := netip.ParseAddr(w.RelAddr); err == nil {
		c.Related = netip.AddrPortFrom(related, w.RelPort)
	}
	return c, true
}

func (s *Session) toWire(c transport.Candidate, generation uint8) wire.Candidate {
	s.named++
	w := wire.Candidate{
		Component: uint8(c.Component), Foundation: c.Foundation, Generation: generation, ID: strconv.Itoa(s.named),
		Address: c.Address.Addr().String(), Port: c.Address.Port(), Priority: c.Priority, Protocol: c.Protocol, Type: c.Type, TCPType: c.TCPType,
	}
	if c.Related.IsValid() {
		w.RelAddr, w.RelPort = c.Related.Addr().String(), c.Related.Port()
	}
	return w
}

// transportInfo takes candidates and new credentials (XEP-0176#protocol-candidates). What comes before the answer that it belongs to waits.
func (s *Session) transportInfo(j *wire.Jingle) (func(), error) {
	if s.state == fresh || s.state == initiating {
		if !s.Message && s.state == fresh {
			return nil, wire.OutOfOrder("the session is not initiated yet")
		}
		if len(s.early)+len(j.Contents) > MaxEarlyInfos {
			return nil, errTooMuch
		}
		s.early = append(s.early, j.Contents...)
		return nil, nil
	}
	restarts := false
	for i := range j.Contents {
		anew, err := s.restarting(&j.Contents[i])
		if err != nil {
			return nil, err
		}
		restarts = restarts || anew
	}
	if restarts && !s.restarts.more(time.Now()) {
		return nil, xmppd.Errorf("resource-constraint", "ICE is restarted too often")
	}
	return func() { s.takeTransports(j.Contents) }, nil
}

func (s *Session) takeEarly() {
	early := s.early
	s.early = nil
	s.takeTransports(early)
}

func (s *Session) takeTransports(list []wire.Content) {
	for i := range list {
		w := &list[i]
		t, l := s.transport(w.Key())
		if l == nil || w.Transport == nil {
			continue // the content was refused or removed meanwhile
		}
		if w.Transport.Restarts(&t.Remote) && !s.restarted(t, l, w.Transport) {
			continue
		}
		s.addCandidates(l, w.Transport.Candidates)
		if s.state == over {
			return
		}
	}
	s.answerRestarts()
}

func (s *Session) transport(k wire.Key) (*sdp.Transport, *localTransport) {
	t, _ := s.d.Content(k)
	for i := range s.d.Transports {
		if t == &s.d.Transports[i] {
			return t, s.local[i]
		}
	}
	return nil, nil
}

// restarts counts ICE restarts of the peer.
type restarts struct {
	n     int
	since time.Time
}

func (r *restarts) more(now time.Time) bool {
	if now.Sub(r.since) > time.Minute {
		r.n, r.since = 0, now
	}
	r.n++
	return r.n <= MaxRestarts
}

// restarting reports whether a content has new credentials. With another certificate they would be another peer's.
func (s *Session) restarting(w *wire.Content) (bool, error) {
	t, l := s.transport(w.Key())
	if l == nil || w.Transport == nil || !w.Transport.Restarts(&t.Remote) {
		return false, nil
	}
	for _, f := range w.Transport.Fingerprints {
		if !slices.ContainsFunc(t.Remote.Fingerprints, func(known wire.Fingerprint) bool {
			return f.Hash == known.Hash && bytes.Equal(f.Sum, known.Sum)
		}) {
			return false, xmppd.Errorf("not-acceptable", "the fingerprint must not change in an ICE restart")
		}
	}
	return true, nil
}

// restarted takes the peer's new credentials: its part of a restart of ours, or a restart of its own, which waits for our part (RFC 8445 §9).
func (s *Session) restarted(t *sdp.Transport, l *localTransport, w *wire.Transport) bool {
	t.Remote.Ufrag, t.Remote.Pwd = w.Ufrag, w.Pwd
	if !l.begun {
		t.Remote.Candidates = w.Candidates
		return false // connect gives it all
	}
	again, err := l.SetRemote(remoteOf(t))
	if err != nil {
		s.log.Info("an ICE restart has failed", "err", err)
		return false
	}
	l.restarting = false
	if s.timers[lostTimer] != nil { // a sign of life, as good as one of the media
		s.after(lostTimer, FindTime+s.LostTime)
	}
	if again {
		l.answering = true
		s.gatherAgain(l)
	}
	return true
}

func (s *Session) gatherAgain(l *localTransport) {
	l.candidates, l.told, l.gathered = nil, 0, false
	l.generation++
	if err := l.Gather(); err != nil {
		s.log.Warn("a transport cannot look for its addresses", "err", err)
	}
}

// answerRestarts tells our part of the peer's restarts, with candidates.
// Compat: Conversations takes an answer without candidates for an offer to restart again.
func (s *Session) answerRestarts() {
	for _, l := range s.local {
		if l.answering && l.gathered {
			l.answering = false
			s.tell(l, l.wire())
		}
	}
}

// restart begins anew what is lost.
func (s *Session) restart() {
	for _, l := range s.local {
		if l.up || !l.begun || l.restarting {
			continue
		}
		if _, err := l.Restart(); err != nil {
			s.log.Info("ICE cannot be restarted", "err", err)
			continue
		}
		l.restarting = true
		offer := l.wire()
		offer.Candidates, offer.Complete = nil, false
		s.tell(l, offer)
		s.gatherAgain(l)
	}
}

// tell sends a transport-info.
func (s *Session) tell(l *localTransport, t wire.Transport) {
	l.told = len(l.candidates)
	c := wire.Content{Creator: l.key.Creator, Name: l.key.Name, Transport: &t}
	s.request(&wire.Jingle{Action: wire.TransportInfo, Contents: []wire.Content{c}}, nil)
}

// tellCandidates tells those that the peer does not know yet, one transport-info for what has come until now.
func (s *Session) tellCandidates() {
	for _, l := range s.local {
		if !s.told || l.answering || l.told == len(l.candidates) || !l.begun && s.Role == wire.Responder {
			continue
		}
		t := l.wire()
		t.Candidates, t.Fingerprints = t.Candidates[l.told:], nil
		s.tell(l, t)
	}
}

// replaceTransport takes a transport-replace, which is always refused: there is one kind of transport, and a new one of that kind comes
// by content-add or ICE restart.
func (s *Session) replaceTransport(j *wire.Jingle) (func(), error) {
	if !s.settledState() {
		return nil, wire.OutOfOrder("the session is not accepted yet")
	}
	if err := s.known(j); err != nil {
		return nil, err
	}
	return func() {
		named := make([]wire.Content, len(j.Contents))
		for i, c := range j.Contents {
			named[i] = wire.Content{Creator: c.Creator, Name: c.Name, Transport: c.Transport, TransportNS: c.TransportNS}
		}
		s.request(&wire.Jingle{Action: wire.TransportReject, Contents: named}, nil)
	}, nil
}
