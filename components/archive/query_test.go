package archive_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"plenum/components/archive"
	"plenum/xmppd"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/rsm"
	"plenum/xmppd/xmlstream"
)

const hidden = "<field var='FORM_TYPE' type='hidden'><value>urn:xmpp:mam:2</value></field>"

func submit(fields string) string {
	return "<x xmlns='jabber:x:data' type='submit'>" + hidden + fields + "</x>"
}

func field(name string, values ...string) string {
	var b strings.Builder
	b.WriteString("<field var='" + name + "'>")
	for _, v := range values {
		b.WriteString("<value>" + v + "</value>")
	}
	return b.String() + "</field>"
}

func parseQuery(attrs, children string) (archive.Query, error) {
	p := xmlstream.MustParse("<iq type='set' id='1'><query xmlns='urn:xmpp:mam:2'" + attrs + ">" + children + "</query></iq>")
	e, _ := p.First()
	return archive.ParseQuery(e)
}

func TestParseQuery(t *testing.T) {
	all := rsm.Request{Max: -1, Index: -1}
	at := time.Date(2010, 6, 7, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		attrs, children string
		want            archive.Query
	}{
		"everything":            {"", "", archive.Query{RSM: all}},
		"an id of the query":    {" queryid='f27'", "", archive.Query{ID: "f27", RSM: all}},
		"an empty form":         {"", submit(""), archive.Query{RSM: all}},
		"with, canonical":       {"", submit(field("with", "Juliet@Capulet.LIT/Balcony")), archive.Query{With: jid.MustParse("juliet@capulet.lit/Balcony"), RSM: all}},
		"times":                 {"", submit(field("start", "2010-06-07T00:00:00Z") + field("end", "2010-06-07T02:00:00.5+02:00")), archive.Query{Start: at, End: at.Add(time.Second / 2), RSM: all}},
		"ids":                   {"", submit(field("ids", "a", "b")), archive.Query{IDs: []string{"a", "b"}, RSM: all}},
		"a range of ids":        {"", submit(field("after-id", "a") + field("before-id", "b")), archive.Query{AfterID: "a", BeforeID: "b", RSM: all}},
		"groupchat is nowhere":  {"", submit(field("include-groupchat", "true")), archive.Query{RSM: all}},
		"a page":                {"", "<set xmlns='http://jabber.org/protocol/rsm'><max>10</max><after>x</after></set>", archive.Query{RSM: rsm.Request{Max: 10, After: "x", Index: -1}}},
		"the last page":         {"", "<set xmlns='http://jabber.org/protocol/rsm'><before/></set>", archive.Query{RSM: rsm.Request{Max: -1, Last: true, Index: -1}}},
		"flipped":               {"", "<flip-page/>", archive.Query{FlipPage: true, RSM: all}},
		"something of others":   {"", "<x xmlns='urn:x'/>", archive.Query{RSM: all}},
		"fields with types too": {"", submit("<field var='with' type='jid-single'><value>a@b</value></field>"), archive.Query{With: jid.MustParse("a@b"), RSM: all}},
	} {
		got, err := parseQuery(c.attrs, c.children)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !got.Start.Equal(c.want.Start) || !got.End.Equal(c.want.End) {
			t.Errorf("%s: from %v to %v", name, got.Start, got.End)
		}
		got.Start, got.End, c.want.Start, c.want.End = time.Time{}, time.Time{}, time.Time{}, time.Time{}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
}

func TestParseQueryRefuses(t *testing.T) {
	for name, c := range map[string]struct{ children, condition string }{
		"an unknown field":            {submit(field("{urn:x}text", "love")), "feature-not-implemented"},
		"a form that is no answer":    {"<x xmlns='jabber:x:data' type='form'>" + hidden + "</x>", "bad-request"},
		"a form without a type":       {"<x xmlns='jabber:x:data'>" + hidden + "</x>", "bad-request"},
		"a form for something else":   {"<x xmlns='jabber:x:data' type='submit'>" + field("FORM_TYPE", "urn:x") + "</x>", "bad-request"},
		"a form for nobody knows":     {"<x xmlns='jabber:x:data' type='submit'>" + field("with", "a@b") + "</x>", "bad-request"},
		"with nobody":                 {submit(field("with")), "jid-malformed"},
		"with no address":             {submit(field("with", "@")), "jid-malformed"},
		"a time without a zone":       {submit(field("start", "2010-06-07T00:00:00")), "bad-request"},
		"a day":                       {submit(field("end", "2010-06-07")), "bad-request"},
		"no time":                     {submit(field("end")), "bad-request"},
		"groupchat maybe":             {submit(field("include-groupchat", "perhaps")), "bad-request"},
		"too many ids":                {submit(field("ids", make([]string, archive.MaxIDs+1)...)), "resource-constraint"},
		"a page of a negative length": {"<set xmlns='http://jabber.org/protocol/rsm'><max>-1</max></set>", "bad-request"},
		"a page of any length":        {"<set xmlns='http://jabber.org/protocol/rsm'><max>many</max></set>", "bad-request"},
		"a page by its number":        {"<set xmlns='http://jabber.org/protocol/rsm'><max>1</max><index>3</index></set>", "feature-not-implemented"},
	} {
		_, err := parseQuery("", c.children)
		if got := condition(err); got != c.condition {
			t.Errorf("%s: got %q (%v), want %q", name, got, err, c.condition)
		}
	}
}

// condition is what the client is told.
func condition(err error) string {
	var e *xmppd.StanzaError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Condition
	}
	return map[fault.Kind]string{fault.Invalid: "bad-request", fault.Limit: "resource-constraint", fault.NotFound: "item-not-found"}[fault.KindOf(err)]
}

