package pubsub

import (
	"bytes"
	"testing"

	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

func TestEventCrossesTheBus(t *testing.T) {
	nt := notice{
		node:  newNode(jidOf("juliet@example.org"), "tune", DefaultConfig("tune")),
		pkt:   xmlstream.MustParse("<message from='juliet@example.org'><event xmlns='" + NSEvent + "'/></message>"),
		reply: []byte("<addresses/>"),
		item:  42,
	}
	list := []audience{
		{jidOf("romeo@example.org"), true, nil},
		{jidOf("tybalt@example.org"), false, []jid.JID{jidOf("tybalt@example.org"), jidOf("tybalt@example.org/a")}},
	}
	got, who, err := unmarshalEvent(marshalEvent(&nt, list))
	if err != nil {
		t.Fatal(err)
	}
	if got.node.service != nt.node.service || got.node.name != "tune" || got.item != 42 || !bytes.Equal(got.reply, nt.reply) || !bytes.Equal(got.pkt.Raw(), nt.pkt.Raw()) {
		t.Errorf("%+v", got)
	}
	if len(who) != 2 || !who[0].presence || who[1].presence || len(who[1].addresses) != 2 || who[1].addresses[1] != list[1].addresses[1] {
		t.Errorf("%+v", who)
	}
}

func FuzzUnmarshalEvent(f *testing.F) {
	nt := notice{node: newNode(jidOf("a@b"), "n", DefaultConfig("n")), pkt: xmlstream.MustParse("<message/>")}
	f.Add(marshalEvent(&nt, []audience{{jidOf("c@d"), true, []jid.JID{jidOf("c@d/e")}}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, list, err := unmarshalEvent(b)
		if err != nil {
			return
		}
		if _, again, err := unmarshalEvent(marshalEvent(&got, list)); err != nil || len(again) != len(list) {
			t.Fatal(err)
		}
	})
}
