package stack

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// What was read and is written again reads as the same.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/torture/*.sip")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p := parse(text, false)
		if p.msg == nil || p.fault != nil {
			return
		}
		if p.msg.CallID() == nil || p.msg.CSeq() == nil || p.msg.From() == nil || p.msg.To() == nil || p.msg.Via() == nil {
			t.Fatal("a header is missing")
		}
		first := string(render(p.msg))
		again := parse([]byte(first), false)
		if again.fault != nil || again.msg == nil {
			t.Fatalf("%q: %v", first, again.fault)
		}
		if second := string(render(again.msg)); second != first {
			t.Errorf("first %q, then %q", first, second)
		}
	})
}

func TestAddresses(t *testing.T) {
	for text, want := range map[string]string{
		`<sip:100@example.com>;tag=a`:                           `<sip:100@example.com>;tag=a`,
		`sip:100@example.com;tag=a`:                             `<sip:100@example.com>;tag=a`,
		`"A \"B\", C" <sip:100@example.com;user=phone> ; Tag=a`: `"A \"B\", C" <sip:100@example.com;user=phone>;tag=a`,
		`Jürgen Müller <sip:j@example.com>`:                     `"Jürgen Müller" <sip:j@example.com>`,
		`<sip:*42#1@example.com>`:                               `<sip:*42#1@example.com>`,
		`<sip:%2A42%231@[2001:db8::1]:5080;transport=TCP>`:      `<sip:%2A42%231@[2001:db8::1]:5080;transport=TCP>`,
		`<tel:+49-30-1234;phone-context=example.com>`:           `<tel:+49-30-1234;phone-context=example.com>`,
		`<sip:a@example.com>;+sip.instance="<urn:uuid:1>"`:      `<sip:a@example.com>;+sip.instance="<urn:uuid:1>"`,
		`<sip:a@example.com>;x="a b"`:                           `<sip:a@example.com>;x="a b"`,
		`<sips:a:secret@example.com:5061>`:                      `<sips:a:secret@example.com:5061>`,
	} {
		s := &scanner{s: text}
		a, err := s.whole(s.address)
		h := &sip.ToHeader{DisplayName: a.display, Address: a.uri, Params: a.params}
		if err != nil || h.Value() != want {
			t.Errorf("%s: got %s, %v", text, h.Value(), err)
		}
	}
	for _, text := range []string{"", "<>", "<sip:>", "<sip:a@>", "<sip:a@b", `"a <sip:a@b>`, `"a"`, "<sip:a@b>x", "<sip:a@b>;", "<sip:a@b>;=1", "<sip:a@b>;a=", "<sip:a@b:0>", "<sip:a@b:66000>",
		"<sip:a%4@b>", "<sip:a@b@c>", "<sip:@b>", "<sip:a@[::1>", "<sip:a b@c>", "a, b <sip:a@b>", "sip:a@b?x=y", "<sip:a@b;=x>", "<sip:a@b?x>", "<1sip>", "<:a@b>", "*"} {
		s := &scanner{s: text}
		if a, err := s.whole(s.address); err == nil {
			t.Errorf("%s is taken: %+v", text, a)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	text, err := os.ReadFile("testdata/torture/inv2543.sip")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if p := parse(text, false); p.fault != nil {
			b.Fatal(p.fault)
		}
	}
}
