package sdp_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"plenum/jingle/sdp"
	"plenum/jingle/wire"
	"plenum/xmppd"
	"plenum/xmppd/xmlstream"
)

// jingle reads a stanza of a client's.
func jingle(t testing.TB, name string) *wire.Jingle {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "wire", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(b))
}

func parse(t testing.TB, s string) *wire.Jingle {
	t.Helper()
	p, err := xmlstream.Parse([]byte(s), xmppd.NSClient, xmlstream.C2S)
	if err != nil {
		t.Fatal(err)
	}
	e, _ := p.First()
	j, err := wire.ParseJingle(e)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// own has credentials for a transport.
func own(i int) wire.Transport {
	return wire.Transport{
		Ufrag: fmt.Sprintf("own%d", i), Pwd: "2yZ1uC8tcIhJv7PDvUqeNUhD", Complete: true,
		Fingerprints: []wire.Fingerprint{{Hash: "sha-256", Sum: make([]byte, 32)}},
		Candidates:   []wire.Candidate{{Component: 1, Foundation: "1", ID: "1", Address: "192.0.2.9", Port: 19302, Priority: 1, Protocol: "udp", Type: "host"}},
	}
}

// send writes what one party says, as the other reads it.
func send(t testing.TB, d *sdp.Description, action wire.Action) *wire.Jingle {
	t.Helper()
	var local []wire.Transport
	for i := range d.Transports {
		local = append(local, own(i))
	}
	j := &wire.Jingle{Action: action, SID: "1"}
	j.Contents, j.Groups = d.Contents(local)
	b := xmlstream.NewBuilder().Start("iq", "", "type", "set")
	j.Build(b)
	return parse(t, string(b.Bytes()))
}

// summary is a description in a few lines.
func summary(d *sdp.Description) string {
	var b strings.Builder
	for i := range d.Transports {
		tr := &d.Transports[i]
		fmt.Fprintf(&b, "transport mux=%v setup=%s", tr.Mux, tr.Setup)
		if tr.Group != nil {
			fmt.Fprintf(&b, " group=%s", strings.Join(tr.Group, ","))
		}
		b.WriteByte('\n')
		for j := range tr.Contents {
			c := &tr.Contents[j]
			fmt.Fprintf(&b, " %s %s %s:", c.Name, c.Kind, c.Senders(d.Role))
			for _, x := range c.Codecs {
				fmt.Fprintf(&b, " %s=%d", x.Name, x.ID)
				if x.RTX != 0 {
					fmt.Fprintf(&b, "+%d", x.RTX)
				}
			}
			for _, e := range c.Events {
				fmt.Fprintf(&b, " keys/%d=%d", e.Clock, e.ID)
			}
			for _, x := range c.Extensions {
				fmt.Fprintf(&b, " %s=%d", x.URI[strings.LastIndexAny(x.URI, ":/")+1:], x.ID)
			}
			if len(c.Layers) > 0 {
				fmt.Fprintf(&b, " layers=%s", strings.Join(c.Layers, ","))
			}
			b.WriteByte('\n')
		}
	}
	for _, r := range d.Refused {
		fmt.Fprintf(&b, "refused %s: %s\n", r.Key.Name, r.Reason.Condition)
	}
	return b.String()
}

// condition is that of a failure.
func condition(err error) wire.Condition {
	var f *sdp.Failure
	if !errors.As(err, &f) {
		return ""
	}
	return f.Reason.Condition
}

func ids(d *wire.Description) (out []uint8) {
	for _, p := range d.Payloads {
		out = append(out, p.ID)
	}
	slices.Sort(out)
	return out
}
