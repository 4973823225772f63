package jid_test

import (
	"errors"
	"strings"
	"testing"

	"plenum/xmppd/jid"
)

func TestParse(t *testing.T) {
	long := strings.Repeat("a", 1023)
	for _, c := range []struct{ name, in, local, domain, resource string }{
		{"a domain", "example.net", "", "example.net", ""},
		{"a bare address", "mercutio@example.net", "mercutio", "example.net", ""},
		{"a full address", "mercutio@example.net/rp", "mercutio", "example.net", "rp"},
		{"the first slash ends the domain", "a@b/rp@rp/rp", "a", "b", "rp@rp/rp"},
		{"a domain with a resource that looks like an address", "b/x@y/z", "", "b", "x@y/z"},
		{"resource of separators", "a@b//@//", "a", "b", "/@//"},
		{"spaces in the resource stay", "juliet@example.com/ foo", "juliet", "example.com", " foo"},
		{"upper case is mapped in local and domain only", "JULIET@Example.COM/Balcony", "juliet", "example.com", "Balcony"},
		{"a final dot is dropped", "a@A.Example.nEt./r", "a", "a.example.net", "r"},
		{"underscore in a domain", "_x@my_host.example", "_x", "my_host.example", ""},
		{"underscore in a domain with a Unicode local", "é@my_host", "é", "my_host", ""},
		{"IPv4", "a@127.0.0.1", "a", "127.0.0.1", ""},
		{"IPv6", "a@[::1]/x", "a", "[::1]", "x"},
		{"IPv6 has one form", "[0:0:0:0:0:0:0:AB]", "", "[::ab]", ""},
		{"an A-label becomes a U-label", "a@xn--mnchen-3ya.de", "a", "münchen.de", ""},
		{"a U-label in upper case", "a@MÜNCHEN.de", "a", "münchen.de", ""},
		{"ideographic full stop", "a@münchen。de", "a", "münchen.de", ""},
		{"full-width local", "ｊｕｌｉｅｔ@b", "juliet", "b", ""},
		{"decomposed local is composed", "e\u0301@b", "é", "b", ""},
		{"symbols are for resources", "a@b/♚", "a", "b", "♚"},
		{"non-ASCII space in a resource", "a@b/x\u00a0y", "a", "b", "x y"},
		{"escaped local (XEP-0106) is plain text here", `d\27artagnan@b`, `d\27artagnan`, "b", ""},
		{"longest parts", long + "@" + long + "/" + long, long, long, long},
	} {
		t.Run(c.name, func(t *testing.T) {
			j, err := jid.Parse(c.in)
			if err != nil {
				t.Fatal(err)
			}
			if j.Local() != c.local || j.Domain() != c.domain || j.Resource() != c.resource {
				t.Fatalf("got %q %q %q", j.Local(), j.Domain(), j.Resource())
			}
			built, err := jid.New(j.Local(), j.Domain(), j.Resource())
			if err != nil || built != j {
				t.Fatalf("New of the parts: %v %v", built, err)
			}
			if again := jid.MustParse(j.String()); again != j || !again.Equal(j) {
				t.Fatalf("parsed again: %v", again)
			}
			if kept := jid.Canonical(j.String()); kept != j {
				t.Fatalf("taken from its text: %#v, want %#v", kept, j)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, in := range []string{
		"", "@", "/", "test@/test", "@example.net", "@example.net/", "e@example.net/", "juliet@", "/foobar",
		`b"d@example.net`, `b&d@b`, `b'd@b`, `b:d@b`, `b<d@b`, `b>d@b`, "foo bar@b", " foo@b", "foo@b ", "a@b@c",
		"henryⅣ@example.com", "♚@example.com", "a\x00@b", "a@b/\x7f", "a@b/\n", "\xff@b", "a@\xff", "a@b/\xff",
		"[127.0.0.1]", "[::1", "::1]", "[::ffff:1.2.3.4]", "[fe80::1%eth0]", "[::1]x",
		".", "..", "a..c", ".a", "a@b..", "é..", "a..é", "é。。b", "a@-b", "a@b-", "a@b c", "a@b,c", "a@ab--c", "a@xn--", "a@xn--99999999",
		strings.Repeat("a", 1024) + "@b", "a@b/" + strings.Repeat("r", 1024), strings.Repeat("d.", 520), "a@b/" + strings.Repeat("é", 512),
	} {
		t.Run(in, func(t *testing.T) {
			j, err := jid.Parse(in)
			if err == nil {
				t.Fatalf("accepted as %q", j)
			}
			if !errors.Is(err, jid.ErrInvalid) {
				t.Fatalf("does not wrap ErrInvalid: %v", err)
			}
			if len(err.Error()) > 500 {
				t.Fatalf("error of %d bytes", len(err.Error()))
			}
		})
	}
}

func TestNewRefusesSeparatorsInParts(t *testing.T) {
	for _, c := range [][3]string{{"a@b", "c", ""}, {"a/b", "c", ""}, {"a", "b/c", ""}, {"a", "b@c", ""}, {"a", "", ""}, {"a", "", "r"}} {
		if j, err := jid.New(c[0], c[1], c[2]); err == nil {
			t.Errorf("%q accepted as %v", c, j)
		}
	}
}

func TestForms(t *testing.T) {
	full := jid.MustParse("a@b/c")
	for _, c := range []struct {
		name                     string
		j                        jid.JID
		s                        string
		zero, bare, full, domain bool
	}{
		{"zero", jid.JID{}, "", true, false, false, false},
		{"full", full, "a@b/c", false, false, true, false},
		{"bare of full", full.Bare(), "a@b", false, true, false, false},
		{"domain of full", full.DomainJID(), "b", false, true, false, true},
		{"domain with resource", jid.MustParse("b/c"), "b/c", false, false, true, false},
		{"bare of zero", jid.JID{}.Bare(), "", true, false, false, false},
		{"domain of zero", jid.JID{}.DomainJID(), "", true, false, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.j.String() != c.s || c.j.IsZero() != c.zero || c.j.IsBare() != c.bare || c.j.IsFull() != c.full || c.j.IsDomain() != c.domain {
				t.Fatalf("%q zero %v bare %v full %v domain %v", c.j, c.j.IsZero(), c.j.IsBare(), c.j.IsFull(), c.j.IsDomain())
			}
			if c.s != "" && c.j != jid.MustParse(c.s) {
				t.Fatal("differs from the same address parsed")
			}
		})
	}
	users := map[jid.JID]int{full.Bare(): 1}
	if users[jid.MustParse("A@B")] != 1 {
		t.Fatal("not usable as a map key")
	}
}

func TestWithResource(t *testing.T) {
	j := jid.MustParse("a@b/c")
	for r, want := range map[string]string{"d": "a@b/d", "": "a@b", "x\u00a0y": "a@b/x y", "a/b": "a@b/a/b"} {
		if got, err := j.WithResource(r); err != nil || got != jid.MustParse(want) {
			t.Errorf("%q: %v %v", r, got, err)
		}
	}
	for _, r := range []string{"\x00", "\xff", strings.Repeat("a", 1024)} {
		if got, err := j.WithResource(r); !errors.Is(err, jid.ErrInvalid) {
			t.Errorf("%q: %v %v", r, got, err)
		}
	}
}

func TestText(t *testing.T) {
	var j jid.JID
	if err := j.UnmarshalText([]byte("A@b/c")); err != nil || j.String() != "a@b/c" {
		t.Fatal(j, err)
	}
	if err := j.UnmarshalText([]byte("@")); err == nil || j.String() != "a@b/c" {
		t.Fatal("invalid text must leave the value alone", j, err)
	}
	if err := j.UnmarshalText(nil); err != nil || !j.IsZero() {
		t.Fatal(j, err)
	}
}

func TestCache(t *testing.T) {
	c := jid.NewCache(4)
	for round := range 3 {
		for _, s := range []string{"a@b", "A@b", "c@d/e", "f", "g", "h", "A@b"} {
			j, err := c.Parse(s)
			if err != nil || j != jid.MustParse(s) {
				t.Fatal(round, s, j, err)
			}
			if j, err = c.ParseBytes([]byte(s)); err != nil || j != jid.MustParse(s) {
				t.Fatal(round, s, j, err)
			}
		}
		if _, err := c.Parse("@"); err == nil {
			t.Fatal("invalid address accepted")
		}
	}
	key := []byte("warm@example.com/r")
	c.ParseBytes(key)
	if n := testing.AllocsPerRun(100, func() { c.ParseBytes(key) }); n != 0 {
		t.Fatalf("a hit allocates %v times", n)
	}
}

func TestCanonicalAddressAllocatesNothing(t *testing.T) {
	n := testing.AllocsPerRun(100, func() {
		if jid.MustParse("juliet@example.com/balcony").Bare().DomainJID().Domain() != "example.com" {
			t.Fatal("wrong domain")
		}
	})
	if n != 0 {
		t.Fatalf("%v allocations", n)
	}
}

func BenchmarkParse(b *testing.B) {
	for name, s := range map[string]string{"canonical": "juliet@capulet.example/balcony", "upper": "Juliet@capulet.example/balcony", "unicode": "jüliet@capulet.example/balcony"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := jid.Parse(s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCache(b *testing.B) {
	c, s := jid.NewCache(64), []byte("jüliet@capulet.example/balcony")
	b.ReportAllocs()
	for b.Loop() {
		c.ParseBytes(s)
	}
}
