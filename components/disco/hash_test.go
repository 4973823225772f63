package disco_test

import (
	"testing"

	"plenum/components/disco"
	"plenum/xmppd/dataform"
	"plenum/xmppd/xmlstream"
)

// parse reads a <query/> without its tags.
func parse(t testing.TB, children string) *disco.Info {
	t.Helper()
	p := xmlstream.MustParse("<iq type='result' id='1'><query xmlns='" + disco.NSInfo + "'>" + children + "</query></iq>")
	q, _ := p.First()
	i, err := disco.ParseInfo(q)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

const exodus = `<identity category='client' type='pc' name='Exodus 0.9.1'/>
	<feature var='http://jabber.org/protocol/caps'/><feature var='http://jabber.org/protocol/disco#info'/>
	<feature var='http://jabber.org/protocol/disco#items'/><feature var='http://jabber.org/protocol/muc'/>`

const psi = `<identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/><identity xml:lang='el' category='client' name='Ψ 0.11' type='pc'/>
	<feature var='http://jabber.org/protocol/caps'/><feature var='http://jabber.org/protocol/disco#info'/>
	<feature var='http://jabber.org/protocol/disco#items'/><feature var='http://jabber.org/protocol/muc'/>
	<x xmlns='jabber:x:data' type='result'>
		<field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field>
		<field var='ip_version' type='text-multi'><value>ipv4</value><value>ipv6</value></field>
		<field var='os'><value>Mac</value></field><field var='os_version'><value>10.5.1</value></field>
		<field var='software'><value>Psi</value></field><field var='software_version'><value>0.11</value></field>
	</x>`

func form(formType, typ string) string {
	return "<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='" + typ + "'>" + formType + "</field></x>"
}

// The first two hashes stand in XEP-0115#ver-gen-simple and #ver-gen-complex.
func TestHash(t *testing.T) {
	const simple, complex = "QgayPKawpkPSDYmwT/WM94uAlu0=", "q07IKJEyjvHSyhy//CH0CxmKi8w="
	for name, c := range map[string]struct{ children, want string }{
		"one identity":                            {exodus, simple},
		"several languages and a form":            {psi, complex},
		"a form without a type does not count":    {exodus + "<x xmlns='jabber:x:data' type='result'><field var='a'><value>b</value></field></x>", simple},
		"a form whose type is not hidden":         {exodus + form("<value>urn:x</value>", "text-single"), simple},
		"unknown elements do not count":           {exodus + "<other xmlns='urn:x'/>", simple},
		"a feature twice":                         {exodus + "<feature var='http://jabber.org/protocol/muc'/>", ""},
		"an identity twice":                       {exodus + "<identity category='client' type='pc' name='Exodus 0.9.1'/>", ""},
		"a form type twice":                       {exodus + form("<value>urn:x</value>", "hidden") + form("<value>urn:x</value>", "hidden"), ""},
		"a form with two types":                   {exodus + form("<value>urn:x</value><value>urn:y</value>", "hidden"), ""},
		"a feature that holds the separator":      {exodus + "<feature var='a&lt;b'/>", ""},
		"a name that holds the separator":         {"<identity category='client' type='pc' name='Exodus 0.9.1&lt;http://jabber.org/protocol/caps'/>", ""},
		"a category that holds the other one":     {"<identity category='client/pc' type=''/>", ""},
		"a form's value that holds the separator": {psi + form("<value>a&lt;b</value>", "hidden"), ""},
	} {
		if got := parse(t, c.children).Hash(); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestHashDoesNotDependOnTheOrder(t *testing.T) {
	a := &disco.Info{
		Identities: []disco.Identity{{Category: "a", Type: "t"}, {Category: "a-b", Type: "t"}},
		Features:   []string{"x", "y"},
		Forms: []*dataform.Form{
			dataform.New("result", "urn:1").Add(dataform.Field{Var: "v", Values: []string{"1", "2"}}).Add(dataform.Field{Var: "w"}),
			dataform.New("result", "urn:2"),
		},
	}
	b := &disco.Info{
		Identities: []disco.Identity{a.Identities[1], a.Identities[0]},
		Features:   []string{"y", "x"},
		Forms: []*dataform.Form{
			a.Forms[1],
			dataform.New("result", "urn:1").Add(dataform.Field{Var: "w"}).Add(dataform.Field{Var: "v", Values: []string{"2", "1"}}),
		},
	}
	// Identities are sorted by category first: "a" comes before "a-b", though "a-b/" comes before "a/".
	const want = "b38nJJS0SrsTb5NCxrH2mYAVML8="
	if a.Hash() != want || b.Hash() != want {
		t.Errorf("got %q and %q, want %q", a.Hash(), b.Hash(), want)
	}
}

func TestParseInfo(t *testing.T) {
	i := parse(t, psi)
	if len(i.Identities) != 2 || i.Identities[1] != (disco.Identity{Category: "client", Type: "pc", Lang: "el", Name: "Ψ 0.11"}) {
		t.Errorf("identities: %+v", i.Identities)
	}
	if len(i.Features) != 4 || len(i.Forms) != 1 {
		t.Errorf("%d features, %d forms", len(i.Features), len(i.Forms))
	}
}

func FuzzParseInfo(f *testing.F) {
	f.Add(exodus)
	f.Add(psi)
	f.Fuzz(func(t *testing.T, children string) {
		p, err := xmlstream.Parse([]byte("<iq type='result' id='1'><query xmlns='"+disco.NSInfo+"'>"+children+"</query></iq>"), xmlstream.NSClient, xmlstream.C2S)
		if err != nil {
			return
		}
		q, _ := p.First()
		i, err := disco.ParseInfo(q)
		if err != nil {
			return
		}
		again, err := xmlstream.Parse(i.Append(nil), xmlstream.NSClient, xmlstream.S2S)
		if err != nil {
			t.Fatalf("what was written is not well-formed: %v\n%s", err, i.Append(nil))
		}
		j, err := disco.ParseInfo(again.Root())
		if err != nil {
			t.Fatal(err)
		}
		if i.Hash() != j.Hash() {
			t.Errorf("hash %q became %q", i.Hash(), j.Hash())
		}
	})
}
