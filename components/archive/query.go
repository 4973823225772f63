package archive

import (
	"time"

	"plenum/xmppd"
	"plenum/xmppd/dataform"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/rsm"
	"plenum/xmppd/xmlstream"
)

// Namespaces of the archive.
const (
	NS         = "urn:xmpp:mam:2"
	NSExtended = "urn:xmpp:mam:2#extended"
	NSField    = "urn:xmpp:mam:2#groupchat-field" // the field is understood, though there is no groupchat to include
	NSStanzaID = "urn:xmpp:sid:0"
)

// Sizes of a page. A page also ends at PageBytes, so that it fits the queue of a client.
const (
	PageDefault = 100
	PageMax     = 250
	PageBytes   = 512 << 10
	MaxIDs      = 250 // ids in one query
)

// Query is what an asker wants of an archive (XEP-0313#query). The zero value, with RSM.Max = -1, is everything.
type Query struct {
	ID         string  // queryid
	With       jid.JID // zero: anybody; bare: every resource
	Start, End time.Time
	AfterID    string // extended
	BeforeID   string // extended
	IDs        []string
	FlipPage   bool
	RSM        rsm.Request
}

// backwards reports whether the page is the last one before something.
func (q *Query) backwards() bool { return q.RSM.Last || q.RSM.Before != "" }

// catchesUp reports whether the query reads the newest messages of everybody, so that a client that goes on paging misses nothing of
// what waits for it.
func (q *Query) catchesUp() bool {
	return q.With.IsZero() && len(q.IDs) == 0 && q.End.IsZero() && q.BeforeID == "" && q.RSM.Before == "" && q.RSM.Max != 0
}

func (q *Query) limit() int {
	if q.RSM.Max < 0 {
		return PageDefault
	}
	return min(q.RSM.Max, PageMax)
}

// ParseQuery reads <query xmlns='urn:xmpp:mam:2'/>. Fields that are not known are an error, as the asker would take a wider result for
// the one they wanted (XEP-0313#query-form).
func ParseQuery(e xmlstream.Element) (Query, error) {
	var q Query
	q.ID, _ = e.Attr("queryid")
	var err error
	if q.RSM, err = rsm.Parse(e); err != nil {
		return q, err
	}
	if q.RSM.Index >= 0 {
		return q, xmppd.Errorf("feature-not-implemented", "pages are found by id")
	}
	_, q.FlipPage = e.Child(NS, "flip-page")
	form, err := dataform.Find(e, "")
	if err != nil || form == nil {
		return q, err
	}
	if form.Type != "submit" {
		return q, fault.New(fault.Invalid, "the form of a query is of type submit")
	}
	if ft := form.FormType(); ft != NS {
		return q, fault.Newf(fault.Invalid, "FORM_TYPE is %s", NS)
	}
	for _, f := range form.Fields {
		if err := q.field(f); err != nil {
			return q, err
		}
	}
	return q, nil
}

func (q *Query) field(f dataform.Field) (err error) {
	v := ""
	if len(f.Values) > 0 {
		v = f.Values[0]
	}
	switch f.Var {
	case "FORM_TYPE":
	case "include-groupchat":
		if v != "0" && v != "1" && v != "false" && v != "true" {
			return fault.New(fault.Invalid, "include-groupchat is true or false")
		}
	case "with":
		if q.With, err = jid.Parse(v); err != nil {
			return xmppd.Errorf("jid-malformed", "with is an address")
		}
	case "start":
		q.Start, err = parseTime(v)
	case "end":
		q.End, err = parseTime(v)
	case "after-id":
		q.AfterID = v
	case "before-id":
		q.BeforeID = v
	case "ids":
		if len(f.Values) > MaxIDs {
			return fault.Newf(fault.Limit, "at most %d ids", MaxIDs)
		}
		q.IDs = f.Values
	default:
		return xmppd.Errorf("feature-not-implemented", "there is no filter by %s", f.Var)
	}
	return err
}

// parseTime reads a XEP-0082 DateTime.
func parseTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return t, fault.New(fault.Invalid, "start and end are times such as 2026-01-31T12:00:00Z")
	}
	return t, nil
}

// AppendForm writes the form that says what a query may filter by (XEP-0313#query-form).
func AppendForm(b []byte) []byte {
	b = append(b, "<query xmlns='"+NS+"'>"...)
	f := dataform.New("form", NS)
	for _, x := range [][2]string{
		{"with", dataform.JIDSingle}, {"start", dataform.TextSingle}, {"end", dataform.TextSingle},
		{"before-id", dataform.TextSingle}, {"after-id", dataform.TextSingle}, {"include-groupchat", dataform.Boolean},
	} {
		f.Add(dataform.Field{Var: x[0], Type: x[1]})
	}
	f.Add(dataform.Field{Var: "ids", Type: dataform.ListMulti, Open: true})
	return append(f.Append(b), "</query>"...)
}
