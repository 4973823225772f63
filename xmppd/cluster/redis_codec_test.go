package cluster_test

import (
	"bytes"
	"testing"

	"plenum/xmppd/cluster"
)

func FuzzEnvelope(f *testing.F) {
	f.Add("")
	f.Add("\x01\x02\x01a\x04kindpayload")
	f.Add("\x01\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01a")
	f.Fuzz(func(t *testing.T, data string) {
		e, err := cluster.DecodeEnvelope(data)
		if err != nil {
			return
		}
		again, err := cluster.DecodeEnvelope(cluster.EncodeEnvelope(e))
		if err != nil || again.Kind != e.Kind || again.From != e.From || !bytes.Equal(again.Payload, e.Payload) {
			t.Fatalf("%+v came back as %+v, %v", e, again, err)
		}
	})
}

func FuzzSessionValue(f *testing.F) {
	f.Add("")
	f.Add("a/7 -128 3 4294967295 sid with spaces")
	f.Add("a/b/7 0 0 0 ")
	f.Add("a/7 128 0 0 sid")
	f.Fuzz(func(t *testing.T, value string) {
		s, ok := cluster.ParseSession("romeo@example", "x", value)
		if !ok {
			return
		}
		again, ok := cluster.ParseSession("romeo@example", "x", cluster.SessionValue(s))
		if !ok || again != s {
			t.Fatalf("%+v came back as %+v", s, again)
		}
	})
}
