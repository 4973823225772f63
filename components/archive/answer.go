package archive

import (
	"bytes"
	"slices"

	"plenum/xmppd"
	"plenum/xmppd/rsm"
	"plenum/xmppd/xmlstream"
)

// timeFormat is the DateTime of XEP-0082 in UTC with milliseconds.
const timeFormat = "2006-01-02T15:04:05.000Z"

// Answer sends a page: a message for each row, and then the result with <fin/> (XEP-0313#results, #query-paging-flip). Change, if set,
// may alter a stanza for this asker; nil leaves it out.
func Answer(iq *xmppd.IQ, q Query, page Page, change func([]byte) []byte) {
	rows := page.Rows
	if q.FlipPage {
		rows = slices.Clone(rows)
		slices.Reverse(rows)
	}
	for _, r := range rows {
		if change != nil {
			if r.Stanza = change(r.Stanza); r.Stanza == nil {
				continue
			}
		}
		if p := result(iq, q.ID, r); p != nil {
			iq.Send(p)
		}
	}
	iq.Result(appendFin(nil, page))
}

// result is the message for one row; nil when the row is damaged, which must not keep the others from being read.
func result(iq *xmppd.IQ, queryID string, r Row) *xmlstream.Packet {
	b := make([]byte, 0, len(r.Stanza)+512)
	b = append(b, "<message"...)
	b = xmlstream.AppendAttr(b, "from", iq.To.String())
	b = xmlstream.AppendAttr(b, "to", iq.From.String())
	b = append(b, "><result xmlns='"+NS+"'"...)
	if queryID != "" {
		b = xmlstream.AppendAttr(b, "queryid", queryID)
	}
	b = xmlstream.AppendAttr(b, "id", r.ID.String())
	b = append(b, "><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='"...)
	b = r.ID.Time().AppendFormat(b, timeFormat)
	b = append(b, "'/>"...)
	b = appendStanza(b, r.Stanza)
	b = append(b, "</forwarded></result></message>"...)
	p, err := xmlstream.Parse(b, xmppd.NSClient, xmlstream.S2S)
	if err != nil {
		return nil
	}
	return p
}

// appendStanza writes a stored stanza with its namespace.
func appendStanza(b, stanza []byte) []byte {
	const root = "<message"
	if bytes.HasPrefix(stanza, []byte(root)) {
		b = append(b, root+" xmlns='jabber:client'"...)
		return append(b, stanza[len(root):]...)
	}
	p, err := xmlstream.Parse(stanza, xmppd.NSClient, xmlstream.S2S)
	if err != nil {
		return b
	}
	return p.Render(b, "", "", nil, xmlstream.Standalone)
}

func appendFin(b []byte, page Page) []byte {
	b = append(b, "<fin xmlns='"+NS+"'"...)
	if page.Complete {
		b = append(b, " complete='true'"...)
	}
	b = append(b, '>')
	p := rsm.Page{Index: -1, Count: page.Count}
	if n := len(page.Rows); n > 0 {
		p.First, p.Last = page.Rows[0].ID.String(), page.Rows[n-1].ID.String()
	}
	return append(p.Append(b), "</fin>"...)
}

// AppendMetadata writes the ends of an archive (XEP-0313#archive-metadata).
func AppendMetadata(b []byte, first, last ID, ok bool) []byte {
	b = append(b, "<metadata xmlns='"+NS+"'>"...)
	if ok {
		for _, end := range []struct {
			name string
			id   ID
		}{{"start", first}, {"end", last}} {
			b = append(append(b, '<'), end.name...)
			b = xmlstream.AppendAttr(b, "id", end.id.String())
			b = xmlstream.AppendAttr(b, "timestamp", end.id.Time().Format(timeFormat))
			b = append(b, "/>"...)
		}
	}
	return append(b, "</metadata>"...)
}
