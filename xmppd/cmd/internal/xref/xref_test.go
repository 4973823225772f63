package main

import (
	"errors"
	"strings"
	"testing"
)

// No citation that is wrong may stand here in one piece: the tool reads this file too.
const xep = "XEP" + "-"

func TestCitationsAreFoundAndChecked(t *testing.T) {
	known, err := loadSpecs()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, line string
		spec       string
		places     []string // "" for the document as a whole
		wrong      bool
	}{
		{"a XEP as a whole", "// as in XEP-0199.", "XEP-0199", []string{""}, false},
		{"an anchor at the end of a sentence", "// (XEP-0198#resumption).", "XEP-0198", []string{"resumption"}, false},
		{"an anchor that does not exist", "// " + xep + "0198#presumption", "XEP-0198", []string{"presumption"}, true},
		{"a XEP that does not exist", "// " + xep + "9999", xep + "9999", []string{""}, true},
		{"a section", "// RFC 6121 §8.5.2.1: to the bare JID", "RFC 6121", []string{"8.5.2.1"}, false},
		{"several sections", "// RFC 6120 §8.3.3, §8.4 and §10.3", "RFC 6120", []string{"8.3.3", "8.4", "10.3"}, false},
		{"an appendix", "// RFC 6121 appendix A.3", "RFC 6121", []string{"A.3"}, false},
		{"a section past the end", "// RFC 6120" + " §17.2", "RFC 6120", []string{"17.2"}, true},
		{"an appendix past the end", "// RFC 6120" + " appendix K", "RFC 6120", []string{"K"}, true},
		{"an RFC that is not in the list", "// RFC" + " 4321 §1", "RFC" + " 4321", []string{"1"}, true},
	} {
		var got tree
		if err := got.addFile("x/x.go", c.line); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		var places []string
		for _, found := range got.citations {
			if found.spec != c.spec {
				t.Errorf("%s: found %s", c.name, found.spec)
			}
			places = append(places, found.place)
		}
		if strings.Join(places, " ") != strings.Join(c.places, " ") || len(places) != len(c.places) {
			t.Errorf("%s: found places %q, want %q", c.name, places, c.places)
		}
		if faults := got.check(known); (len(faults) > 0) != c.wrong {
			t.Errorf("%s: faults %v", c.name, faults)
		}
	}
}

func TestDeclarationsBecomeTheTable(t *testing.T) {
	known, err := loadSpecs()
	if err != nil {
		t.Fatal(err)
	}
	var got tree
	err = errors.Join(
		got.addFile("components/ping/ping.go", "// Package ping.\n//\n// Spec: XEP-0199 2.0.1 complete\npackage ping\n"),
		got.addFile("xmppd/xmlstream/doc.go", "// Spec: RFC 6120 partial: framing only\n"),
		got.addFile("xmppd/doc.go", "// Spec: RFC 6120 complete\n"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := supported(&got, known)
	if err != nil {
		t.Fatal(err)
	}
	table := markdown(list)
	for _, want := range []string{
		"| [XEP-0199](https://xmpp.org/extensions/xep-0199.html) XMPP Ping | 2.0.1 | complete | `components/ping` |",
		"| [RFC 6120](https://www.rfc-editor.org/rfc/rfc6120) XMPP: Core |  | complete; framing only | `xmppd/xmlstream`, `xmppd` |",
	} {
		if !strings.Contains(table, want) {
			t.Errorf("the table lacks\n%s\nin\n%s", want, table)
		}
	}
	if description := doap(list); !strings.Contains(description, "<xmpp:version>2.0.1</xmpp:version>") {
		t.Errorf("the DOAP lacks the version of XMPP Ping:\n%s", description)
	}
}

func TestWrongDeclarationsAreRefused(t *testing.T) {
	known, err := loadSpecs()
	if err != nil {
		t.Fatal(err)
	}
	for name, line := range map[string]string{
		"a XEP without its version":       "// Spec: XEP-0199 complete",
		"a state that does not exist":     "// Spec: XEP-0199 2.0.1 nearly",
		"partial without what is missing": "// Spec: XEP-0199 2.0.1 partial",
		"a version of the future":         "// Spec: XEP-0199 99.0 complete",
	} {
		var got tree
		err := got.addFile("components/ping/ping.go", line)
		if err == nil {
			_, err = supported(&got, known)
		}
		if err == nil {
			t.Errorf("%s is taken: %s", name, line)
		}
	}
}
