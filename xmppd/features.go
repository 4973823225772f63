package xmppd

import (
	"strconv"
	"time"

	"plenum/xmppd/sasl"
	"plenum/xmppd/xmlstream"
)

// FeaturePhase says at which point of a stream's negotiation a feature is announced.
type FeaturePhase uint8

// The two points at which components may announce something. Before TLS, where that is needed, there is nothing to announce.
const (
	BeforeLogin FeaturePhase = iota // beside the SASL mechanisms
	AfterLogin                      // beside resource binding
)

// StreamInfo is what is known of a stream that is being negotiated.
type StreamInfo struct {
	Domain string
	Secure bool // encrypted
}

type streamFeature struct {
	phase FeaturePhase
	xml   func(StreamInfo) string
}

// AddStreamFeature announces a serialised element, which declares its namespace, in the stream features (RFC 6120 §4.3.2).
func (s *Server) AddStreamFeature(phase FeaturePhase, xml string) {
	s.AddStreamFeatureFunc(phase, func(StreamInfo) string { return xml })
}

// AddStreamFeatureFunc is AddStreamFeature for what depends on the stream, or is not known before the server starts; ""
// announces nothing. The function is called for each stream.
func (s *Server) AddStreamFeatureFunc(phase FeaturePhase, xml func(StreamInfo) string) {
	s.mustRegister()
	s.stream = append(s.stream, streamFeature{phase, xml})
}

// What is announced after the login: binding, the session request of RFC 3921 that old clients insist on, stream management, roster
// versioning and pre-approval (RFC 6121 §2.6, §3.4).
const boundFeatures = "<bind xmlns='" + NSBind + "'/><session xmlns='" + NSSession + "'><optional/></session>" +
	"<sm xmlns='" + NSSM + "'/><ver xmlns='urn:xmpp:features:rosterver'/><sub xmlns='urn:xmpp:features:pre-approval'/>"

// features is the announcement for the step that the negotiation has reached.
func (n *negotiation) features() []byte {
	b := append(make([]byte, 0, 1024), "<stream:features>"...)
	switch n.step {
	case stepPlain:
		b = n.appendStartTLS(b)
		if n.trusted() {
			b = n.appendLogin(b)
		}
		b = appendLimits(b, xmlstream.PreAuth.Bytes, 0)
	case stepLogin:
		b = n.appendLogin(b)
		b = appendLimits(b, xmlstream.PreAuth.Bytes, 0)
	case stepBind:
		b = append(b, boundFeatures...)
		b = n.appendAdded(b, AfterLogin)
		b = appendLimits(b, n.srv.stanzaBytes(n.user), n.srv.cfg.IdleTimeout)
	}
	return append(b, "</stream:features>"...)
}

func (n *negotiation) appendStartTLS(b []byte) []byte {
	switch {
	case !n.canStartTLS():
		return b
	case n.srv.cfg.AllowPlaintext:
		return append(b, "<starttls xmlns='"+NSTLS+"'/>"...)
	}
	return append(b, "<starttls xmlns='"+NSTLS+"'><required/></starttls>"...)
}

// appendLogin announces the mechanisms and which channel bindings they may use (XEP-0440).
func (n *negotiation) appendLogin(b []byte) []byte {
	cfg := n.saslConfig()
	if offered := sasl.Offered(cfg); len(offered) > 0 {
		b = append(b, "<mechanisms xmlns='"+NSSASL+"'>"...)
		for _, m := range offered {
			b = append(append(append(b, "<mechanism>"...), m...), "</mechanism>"...)
		}
		b = append(b, "</mechanisms>"...)
	}
	if bindings := sasl.ChannelBindings(cfg); len(bindings) > 0 && cfg.Lookup != nil {
		b = append(b, "<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'>"...)
		for _, t := range bindings {
			b = xmlstream.AppendAttr(append(b, "<channel-binding"...), "type", t)
			b = append(b, "/>"...)
		}
		b = append(b, "</sasl-channel-binding>"...)
	}
	return n.appendAdded(b, BeforeLogin)
}

func (n *negotiation) appendAdded(b []byte, phase FeaturePhase) []byte {
	info := StreamInfo{Domain: n.host, Secure: n.wire.security() != nil}
	for _, f := range n.srv.stream {
		if f.phase == phase {
			b = append(b, f.xml(info)...)
		}
	}
	return b
}

// appendLimits announces the largest element and how long a client may be silent (XEP-0478).
func appendLimits(b []byte, maxBytes int, idle time.Duration) []byte {
	b = append(b, "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>"...)
	b = append(strconv.AppendInt(b, int64(maxBytes), 10), "</max-bytes>"...)
	if idle > 0 {
		b = append(b, "<idle-seconds>"...)
		b = append(strconv.AppendInt(b, int64(idle/time.Second), 10), "</idle-seconds>"...)
	}
	return append(b, "</limits>"...)
}
