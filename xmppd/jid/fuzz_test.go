package jid_test

import (
	"strings"
	"testing"

	mellium "mellium.im/xmpp/jid"

	"plenum/xmppd/jid"
)

// differs names the places where this package and mellium do not accept the same addresses.
func differs(s string, j jid.JID, prepared mellium.JID, ours bool) string {
	_, domain, _, _ := mellium.SplitString(s)
	switch {
	case ours && strings.Contains(domain, "_"):
		return "underscores in domains are ours alone"
	case ours && strings.HasPrefix(domain, "[") && j.Domain() != "":
		return "one form for IPv6 addresses"
	case !ours && (strings.HasPrefix(domain, "[") || strings.Contains(domain, ":")):
		return "IPv4 in IPv6, zones"
	case !ours && (emptyLabel(domain) || emptyLabel(prepared.Domainpart())):
		return "empty labels"
	case !ours && unstable(s):
		return "the preparation does not settle, or settles outside of the part"
	}
	return ""
}

func emptyLabel(d string) bool {
	for _, sep := range []string{"。", "．", "｡"} {
		d = strings.ReplaceAll(d, sep, ".")
	}
	return strings.Contains(d, "..") || strings.HasPrefix(d, ".")
}

func unstable(s string) bool {
	a, err := mellium.Parse(s)
	if err != nil {
		return false
	}
	b, err := mellium.Parse(a.String())
	return err != nil || !a.Equal(b)
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"a@b/c", "b", "A@B.", "é@münchen.de/♚", "a@xn--mnchen-3ya.de", "[::1]", "a@127.0.0.1", "ｊ@ｂ／c", "a..b", "a@b_c", "ß@ß", "İ@İ", "\u200da@b", "ﷺ@x/ﷺ", "a@b/\u0344",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		j, err := jid.Parse(s)
		m, merr := mellium.Parse(s)
		if (err == nil) != (merr == nil) && differs(s, j, m, err == nil) == "" {
			t.Fatalf("%q: ours %v, mellium %v", s, err, merr)
		}
		if err != nil {
			if !j.IsZero() {
				t.Fatal("an error comes with the zero value")
			}
			return
		}
		again, err := jid.Parse(j.String())
		if err != nil || again != j {
			t.Fatalf("%q prints as %q, which parses as %q, %v", s, j, again, err)
		}
		built, err := jid.New(j.Local(), j.Domain(), j.Resource())
		if err != nil || built != j {
			t.Fatalf("%q of its parts is %q, %v", j, built, err)
		}
		if merr == nil && !strings.HasPrefix(j.Domain(), "[") && !unstable(s) && m.String() != j.String() {
			t.Fatalf("%q: ours %q, mellium %q", s, j, m)
		}
		if p := j.Bare(); p.IsFull() || p.Local() != j.Local() || p.DomainJID() != j.DomainJID() {
			t.Fatalf("%q: bare %q", j, p)
		}
	})
}
