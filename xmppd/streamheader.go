package xmppd

import (
	"slices"
	"strconv"
	"strings"

	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// open reads the client's stream header and answers with ours and the features (RFC 6120 §4.3, §4.7). Our header goes out
// before any error.
func (n *negotiation) open() error {
	h, err := n.wire.readHeader()
	if err == nil {
		err = n.checkHeader(h)
	}
	if err != nil {
		if _, ok := asStreamError(err); ok && n.host != "" {
			n.send(n.wire.appendHeader(nil, n.host, newStreamID()))
		}
		return err
	}
	return n.send(n.wire.appendHeader(nil, n.host, newStreamID()), n.features())
}

// checkHeader takes up what the client wants of this stream. Its 'from' is not looked at: who the client is, SASL says.
func (n *negotiation) checkHeader(h *xmlstream.Header) error {
	if err := n.checkHost(h.To); err != nil {
		return err
	}
	if !speaksClient(h) {
		return fatal("invalid-namespace", "this port is for clients: jabber:client")
	}
	if h.Lang != "" {
		n.lang = h.Lang
	}
	return checkVersion(h.Version)
}

// checkHost finds the domain that the stream is for (RFC 6120 §4.7.2). A later stream of the connection cannot move to
// another one: user and certificate belong to the first.
func (n *negotiation) checkHost(to string) error {
	if to == "" {
		to = n.hostOfTLS()
	}
	if to == "" {
		return fatal("improper-addressing", "the stream header needs a 'to'")
	}
	j, err := jid.Parse(to)
	if err != nil || !j.IsDomain() || !n.srv.hosts[j.Domain()] {
		return fatal("host-unknown", "this server does not serve the domain in 'to'")
	}
	if n.host == "" || n.step != stepBind && n.exchange == nil {
		n.host = j.Domain()
	}
	if n.host != j.Domain() {
		return fatal("not-authorized", "you are logged in at another domain")
	}
	return nil
}

// hostOfTLS is what a client without 'to' must mean: where it was before, or the name in its TLS handshake.
func (n *negotiation) hostOfTLS() string {
	if n.host != "" {
		return n.host
	}
	if sec := n.wire.security(); sec != nil {
		return sec.state.ServerName
	}
	return ""
}

// speaksClient reports whether the content namespace is that of clients, as the default one or with a prefix (RFC 6120 §4.8.3).
func speaksClient(h *xmlstream.Header) bool {
	if h.Name.Space == xmlstream.NSFraming || h.ContentNS != "" {
		return h.Name.Space == xmlstream.NSFraming || h.ContentNS == NSClient
	}
	return slices.ContainsFunc(h.Prefixes, func(p xmlstream.Prefix) bool { return p.URI == NSClient })
}

// checkVersion wants 1.0 or later; we answer 1.0 (RFC 6120 §4.7.5). None at all is the protocol before RFC 3920.
func checkVersion(version string) error {
	major, _, ok := strings.Cut(version, ".")
	v, err := strconv.ParseUint(major, 10, 16)
	if !ok || err != nil || v < 1 {
		return fatal("unsupported-version", "this server speaks XMPP 1.0")
	}
	return nil
}
