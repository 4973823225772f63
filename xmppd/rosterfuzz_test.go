package xmppd

import (
	"slices"
	"strings"
	"testing"

	"plenum/xmppd/xmlstream"
)

// FuzzRosterItem reads the query of a roster set. What is accepted is within the limits, and what is written of it is read as the
// same again.
func FuzzRosterItem(f *testing.F) {
	for _, s := range []string{
		"<item jid='romeo@example.org'/>",
		"<item jid='Romeo@Example.org' name='R &amp; J' subscription='both' ask='subscribe' approved='true'><group>A</group><group> A</group></item>",
		"<item jid='romeo@example.org' subscription='remove'/><x xmlns='urn:other'/>",
		"<item/><item/>", "<item jid='a/b'/>", "<item jid='a'><group/></item>", "<item jid='a'><group>x</group><group>x</group></item>",
		"<item jid='a' name='&#x10FFFF;'><group>a<b/>c</group></item>", "<r:item xmlns:r='jabber:iq:roster' jid='a'/>", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, inner string) {
		w, ok := readItem(inner)
		if !ok || w.remove {
			return
		}
		switch {
		case w.contact.IsZero() || w.contact.IsFull():
			t.Fatalf("%q gives the contact %q", inner, w.contact)
		case len(w.name) > maxItemName || len(w.groups) > maxItemGroups:
			t.Fatalf("%q is beyond the limits", inner)
		}
		for i, g := range w.groups {
			if g == "" || len(g) > maxGroupName || slices.Contains(w.groups[:i], g) || strings.Contains(g, groupSeparator) {
				t.Fatalf("%q has the group %q", inner, g)
			}
		}
		rec := record{listed: true, name: w.name, groups: strings.Join(w.groups, groupSeparator)}
		var b rosterBuilder
		b.add(w.contact.String(), &rec)
		item := b.build().item(0)
		again, ok := readItem(string(appendItem(nil, &item)))
		if !ok || again.contact != w.contact || again.name != w.name || !slices.Equal(again.groups, w.groups) {
			t.Fatalf("%q is read as %+v, and then as %+v", inner, w, again)
		}
	})
}

func readItem(inner string) (wantedItem, bool) {
	p, err := xmlstream.Parse([]byte("<iq type='set' id='1'><query xmlns='jabber:iq:roster'>"+inner+"</query></iq>"), NSClient, xmlstream.C2S)
	if err != nil {
		return wantedItem{}, false
	}
	query, _ := p.First()
	w, err := parseItem(query)
	return w, err == nil
}

// FuzzPriority reads the priority of a presence.
func FuzzPriority(f *testing.F) {
	for _, s := range []string{"<priority>0</priority>", "<priority> -128\n</priority>", "<priority>+127</priority>", "<priority>128</priority>",
		"<priority/>", "<priority>1</priority><priority>1</priority>", "<priority xmlns='urn:other'>x</priority>", "<priority>1<x/>2</priority>", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, inner string) {
		p, err := xmlstream.Parse([]byte("<presence>"+inner+"</presence>"), NSClient, xmlstream.C2S)
		if err != nil {
			return
		}
		n, err := priorityOf(p)
		if err != nil && n != 0 {
			t.Fatalf("%q gives %d and %v", inner, n, err)
		}
		if !p.Has(NSClient, "priority") && (n != 0 || err != nil) {
			t.Fatalf("%q gives %d and %v without a priority", inner, n, err)
		}
	})
}

// FuzzEnvelopes reads what other nodes send about presence; whatever it is, nothing breaks.
func FuzzEnvelopes(f *testing.F) {
	f.Add([]byte("\x01a\x01b"))
	f.Add(appendField(appendField(appendField(nil, "a@b/c"), "<presence/>"), "d@e"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for len(b) > 0 {
			j, rest, err := takeJID(b)
			if err != nil {
				return
			}
			if j.IsZero() || len(rest) >= len(b) {
				t.Fatalf("%q gives %q and %q", b, j, rest)
			}
			b = rest
		}
	})
}