func FuzzParseQuery(f *testing.F) {
	for _, s := range []string{
		submit(field("with", "a@b/c")), submit(field("start", "2010-06-07T00:00:00Z") + field("ids", "1", "2")),
		"<set xmlns='http://jabber.org/protocol/rsm'><max>10</max><before/></set><flip-page/>",
		submit(field("include-groupchat", "0")) + "<set xmlns='http://jabber.org/protocol/rsm'><after>7</after></set>",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, children string) {
		p, err := xmlstream.Parse([]byte("<iq type='set' id='1'><query xmlns='urn:xmpp:mam:2'>"+children+"</query></iq>"), xmlstream.NSClient, xmlstream.C2S)
		if err != nil {
			return
		}
		e, _ := p.First()
		q, err := archive.ParseQuery(e)
		if err != nil && condition(err) == "" {
			t.Errorf("an error that says nothing to the client: %v", err)
		}
		if err == nil && (len(q.IDs) > archive.MaxIDs || q.RSM.Max < -1) {
			t.Errorf("got %+v", q)
		}
	})
}

func FuzzParsePrefs(f *testing.F) {
	f.Add(" default='roster'", "<always><jid>a@b</jid></always><never/>")
	f.Add(" default='never'", "<never><jid>A@B/c</jid><jid>d</jid></never>")
	f.Fuzz(func(t *testing.T, attrs, children string) {
		p, err := xmlstream.Parse([]byte("<iq type='set' id='1'><prefs xmlns='urn:xmpp:mam:2'"+attrs+">"+children+"</prefs></iq>"), xmlstream.NSClient, xmlstream.C2S)
		if err != nil {
			return
		}
		e, _ := p.First()
		out, err := archive.RoundTripPrefs(e)
		if err != nil {
			if condition(err) == "" {
				t.Errorf("an error that says nothing to the client: %v", err)
			}
			return
		}
		again, err := xmlstream.Parse(out, xmlstream.NSClient, xmlstream.S2S)
		if err != nil {
			t.Fatalf("not well-formed: %s", out)
		}
		if second, err := archive.RoundTripPrefs(again.Root()); err != nil || string(second) != string(out) {
			t.Errorf("%s became %s, %v", out, second, err)
		}
	})
}
