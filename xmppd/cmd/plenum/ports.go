package main

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"

	"plenum/jingle/transport"
	"plenum/jingle/turn"
	"plenum/sipbridge/rtp"
)

// Ports are the numbers of the services' ports. 0 stands for the default, a negative number switches a service off.
type Ports struct {
	Offset  int `toml:"offset" name:"port-offset" help:"Add this to every port, so that several servers fit on one machine." doc:"Added to every port, so that several servers fit on one machine; at most 29000. Default: 0."`
	C2S     int `toml:"c2s" name:"port-c2s" help:"XMPP clients, STARTTLS (5222)." doc:"XMPP clients that begin in plain text and go on with STARTTLS. Default: 5222."`
	C2STLS  int `toml:"c2s_tls" name:"port-c2s-tls" help:"XMPP clients, direct TLS (5223)." doc:"XMPP clients that begin with TLS. Default: 5223."`
	HTTPS   int `toml:"https" name:"port-https" help:"HTTPS: console, guests, API, WebSocket (8443)." doc:"HTTPS: console, guests' page, API, XMPP over WebSocket. Default: 8443."`
	HTTP    int `toml:"http" name:"port-http" help:"HTTP that leads to HTTPS (8080)." doc:"HTTP; every address leads to its like on HTTPS. Default: 8080."`
	TURN    int `toml:"turn" name:"port-turn" help:"STUN and TURN, UDP and TCP (3478)." doc:"STUN and TURN over UDP and TCP: how calls get through firewalls. A negative number switches TURN over TLS off too. Default: 3478."`
	TURNS   int `toml:"turns" name:"port-turns" help:"TURN over TLS (5349)." doc:"TURN over TLS, which gets through where nothing else does. Default: 5349."`
	Relay   int `toml:"relay" name:"port-relay" help:"First of the 1000 UDP ports from which TURN relays (35000)." doc:"The first of the 1000 UDP ports from which TURN relays. Default: 35000, so that the last is 35999."`
	Media   int `toml:"media" name:"port-media" help:"Media of browsers and XMPP clients, UDP and TCP (19302)." doc:"Sound and pictures of browsers and XMPP clients, UDP and TCP. A negative number switches conferences and calls with this server off. Default: 19302."`
	SIP     int `toml:"sip" name:"port-sip" help:"SIP, UDP and TCP (5060)." doc:"SIP of phones and trunks over UDP and TCP, on loopback alone unless sip.allow_plaintext is set. When this and sips are negative, SIP is switched off. Default: 5060."`
	SIPS    int `toml:"sips" name:"port-sips" help:"SIP over TLS (5061)." doc:"SIP of phones and trunks over TLS. Default: 5061."`
	RTP     int `toml:"rtp" name:"port-rtp" help:"First of the 5000 UDP ports for media of phones and trunks (30000)." doc:"The first of the 5000 UDP ports for the sound of phones and trunks; a call takes two for each of them, and one that is in use is left out. Default: 30000, so that the last is 34999."`
	Metrics int `toml:"metrics" name:"port-metrics" help:"Metrics for Prometheus, on loopback (9464)." doc:"Metrics for Prometheus as plain HTTP at /metrics, on the loopback address alone. Default: 9464."`
}

// portFlags are Ports on the command line. They are a type of their own, because the parser of the command line would call Validate,
// and numbers that nobody gave would override those of the configuration.
type portFlags Ports

// maxPortOffset keeps the highest of all ports below 65536.
const maxPortOffset = 29000

// Validate fills in defaults and reports every fault.
func (p *Ports) Validate() error {
	var errs []error
	for _, port := range []struct {
		key   string
		value *int
		usual int
	}{
		{"c2s", &p.C2S, 5222}, {"c2s_tls", &p.C2STLS, 5223}, {"https", &p.HTTPS, 8443}, {"http", &p.HTTP, 8080}, {"metrics", &p.Metrics, 9464},
		{"sip", &p.SIP, 5060}, {"sips", &p.SIPS, 5061},
		{"media", &p.Media, transport.DefaultPort}, {"turn", &p.TURN, 3478}, {"turns", &p.TURNS, 5349}, {"relay", &p.Relay, 35000}, {"rtp", &p.RTP, rtp.DefaultFirst},
	} {
		if *port.value == 0 {
			*port.value = port.usual
		}
		if *port.value > 65535 {
			errs = append(errs, fmt.Errorf("%s: %d is no port: the highest is 65535", port.key, *port.value))
		}
	}
	if p.TURN > 0 && (p.Relay < 1 || p.at(p.Relay)+turn.RelayPorts-1 > 65535) {
		errs = append(errs, fmt.Errorf("relay: %d is no port that %d others can follow", p.Relay, turn.RelayPorts-1))
	}
	if p.RTP < 1024 || p.at(p.RTP)+rtpPorts-1 > 65535 {
		errs = append(errs, fmt.Errorf("rtp: %d is no port from 1024 on that %d others can follow", p.RTP, rtpPorts-1))
	}
	if p.Offset < 0 || p.Offset > maxPortOffset {
		errs = append(errs, fmt.Errorf("offset: want a number from 0 to %d", maxPortOffset))
	}
	return errors.Join(errs...)
}

// override takes over each number that is set in other.
func (p *Ports) override(other Ports) {
	for _, port := range []struct {
		own   *int
		other int
	}{
		{&p.Offset, other.Offset}, {&p.C2S, other.C2S}, {&p.C2STLS, other.C2STLS},
		{&p.HTTPS, other.HTTPS}, {&p.HTTP, other.HTTP}, {&p.Metrics, other.Metrics},
		{&p.SIP, other.SIP}, {&p.SIPS, other.SIPS},
		{&p.Media, other.Media}, {&p.TURN, other.TURN}, {&p.TURNS, other.TURNS}, {&p.Relay, other.Relay}, {&p.RTP, other.RTP},
	} {
		if port.other != 0 {
			*port.own = port.other
		}
	}
}

// at is the port that is listened at, with the offset.
func (p *Ports) at(port int) int { return port + p.Offset }

// listen opens a TCP port. Its error says which service wanted it and what to do.
func (p *Ports) listen(address string, port int, service, key string) (net.Listener, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(address, strconv.Itoa(p.at(port))))
	return listener, p.fault(err, address, port, service, key)
}

// listenPackets opens a UDP port, with the errors of listen.
func (p *Ports) listenPackets(address string, port int, service, key string) (net.PacketConn, error) {
	conn, err := net.ListenPacket("udp", net.JoinHostPort(address, strconv.Itoa(p.at(port))))
	return conn, p.fault(err, address, port, service, key)
}

// fault says what to do when a port could not be opened.
func (p *Ports) fault(err error, address string, port int, service, key string) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("port %d (%s) is in use by another program: stop that one, or choose another port with ports.%s or --port-offset", p.at(port), service, key)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("port %d (%s) may not be opened by this user: choose a port from 1024 on with ports.%s, or allow it with setcap cap_net_bind_service", p.at(port), service, key)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("this machine has no address %s (%s): correct listen or --listen", address, service)
	case err != nil:
		return fmt.Errorf("open port %d (%s): %w", p.at(port), service, err)
	}
	return nil
}
