package pubsub

import (
	"crypto/rand"
	"strconv"

	"plenum/xmppd"
	"plenum/xmppd/dataform"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// Namespaces of what stands beside an event.
const (
	nsAddress = "http://jabber.org/protocol/address"
	nsDelay   = "urn:xmpp:delay"
)

// stampFormat is the date and time of XEP-0082.
const stampFormat = "2006-01-02T15:04:05.000Z"

// appendItem writes <item/>. Whether it names its publisher is up to the node (XEP-0060#impl-association).
func appendItem(b []byte, c *NodeConfig, it *Item, payload bool) []byte {
	b = xmlstream.AppendAttr(append(b, "<item"...), "id", it.ID)
	if c.ItemReply == "publisher" && !it.Publisher.IsZero() {
		b = xmlstream.AppendAttr(b, "publisher", it.Publisher.Bare().String())
	}
	if !payload || len(it.Payload) == 0 {
		return append(b, "/>"...)
	}
	return append(append(append(b, '>'), it.Payload...), "</item>"...)
}

// appendEvent begins a message with an event; what names the node comes next, and closeEvent.
func appendEvent(n *node, local string) []byte {
	b := make([]byte, 0, 512)
	b = xmlstream.AppendAttr(append(b, "<message"...), "from", n.service.String())
	b = xmlstream.AppendAttr(b, "type", n.config.MessageType)
	b = xmlstream.AppendAttr(b, "id", rand.Text())
	b = append(append(b, "><event xmlns='"+NSEvent+"'><"...), local...)
	return xmlstream.AppendAttr(b, "node", n.name)
}

const eventEnd = "</event></message>"

// itemEvent tells of a published item; it is nil for an event without one.
func itemEvent(n *node, it *Item) []byte {
	b := appendEvent(n, "items")
	if it == nil {
		return append(b, "/>"+eventEnd...)
	}
	b = appendItem(append(b, '>'), n.config, it, n.config.Payloads)
	return append(b, "</items>"+eventEnd...)
}

// lastEvent gives the item published last to somebody new (XEP-0060#subscriber-subscribe-last).
func lastEvent(n *node, it *Item) []byte {
	b := appendEvent(n, "items")
	b = appendItem(append(b, '>'), n.config, it, n.config.Payloads)
	b = append(b, "</items></event><delay xmlns='"+nsDelay+"'"...)
	b = xmlstream.AppendAttr(b, "stamp", it.Published.Format(stampFormat))
	return append(b, "/></message>"...)
}

func retractEvent(n *node, ids []string) []byte {
	b := append(appendEvent(n, "items"), '>')
	for _, id := range ids {
		b = append(xmlstream.AppendAttr(append(b, "<retract"...), "id", id), "/>"...)
	}
	return append(b, "</items>"+eventEnd...)
}

func purgeEvent(n *node) []byte { return append(appendEvent(n, "purge"), "/>"+eventEnd...) }

func deleteEvent(n *node, redirect string) []byte {
	b := appendEvent(n, "delete")
	if redirect == "" {
		return append(b, "/>"+eventEnd...)
	}
	b = xmlstream.AppendAttr(append(b, "><redirect"...), "uri", redirect)
	return append(b, "/></delete>"+eventEnd...)
}

// configEvent tells that the configuration has changed, and how it is now (XEP-0060#owner-configure-process-notify).
func configEvent(n *node) []byte {
	b := appendEvent(n, "configuration")
	if !n.config.Payloads {
		return append(b, "/>"+eventEnd...)
	}
	b = n.config.form("result").Append(append(b, '>'))
	return append(b, "</configuration>"+eventEnd...)
}

// stateEvent tells of a subscription (XEP-0060#impl-subchange).
func stateEvent(n *node, x entity) []byte {
	b := xmlstream.AppendAttr(appendEvent(n, "subscription"), "jid", x.jid.String())
	b = xmlstream.AppendAttr(b, "subscription", x.subscription.String())
	return append(b, "/>"+eventEnd...)
}

// requestMessage asks the owner to approve a subscription (XEP-0060#owner-subreq).
func requestMessage(n *node, who jid.JID) []byte {
	owner := n.service.String()
	b := xmlstream.AppendAttr(append([]byte(nil), "<message"...), "from", owner)
	b = xmlstream.AppendAttr(b, "to", owner)
	b = xmlstream.AppendAttr(b, "id", rand.Text())
	b = append(b, '>')
	f := dataform.New("form", formAuthorize)
	f.Title = "Subscription request"
	f.Instructions = "Somebody wants to subscribe to one of your nodes."
	f.Add(dataform.Field{Var: "pubsub#node", Type: dataform.TextSingle, Label: "Node", Values: []string{n.name}})
	f.Add(dataform.Field{Var: "pubsub#subscriber_jid", Type: dataform.JIDSingle, Label: "Address of the subscriber", Values: []string{who.String()}})
	f.Add(dataform.Field{Var: "pubsub#allow", Type: dataform.Boolean, Label: "Allow the subscription", Values: []string{"0"}})
	return append(f.Append(b), "</message>"...)
}

// replyTo names the resource that has published (XEP-0163#notify-addressing).
func replyTo(publisher jid.JID) []byte {
	if !publisher.IsFull() {
		return nil
	}
	b := []byte("<addresses xmlns='" + nsAddress + "'><address type='replyto'")
	return append(xmlstream.AppendAttr(b, "jid", publisher.String()), "/></addresses>"...)
}

// packet frames what was written here; nil, and a line in the log, when it is not well-formed.
func (p *Service) packet(b []byte) *xmlstream.Packet {
	pkt, err := xmlstream.Parse(b, xmppd.NSClient, xmlstream.S2S)
	if err != nil {
		p.srv.Log().Error("an event cannot be framed", "err", err, "bytes", strconv.Itoa(len(b)))
		return nil
	}
	return pkt
}
