package main

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"time"

	"golang.org/x/net/idna"

	"plenum/components/conference"
	"plenum/components/directory"
	"plenum/jingle/endpoint"
	"plenum/jingle/transport"
	"plenum/jingle/turn"
)

// takesCalls reports whether XMPP clients and browsers can call.
func (p *parts) takesCalls() bool { return p.cfg.Ports.Media >= 0 }

// buildCalls makes what has the calls of XMPP clients and browsers with this server, which is all there is of them before openMedia.
func (p *parts) buildCalls() {
	if !p.takesCalls() {
		return
	}
	p.calls = endpoint.Register(p.xmpp, p.cfg.Calls, endpoint.Parts{
		Disco: p.info, Media: endpoint.Forwarding(p.media.Load, p.logs.For("sfu")), Log: p.logs.For("calls"),
	})
	p.metrics.MustRegister(callMetrics(p.calls.Stats), mediaMetrics(p.media.Load))
}

// conferenceLost is how long a participant's media may be away after it was found lost, which takes up to seven seconds: whose browser has died
// is out of the conference within 15. Who restarts ICE meanwhile has 15 seconds from then.
const conferenceLost = 7 * time.Second

// serveRooms lets the conferences of groups be called.
func (p *parts) serveRooms() {
	if p.calls != nil {
		p.calls.Serve(p.rooms.Domain().Domain(), endpoint.Callable{Owner: p.groups, Resource: conference.Nick, Video: true, LostTime: conferenceLost})
	}
}

// roomCalls are the calls of rooms, as conferences want them.
type roomCalls struct {
	*endpoint.Service
	domain string
}

// Features implements conference.Signalling.
func (r roomCalls) Features() []string { return r.Service.Features(r.domain) }

// openMedia listens for media.
func (p *parts) openMedia() error {
	if p.calls == nil {
		return nil
	}
	c := p.cfg.Media
	c.Port, c.External, c.Log = p.cfg.Ports.at(p.cfg.Ports.Media), p.cfg.Outside, p.logs.For("transport")
	if ip, err := netip.ParseAddr(p.cfg.Listen); err == nil && !ip.IsUnspecified() && len(c.Addresses) == 0 {
		c.Addresses = []string{p.cfg.Listen}
	}
	engine, err := transport.NewEngine(c)
	if err != nil {
		return p.cfg.Ports.fault(err, p.cfg.Listen, p.cfg.Ports.Media, mediaName, "media")
	}
	p.media.Store(engine)
	return nil
}

// mediaName is the service in what people read.
const mediaName = "media (UDP, TCP)"

// closeMedia ends what is left when all calls have ended.
func (p *parts) closeMedia() error {
	if engine := p.media.Swap(nil); engine != nil {
		return engine.Close()
	}
	return nil
}

// mediaPorts are those at which this server takes media itself.
func (p *parts) mediaPorts() []int {
	if p.calls == nil {
		return nil
	}
	return []int{p.cfg.Ports.at(p.cfg.Ports.Media)}
}

// buildTURN makes the relay for calls, and tells clients of it.
func (p *parts) buildTURN(ctx context.Context) error {
	if p.cfg.Ports.TURN < 0 {
		return nil
	}
	seal, err := directory.KeyFile(p.cfg.keyFile())(false)
	if err != nil {
		return err
	}
	outside, err := p.cfg.external()
	if err != nil {
		return err
	}
	p.turn, err = turn.New(ctx, p.cfg.TURN, turn.Deps{
		Log: p.logs.For("turn"), Store: p.db, Seal: seal, Realm: p.cfg.XMPP.Domains[0], Listen: p.cfg.Listen, External: outside,
		Relay: p.cfg.Ports.at(p.cfg.Ports.Relay), Media: p.mediaPorts(),
	})
	if err != nil {
		return err
	}
	p.turn.Announce(p.xmpp, p.announcedTURN())
	p.metrics.MustRegister(turnMetrics(p.turn.Stats))
	return nil
}

// announcedTURN are the ways to the relay, the best first.
func (p *parts) announcedTURN() []turn.Service {
	host := p.cfg.TURN.Host
	if host == "" {
		host = p.cfg.XMPP.Domains[0]
		if ascii, err := idna.Lookup.ToASCII(host); err == nil {
			host = ascii
		}
	}
	ports := &p.cfg.Ports
	var list []turn.Service
	add := func(typ string, port int, transport string) {
		list = append(list, turn.Service{Type: typ, Host: host, Port: ports.at(port), Transport: transport})
	}
	add("stun", ports.TURN, "udp")
	add("turn", ports.TURN, "udp")
	add("turn", ports.TURN, "tcp")
	if p.offersTURNS() {
		add("turns", ports.TURNS, "tcp")
	}
	return list
}

func (p *parts) offersTURNS() bool { return p.certs != nil && p.cfg.Ports.TURNS > 0 }

// turnServices are the relay's ports, those from which it relays apart.
func (p *parts) turnServices() []service {
	if p.turn == nil {
		return nil
	}
	list := []service{
		{name: "STUN, TURN (UDP)", key: "turn", port: p.cfg.Ports.TURN, packets: p.turn.ServePackets},
		{name: "TURN (TCP)", key: "turn", port: p.cfg.Ports.TURN, serve: p.turn.ServeListener},
	}
	if p.offersTURNS() {
		list = append(list, service{name: "TURN (TLS)", key: "turns", port: p.cfg.Ports.TURNS, serve: func(ctx context.Context, l net.Listener) error {
			return p.turn.ServeListener(ctx, tls.NewListener(l, p.certs.TLS()))
		}})
	}
	return list
}
