package endpoint

import (
	"slices"

	"plenum/components/disco"
	"plenum/jingle/wire"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
)

// nodeCaps is the node of the capabilities of residents (XEP-0115#protocol).
const nodeCaps = "urn:plenum:call"

// Features that have no namespace of their own (XEP-0167#support).
const (
	featureAudio = "urn:xmpp:jingle:apps:rtp:audio"
	featureVideo = "urn:xmpp:jingle:apps:rtp:video"
)

// features are what makes clients show a button to call, and call. Video is announced where there is video, so that they show that button too.
func features(c *Callable) []string {
	list := []string{
		disco.NSInfo, disco.NSCaps, wire.NS, wire.NSMessage, wire.NSRTP, featureAudio, wire.NSDTLS, wire.NSICE, wire.NSFeedback,
		wire.NSHeaderExt, wire.NSSources, wire.NSGrouping,
		"urn:ietf:rfc:3264", "urn:ietf:rfc:5576", "urn:ietf:rfc:5888",
	}
	if c.Video {
		list = append(list, featureVideo, wire.NSCategory)
	}
	return append(list, c.Features...)
}

// Features are those that the residents of a domain announce; none when it has none. The list is the caller's.
func (e *Service) Features(domain string) []string {
	if c := e.callables[domain]; c != nil {
		return slices.Clone(c.info.Features)
	}
	return nil
}

// Caps is the serialised <c/> of the presence of residents of a domain, nil when it has none.
func (e *Service) Caps(domain string) []byte {
	c := e.callables[domain]
	if c == nil {
		return nil
	}
	return xmlstream.NewBuilder().Element("c", disco.NSCaps, "", "hash", "sha-1", "node", nodeCaps, "ver", c.info.Hash()).Bytes()
}

// discover answers service discovery.
func (e *Service) discover(c *callable, in *xmppd.Stanza, q xmlstream.Element) bool {
	iq := e.srv.NewIQ(in, q)
	node, _ := q.Attr("node")
	switch {
	case q.Is(disco.NSItems, "query"):
		iq.Result(disco.AppendItems(nil, node, nil))
	case !q.Is(disco.NSInfo, "query"):
		return false
	case node != "" && node != nodeCaps+"#"+c.info.Hash():
		iq.Error(xmppd.Errorf("item-not-found", "there is no such node"))
	default:
		info := *c.info
		info.Node = node
		iq.Result(info.Append(nil))
	}
	return true
}

// A client is what is known of one of somebody's devices.
type client struct {
	full jid.JID
	can  *disco.Capabilities
}

// has reports whether a device is known to have a feature.
func (c client) has(feature string) bool { return c.can != nil && c.can.Has(feature) }

// direct reports whether a device takes calls without a message first.
func (c client) direct() bool {
	return c.has(wire.NS) && c.has(featureAudio) && c.has(wire.NSDTLS) && c.has(wire.NSICE)
}

// clients are the devices of an account on this node. Sessions of the server's own are none.
func (e *Service) clients(bare jid.JID) (list []client) {
	for _, x := range e.srv.Sessions(bare) {
		if x.Own() {
			continue
		}
		list = append(list, client{x.JID(), e.Disco.Caps.Of(x)})
	}
	return list
}

// bundles reports whether a device takes several contents on one transport (XEP-0338#disco).
func (e *Service) bundles(full jid.JID) bool {
	x := e.srv.Session(full)
	return x != nil && client{full, e.Disco.Caps.Of(x)}.has(wire.NSGrouping)
}
