package turn

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"plenum/xmppd"
	"plenum/xmppd/xmlstream"
)

// NS is the namespace of <services/> and <credentials/>; clients that are a few years old ask in NSOld, which has the same elements.
const (
	NS    = "urn:xmpp:extdisco:2"
	NSOld = "urn:xmpp:extdisco:1"
)

// Service is one that clients are told of.
type Service struct {
	Type      string // "stun", "turn", "turns"
	Host      string
	Port      int
	Transport string // "udp", "tcp"
}

// restricted reports whether credentials are needed.
func (s *Service) restricted() bool { return s.Type != "stun" }

// Announce makes x answer its users and guests with the services, in their order.
// Compat: Movim takes the first of stun and the first of turn, whatever their transport.
func (s *Server) Announce(x *xmppd.Server, services []Service) {
	d := &extdisco{s, x, slices.Clone(services)}
	for _, ns := range []string{NS, NSOld} {
		x.HandleIQ(xmppd.ToServer, xmppd.Get, ns, "services", d.list)
		x.HandleIQ(xmppd.ToServer, xmppd.Get, ns, "credentials", d.credentials)
	}
}

type extdisco struct {
	turn     *Server
	xmpp     *xmppd.Server
	services []Service
}

// may reports whether the one who asks is a user or guest of this server (XEP-0215#protocol).
func (d *extdisco) may(iq *xmppd.IQ) bool {
	return iq.From.Local() != "" && (slices.Contains(d.xmpp.Domains(), iq.From.Domain()) || d.xmpp.IsGuest(iq.From))
}

// list answers with all services, or with those of a type (XEP-0215#all, #select).
func (d *extdisco) list(_ context.Context, iq *xmppd.IQ) (any, error) {
	if !d.may(iq) {
		return nil, xmppd.Errorf("forbidden", "")
	}
	b := append([]byte("<services xmlns='"), iq.Payload.Space()+"'"...)
	typ, chosen := iq.Payload.Attr("type")
	if chosen {
		b = xmlstream.AppendAttr(b, "type", typ)
	}
	b = append(b, '>')
	c := d.turn.Credentials(iq.From, time.Now())
	for i := range d.services {
		if s := &d.services[i]; !chosen || s.Type == typ {
			b = appendService(b, s, &c)
		}
	}
	return append(b, "</services>"...), nil
}

// credentials answers for the services that are named (XEP-0215#credentials).
func (d *extdisco) credentials(_ context.Context, iq *xmppd.IQ) (any, error) {
	if !d.may(iq) {
		return nil, xmppd.Errorf("forbidden", "")
	}
	wanted := make([]bool, len(d.services))
	asked := false
	for e := range iq.Payload.Children() {
		if !e.Is(iq.Payload.Space(), "service") {
			continue
		}
		asked = true
		if err := d.mark(wanted, e); err != nil {
			return nil, err
		}
	}
	if !asked {
		return nil, xmppd.Errorf("bad-request", "name a service by host and type")
	}
	if !slices.Contains(wanted, true) {
		return nil, xmppd.Errorf("item-not-found", "there is no such service")
	}
	b := append([]byte("<credentials xmlns='"), iq.Payload.Space()+"'>"...)
	c := d.turn.Credentials(iq.From, time.Now())
	for i := range d.services {
		if wanted[i] {
			b = appendService(b, &d.services[i], &c)
		}
	}
	return append(b, "</credentials>"...), nil
}

// mark notes the services that e means: host and type must be there, the rest may. One that needs no credentials is told without.
func (d *extdisco) mark(wanted []bool, e xmlstream.Element) error {
	host, _ := e.Attr("host")
	typ, _ := e.Attr("type")
	if host == "" || typ == "" {
		return xmppd.Errorf("bad-request", "a service is named by host and type")
	}
	port, hasPort := e.Attr("port")
	transport, hasTransport := e.Attr("transport")
	for i, s := range d.services {
		if s.Type == typ && strings.EqualFold(s.Host, host) &&
			(!hasPort || port == strconv.Itoa(s.Port)) && (!hasTransport || transport == s.Transport) {
			wanted[i] = true
		}
	}
	return nil
}

func appendService(b []byte, s *Service, c *Credentials) []byte {
	b = append(b, "<service"...)
	b = xmlstream.AppendAttr(b, "type", s.Type)
	b = xmlstream.AppendAttr(b, "host", s.Host)
	b = xmlstream.AppendAttr(b, "port", strconv.Itoa(s.Port))
	b = xmlstream.AppendAttr(b, "transport", s.Transport)
	if s.restricted() {
		b = xmlstream.AppendAttr(b, "restricted", "true")
		b = xmlstream.AppendAttr(b, "username", c.Username)
		b = xmlstream.AppendAttr(b, "password", c.Password)
		b = xmlstream.AppendAttr(b, "expires", c.Expires.Format("2006-01-02T15:04:05Z"))
	}
	return append(b, "/>"...)
}
