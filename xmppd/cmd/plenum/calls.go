package main

import (
	"context"
	"crypto/tls"
	"net"

	"golang.org/x/net/idna"

	"plenum/components/directory"
	"plenum/jingle/turn"
)

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
		Relay: p.cfg.Ports.at(p.cfg.Ports.Relay),
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
