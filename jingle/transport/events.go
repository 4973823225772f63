package transport

import (
	"net/netip"

	"github.com/pion/ice/v4"
)

// setState tells the handler a change. Failed is left only for Connected, after an ICE restart; Closed never.
func (t *Transport) setState(s State, err error) {
	t.stateMu.Lock()
	defer t.stateMu.Unlock()
	t.changeState(s, err)
}

func (t *Transport) changeState(s State, err error) {
	if t.state == s || t.state == Closed || t.closed.Load() && s != Closed {
		return
	}
	t.state = s
	t.options.Handler.State(s, err)
}

// onCandidate is called by the agent for each candidate of ours, with nil after the last.
func (t *Transport) onCandidate(c ice.Candidate) {
	t.stateMu.Lock()
	defer t.stateMu.Unlock()
	if t.closed.Load() {
		return
	}
	if c == nil {
		t.options.Handler.Gathered()
	} else if out, ok := candidateOf(c); ok {
		t.options.Handler.Candidate(out)
	}
}

// onICE is called by the agent for each change of its state.
func (t *Transport) onICE(s ice.ConnectionState) {
	t.stateMu.Lock()
	defer t.stateMu.Unlock()
	switch s {
	case ice.ConnectionStateConnected, ice.ConnectionStateCompleted:
		t.iceUp = true
		if t.secured {
			t.changeState(Connected, nil)
		}
	case ice.ConnectionStateDisconnected:
		t.iceUp = false
		t.changeState(Lost, ErrGone)
	case ice.ConnectionStateFailed:
		t.iceUp = false
		t.changeState(Failed, ErrGone)
	}
}

// onSecured says that the keys are agreed.
func (t *Transport) onSecured() {
	t.stateMu.Lock()
	defer t.stateMu.Unlock()
	if t.secured = true; t.iceUp {
		t.changeState(Connected, nil)
	}
}

// onSelected is called by the agent when it has chosen, or changed, the pair to send by.
func (t *Transport) onSelected(local, remote ice.Candidate) {
	ip, err := netip.ParseAddr(remote.Address())
	if err != nil || t.closed.Load() {
		return
	}
	to := netip.AddrPortFrom(ip.Unmap(), uint16(remote.Port()))
	p := t.portOf(local, to)
	if p == nil {
		return
	}
	p.claim(t, to) // the peer has answered our check from there
	out := p.queueTo(to)
	if out == nil {
		return
	}
	t.path.Store(newPath(p, to, out))
	t.handshake.Do(func() {
		t.mu.Lock()
		client, expected := t.local.Setup == Active, t.remote.Fingerprints
		t.mu.Unlock()
		t.running.Go(func() { t.secure(client, expected) })
	})
}

// portOf finds the port of a pair. The local candidate's address is that of the port, unless the peer was told an external one.
func (t *Transport) portOf(local ice.Candidate, to netip.AddrPort) *port {
	var found *port
	for _, p := range t.engine.ports {
		if p.tcp != local.NetworkType().IsTCP() || p.local.Addr().Is4() != to.Addr().Is4() || !p.uses(t, to) {
			continue
		}
		if p.local.Addr().String() == local.Address() {
			return p
		}
		if found == nil {
			found = p
		}
	}
	return found
}
