package rsm_test

import (
	"testing"

	"plenum/xmppd/fault"
	"plenum/xmppd/rsm"
	"plenum/xmppd/xmlstream"
)

func parse(t testing.TB, set string) (rsm.Request, error) {
	t.Helper()
	p, err := xmlstream.Parse([]byte("<iq type='get' id='1'><query xmlns='urn:q'>"+set+"</query></iq>"), "jabber:client", xmlstream.C2S)
	if err != nil {
		t.Skipf("not XML: %v", err)
	}
	e, _ := p.First()
	return rsm.Parse(e)
}

func TestRequests(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want rsm.Request
	}{
		"nothing said":                    {"", rsm.Request{Max: -1, Index: -1}},
		"the first page":                  {"<set xmlns='http://jabber.org/protocol/rsm'><max>10</max></set>", rsm.Request{Max: 10, Index: -1}},
		"the last page":                   {"<set xmlns='http://jabber.org/protocol/rsm'><max>10</max><before/></set>", rsm.Request{Max: 10, Last: true, Index: -1}},
		"after an item":                   {"<set xmlns='http://jabber.org/protocol/rsm'><after>a&lt;b</after></set>", rsm.Request{Max: -1, After: "a<b", Index: -1}},
		"the count":                       {"<set xmlns='http://jabber.org/protocol/rsm'><max>0</max></set>", rsm.Request{Max: 0, Index: -1}},
		"what is no set is not looked at": {"<set xmlns='urn:other'><max>x</max></set>", rsm.Request{Max: -1, Index: -1}},
	} {
		if got, err := parse(t, c.in); err != nil || got != c.want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for name, in := range map[string]string{
		"max is no number":   "<set xmlns='http://jabber.org/protocol/rsm'><max>ten</max></set>",
		"max is negative":    "<set xmlns='http://jabber.org/protocol/rsm'><max>-1</max></set>",
		"index is no number": "<set xmlns='http://jabber.org/protocol/rsm'><index/></set>",
	} {
		if _, err := parse(t, in); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPages(t *testing.T) {
	for want, p := range map[string]rsm.Page{
		"<set xmlns='http://jabber.org/protocol/rsm'><first index='2'>a</first><last>b</last><count>7</count></set>": {First: "a", Last: "b", Index: 2, Count: 7},
		"<set xmlns='http://jabber.org/protocol/rsm'><count>0</count></set>":                                         {Index: -1},
		"<set xmlns='http://jabber.org/protocol/rsm'></set>":                                                         {Index: -1, Count: -1},
	} {
		if got := string(p.Append(nil)); got != want {
			t.Errorf("%s", got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("<set xmlns='http://jabber.org/protocol/rsm'><max>10</max><after>x</after><before/><index>1</index></set>")
	f.Fuzz(func(t *testing.T, s string) {
		r, err := parse(t, s)
		if err == nil && (r.Max < -1 || r.Index < -1) {
			t.Fatalf("%+v", r)
		}
	})
}
