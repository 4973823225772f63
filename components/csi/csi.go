// Package csi lets clients say that nobody looks at them, so that what is not urgent need not wake a phone.
//
// Spec: XEP-0352 1.0.0 complete
package csi

import (
	"plenum/xmppd"
	"plenum/xmppd/xmlstream"
)

// NS is the namespace of <active/> and <inactive/>.
const NS = "urn:xmpp:csi:0"

// Register puts client state indication into s.
func Register(s *xmppd.Server) {
	s.AddStreamFeature(xmppd.AfterLogin, "<csi xmlns='"+NS+"'/>")
	s.HandleNonza(NS, "active", func(x *xmppd.Session, _ *xmlstream.Packet) { x.SetInactive(false) })
	s.HandleNonza(NS, "inactive", func(x *xmppd.Session, _ *xmlstream.Packet) { x.SetInactive(true) })
}
