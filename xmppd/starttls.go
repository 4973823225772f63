package xmppd

func (n *negotiation) canStartTLS() bool {
	_, tcp := n.wire.(*tcpWire)
	return tcp && n.step == stepPlain && n.srv.tls != nil
}

// startTLS answers <starttls/> and runs the handshake (RFC 6120 §5.4). A stream that announced no STARTTLS ends with
// <failure/>, and so does one whose client sent more before the handshake: what follows in plain text may be somebody else's.
func (n *negotiation) startTLS() (outcome, error) {
	t, _ := n.wire.(*tcpWire)
	if !n.canStartTLS() || n.exchange != nil || t.framer.Buffered() > 0 {
		if err := n.send([]byte("<failure xmlns='" + NSTLS + "'/>")); err != nil {
			return goOn, err
		}
		return goOn, errEnded
	}
	if err := n.send([]byte("<proceed xmlns='" + NSTLS + "'/>")); err != nil {
		return goOn, err
	}
	if err := t.encrypt(n.host); err != nil {
		n.log.Info("TLS handshake failed", "err", err)
		t.close()
		return goOn, err
	}
	n.step = stepLogin
	return restart, nil
}
