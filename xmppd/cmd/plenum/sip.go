package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"

	"github.com/labstack/echo/v4"

	"plenum/components/directory"
	"plenum/sipbridge/digest"
	"plenum/sipbridge/events"
	"plenum/sipbridge/registrar"
	"plenum/sipbridge/stack"
	"plenum/sipbridge/trunk"
	"plenum/xmppd/sasl"
)

// sipPath is where phones in browsers open their WebSocket.
const sipPath = "/sip"

// sipParts is what speaks SIP.
type sipParts struct {
	stack     *stack.Stack
	registrar *registrar.Registrar
	trunks    *trunk.Service
	lamps     *events.Service

	ctx  context.Context // of sockets and listeners: it ends after the calls
	stop context.CancelFunc
}

// speaksSIP reports whether SIP is switched on.
func (c *Config) speaksSIP() bool { return c.Ports.SIP >= 0 || c.Ports.SIPS >= 0 }

// buildSIP makes what speaks SIP, unless its ports are switched off. Nothing is received before the ports are open.
func (p *parts) buildSIP(ctx context.Context) error {
	if !p.cfg.speaksSIP() {
		return nil
	}
	outside, err := p.cfg.external()
	if err != nil {
		return err
	}
	s := &sipParts{}
	s.stack, err = stack.New(p.cfg.SIP, stack.Parts{Log: p.logs.For("sip"), Domains: p.cfg.XMPP.Domains, External: outside})
	if err != nil {
		return err
	}
	key := make([]byte, 32)
	rand.Read(key)
	s.registrar, err = registrar.New(ctx, p.cfg.Phones, registrar.Parts{
		Stack: s.stack, DB: p.db, Devices: sipDevices{p.org.Objects}, Realm: p.org.SIPRealm(), Key: key,
		Limiter: sasl.NewLimiter(sasl.LimiterConfig{}), Log: p.logs.For("sip"),
	})
	if err != nil {
		return err
	}
	s.ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	p.sip = s
	if err := p.buildTrunks(); err != nil {
		return err
	}
	if err := p.buildBridge(outside); err != nil {
		return err
	}
	if err := p.buildLamps(); err != nil {
		return err
	}
	p.org.OnChange(func(directory.Change) { s.registrar.Recheck() })
	s.registrar.OnChange(p.phoneMoved)
	p.xmpp.Hooks.Start.Add(p.phonesMoved)
	p.metrics.MustRegister(sipMetrics(s.stack.Stats), sipTraffic{s.stack.Stats}, registrarMetrics(s.registrar.Counts))
	return nil
}

// mountSIP serves phones in browsers.
func (p *parts) mountSIP() {
	if p.sip != nil {
		p.web.GET(sipPath, echo.WrapHandler(p.sip.stack.WebSocketHandler()))
	}
}

// plainSIP reports whether phones reach the ports without TLS.
func (p *parts) plainSIP() bool {
	ip, err := netip.ParseAddr(p.cfg.Listen)
	return p.cfg.SIP.AllowPlaintext || err == nil && ip.IsLoopback()
}

// sipServices are the ports of SIP. Without TLS it is on loopback alone, unless the operator wants it otherwise.
func (p *parts) sipServices() []service {
	if p.sip == nil {
		return nil
	}
	plain := ""
	if !p.plainSIP() {
		plain = "127.0.0.1"
	}
	// The calls are ended before the ports are closed, hence not the context of the services.
	stream := func(transport string, wrap func(net.Listener) net.Listener) func(context.Context, net.Listener) error {
		return func(_ context.Context, l net.Listener) error {
			return p.sip.stack.ServeListener(p.sip.ctx, wrap(l), transport)
		}
	}
	list := []service{
		{name: "SIP (UDP)", key: "sip", port: p.cfg.Ports.SIP, address: plain, packets: func(_ context.Context, conn net.PacketConn) error {
			return p.sip.stack.ServePackets(p.sip.ctx, conn)
		}},
		{name: "SIP (TCP)", key: "sip", port: p.cfg.Ports.SIP, address: plain, serve: stream(stack.TCP, func(l net.Listener) net.Listener { return l })},
	}
	if p.certs != nil {
		list = append(list, service{name: "SIP (TLS)", key: "sips", port: p.cfg.Ports.SIPS, serve: stream(stack.TLS, func(l net.Listener) net.Listener {
			return tls.NewListener(l, p.certs.TLS())
		})})
	}
	return list
}

// stopSIP ends SIP after the calls.
func (p *parts) stopSIP() error {
	if p.sip == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopGrace)
	defer cancel()
	err := p.bridge.Close(ctx)
	p.sip.trunks.Close()
	p.sip.lamps.Close()
	p.sip.stop()
	return errors.Join(err, p.sip.stack.Close(ctx))
}

// close saves where the phones are.
func (s *sipParts) close() {
	if s != nil {
		s.stop()
		s.registrar.Close()
	}
}

// sipDevices are the devices of the directory, as the registrar wants them.
type sipDevices struct{ objects *directory.Objects }

// SIPDevice implements registrar.Devices.
func (d sipDevices) SIPDevice(user string) (registrar.Device, bool) {
	found, ok := d.objects.SIPDevice(user)
	device := registrar.Device{ID: found.ID, Owner: found.Owner, User: found.User, Keys: digest.HA1(found.Keys)}
	if found.Encryption == directory.EncryptionRequired {
		device.Encryption = registrar.Required
	}
	return device, ok
}
