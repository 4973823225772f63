package carbons_test

import (
	"context"
	"testing"

	"plenum/components/carbons"
	"plenum/xmppd"
	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

// echo is a component that gives messages back to their sender.
type echo struct{ s *xmppd.Server }

func (e echo) Deliver(_ context.Context, in *xmppd.Stanza) {
	if in.Packet.Kind() == xmlstream.Message {
		e.s.Route(in.Packet.Rewrite(xmlstream.Rewrite{From: xmlstream.Set(in.To.String()), To: xmlstream.Set(in.From.String())}))
	}
}

func TestScripts(t *testing.T) {
	xmpptest.RunScripts(t, "testdata/*.xmpp", func(s *xmppd.Server) {
		carbons.Register(s)
		s.AddComponent("groups.example.org", echo{s})
	})
}
