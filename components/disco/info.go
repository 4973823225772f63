package disco

import (
	"plenum/xmppd/dataform"
	"plenum/xmppd/fault"
	"plenum/xmppd/xmlstream"
)

// Namespaces of service discovery.
const (
	NSInfo  = "http://jabber.org/protocol/disco#info"
	NSItems = "http://jabber.org/protocol/disco#items"
)

// Limits for what others say about themselves.
const (
	MaxIdentities = 50
	MaxFeatures   = 500
	MaxForms      = 20
)

// Identity says what an entity is (XEP-0030#info-nodes).
type Identity struct{ Category, Type, Lang, Name string }

// Item is an entity that belongs to another one.
type Item struct{ JID, Node, Name string }

// Info is the answer to disco#info.
type Info struct {
	Node       string
	Identities []Identity
	Features   []string
	Forms      []*dataform.Form // XEP-0128
}

// Append writes <query/>.
func (i *Info) Append(b []byte) []byte {
	b = append(b, "<query xmlns='"+NSInfo+"'"...)
	if i.Node != "" {
		b = xmlstream.AppendAttr(b, "node", i.Node)
	}
	b = append(b, '>')
	for _, id := range i.Identities {
		b = append(b, "<identity"...)
		b = xmlstream.AppendAttr(b, "category", id.Category)
		b = xmlstream.AppendAttr(b, "type", id.Type)
		if id.Lang != "" {
			b = xmlstream.AppendAttr(b, "xml:lang", id.Lang)
		}
		if id.Name != "" {
			b = xmlstream.AppendAttr(b, "name", id.Name)
		}
		b = append(b, "/>"...)
	}
	for _, f := range i.Features {
		b = append(b, "<feature"...)
		b = xmlstream.AppendAttr(b, "var", f)
		b = append(b, "/>"...)
	}
	for _, f := range i.Forms {
		b = f.Append(b)
	}
	return append(b, "</query>"...)
}

// AppendItems writes <query/> with items.
func AppendItems(b []byte, node string, items []Item) []byte {
	b = append(b, "<query xmlns='"+NSItems+"'"...)
	if node != "" {
		b = xmlstream.AppendAttr(b, "node", node)
	}
	b = append(b, '>')
	for _, it := range items {
		b = it.Append(b)
	}
	return append(b, "</query>"...)
}

// Append writes <item/>.
func (it Item) Append(b []byte) []byte {
	b = append(b, "<item"...)
	for _, a := range [...][2]string{{"jid", it.JID}, {"node", it.Node}, {"name", it.Name}} {
		if a[1] != "" {
			b = xmlstream.AppendAttr(b, a[0], a[1])
		}
	}
	return append(b, "/>"...)
}

// ParseInfo reads the <query/> of an answer. The error is of kind Invalid or Limit.
func ParseInfo(q xmlstream.Element) (*Info, error) {
	if q.Space() != NSInfo || q.Local() != "query" {
		return nil, fault.New(fault.Invalid, "a disco#info answer was expected")
	}
	i := &Info{}
	i.Node, _ = q.Attr("node")
	for e := range q.Children() {
		switch {
		case e.Space() == NSInfo && e.Local() == "identity":
			var id Identity
			id.Category, _ = e.Attr("category")
			id.Type, _ = e.Attr("type")
			id.Name, _ = e.Attr("name")
			id.Lang, _ = e.Attr("xml:lang")
			i.Identities = append(i.Identities, id)
		case e.Space() == NSInfo && e.Local() == "feature":
			v, _ := e.Attr("var")
			i.Features = append(i.Features, v)
		case e.Space() == dataform.NS:
			f, err := dataform.Parse(e)
			if err != nil {
				return nil, err
			}
			i.Forms = append(i.Forms, f)
		}
		if len(i.Identities) > MaxIdentities || len(i.Features) > MaxFeatures || len(i.Forms) > MaxForms {
			return nil, fault.New(fault.Limit, "the disco#info answer is too large")
		}
	}
	return i, nil
}
