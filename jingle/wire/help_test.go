package wire_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"plenum/jingle/wire"
	"plenum/xmppd"
	"plenum/xmppd/xmlstream"
)

// builder is what every value of this package can do.
type builder interface{ Build(*xmlstream.Builder) }

// parse reads the value in a stanza, whichever of the package's it is.
func parse(p *xmlstream.Packet) (builder, error) {
	if e, ok := wire.FindMessage(p); ok {
		return result(wire.ParseMessage(e))
	}
	if e, ok := wire.FindInvite(p); ok {
		return result(wire.ParseInvite(e))
	}
	if e, ok := p.Child(wire.NSMuji, "muji"); ok {
		return result(wire.ParseMuji(e))
	}
	if e, ok := p.Child(wire.NSCoinInfo, "conference-info"); ok {
		return result(wire.ParseConferenceInfo(e))
	}
	if e, ok := p.Child(wire.NS, "reason"); ok {
		return result(wire.ParseReason(e))
	}
	e, _ := p.First()
	return result(wire.ParseJingle(e))
}

// result makes an interface of a pointer that is nil after an error.
func result[T builder](v T, err error) (builder, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

// build writes a value into a stanza.
func build(v builder) *xmlstream.Packet {
	b := xmlstream.NewBuilder().Start("iq", "", "type", "set", "id", "1")
	v.Build(b)
	return b.Packet()
}

// again builds and parses a value, and fails when something has changed.
func again(t *testing.T, v builder) *xmlstream.Packet {
	t.Helper()
	p := build(v)
	w, err := parse(p)
	if err != nil {
		t.Fatalf("what was written is not taken: %v\n%s", err, p.Raw())
	}
	if !reflect.DeepEqual(v, w) {
		t.Fatalf("written and read again it is another:\n%+v\n%+v\n%s", v, w, p.Raw())
	}
	return p
}

func fixture(t testing.TB, name string) *xmlstream.Packet {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	p, err := xmlstream.Parse(b, xmppd.NSClient, xmlstream.C2S)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return p
}

func jingle(t testing.TB, name string) *wire.Jingle {
	t.Helper()
	e, _ := fixture(t, name).First()
	j, err := wire.ParseJingle(e)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return j
}

func fixtures(t testing.TB) []string {
	t.Helper()
	names, err := filepath.Glob("testdata/*.xml")
	if err != nil || len(names) == 0 {
		t.Fatal("no fixtures", err)
	}
	for i := range names {
		names[i] = filepath.Base(names[i])
	}
	return names
}

// described is a stanza error in one line.
func described(err error) string {
	var e *xmppd.StanzaError
	if !errors.As(err, &e) {
		return "no stanza error"
	}
	s := e.Type + " " + e.Condition
	if app, _, ok := strings.Cut(strings.TrimPrefix(string(e.App), "<"), " "); ok {
		s += " " + app
	}
	return s
}
