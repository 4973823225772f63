// Package rsm reads and writes result set management.
//
// Spec: XEP-0059 1.0 complete
package rsm

import (
	"strconv"

	"plenum/xmppd/fault"
	"plenum/xmppd/xmlstream"
)

// NS is the namespace of <set/>.
const NS = "http://jabber.org/protocol/rsm"

// Request is what the asker wants of a result set. The zero value asks for everything from the start.
type Request struct {
	Max    int    // -1: not said; 0: only the count
	After  string // id; items after it
	Before string // id; items before it
	Last   bool   // <before/> without an id: the last page
	Index  int    // -1: not said
}

// Parse reads the <set/> among the children of e; without one it is the request for everything. The error is of kind Invalid.
func Parse(e xmlstream.Element) (Request, error) {
	r := Request{Max: -1, Index: -1}
	set, ok := e.Child(NS, "set")
	if !ok {
		return r, nil
	}
	for c := range set.Children() {
		if c.Space() != NS {
			continue
		}
		switch c.Local() {
		case "max":
			n, err := strconv.Atoi(c.Text())
			if err != nil || n < 0 {
				return r, fault.New(fault.Invalid, "max is a number, 0 or more")
			}
			r.Max = n
		case "index":
			n, err := strconv.Atoi(c.Text())
			if err != nil || n < 0 {
				return r, fault.New(fault.Invalid, "index is a number, 0 or more")
			}
			r.Index = n
		case "after":
			r.After = c.Text()
		case "before":
			r.Before = c.Text()
			r.Last = r.Before == ""
		}
	}
	if r.After != "" && r.Before != "" && r.After == r.Before {
		return r, fault.New(fault.Invalid, "nothing lies between an item and itself")
	}
	return r, nil
}

// Page is what the answer says about the page it holds.
type Page struct {
	First, Last string // ids; empty for an empty page
	Index       int    // of First; -1 leaves it out
	Count       int    // of the whole set; -1 leaves it out
}

// Append writes <set/>.
func (p Page) Append(b []byte) []byte {
	b = append(b, "<set xmlns='"+NS+"'>"...)
	if p.First != "" {
		b = append(b, "<first"...)
		if p.Index >= 0 {
			b = xmlstream.AppendAttr(b, "index", strconv.Itoa(p.Index))
		}
		b = append(b, '>')
		b = xmlstream.AppendEscaped(b, p.First)
		b = append(b, "</first><last>"...)
		b = xmlstream.AppendEscaped(b, p.Last)
		b = append(b, "</last>"...)
	}
	if p.Count >= 0 {
		b = append(b, "<count>"...)
		b = strconv.AppendInt(b, int64(p.Count), 10)
		b = append(b, "</count>"...)
	}
	return append(b, "</set>"...)
}
