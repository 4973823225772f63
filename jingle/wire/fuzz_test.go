package wire_test

import (
	"errors"
	"reflect"
	"testing"

	"plenum/jingle/wire"
	"plenum/xmppd"
	"plenum/xmppd/xmlstream"
)

// fuzz reads any stanza. What is refused is refused by a stanza error; what is taken reads the same after it was written.
func fuzz[T builder](f *testing.F, parse func(xmlstream.Element) (T, error)) {
	for _, name := range fixtures(f) {
		f.Add(fixture(f, name).Raw())
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := xmlstream.Parse(raw, xmppd.NSClient, xmlstream.C2S)
		if err != nil {
			return
		}
		for e := range p.Children() {
			v, err := parse(e)
			if err != nil {
				var s *xmppd.StanzaError
				if !errors.As(err, &s) {
					t.Fatalf("%v is no stanza error", err)
				}
				continue
			}
			out := build(v)
			first, _ := out.First()
			w, err := parse(first)
			if err != nil {
				t.Fatalf("%v\n%s", err, out.Raw())
			}
			if !reflect.DeepEqual(v, w) {
				t.Fatalf("%+v\n%+v\n%s", v, w, out.Raw())
			}
		}
	})
}

func FuzzJingle(f *testing.F)         { fuzz(f, wire.ParseJingle) }
func FuzzMessage(f *testing.F)        { fuzz(f, wire.ParseMessage) }
func FuzzInvite(f *testing.F)         { fuzz(f, wire.ParseInvite) }
func FuzzMuji(f *testing.F)           { fuzz(f, wire.ParseMuji) }
func FuzzConferenceInfo(f *testing.F) { fuzz(f, wire.ParseConferenceInfo) }

func FuzzError(f *testing.F) {
	f.Add([]byte("<iq type='error'><error type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><tie-break xmlns='urn:xmpp:jingle:errors:1'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>no</text></error></iq>"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := xmlstream.Parse(raw, xmppd.NSClient, xmlstream.C2S)
		if err == nil && wire.ParseError(p).Condition == "" {
			t.Fatal("an error without a condition")
		}
	})
}
