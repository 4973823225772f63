package main

import (
	"net/netip"

	"plenum/sipbridge"
	"plenum/sipbridge/registrar"
	"plenum/sipbridge/rtp"
	"plenum/sipbridge/stack"
	"plenum/xmppd/fault"
)

// rtpPorts is how many ports there are for media of phones and trunks.
const rtpPorts = 5000

// buildBridge makes the calls of phones and trunks.
func (p *parts) buildBridge(external []netip.Addr) (err error) {
	own := sipbridge.Parts{
		Stack: p.sip.stack, Phones: phones{p.sip.registrar, sipDevices{p.org.Objects}}, Trunks: providers{p.sip.trunks}, Media: p.newPhoneMedia,
		External: external, Owner: sipCalls{p},
		Domain: p.cfg.XMPP.Domains[0], Log: p.logs.For("sip"),
	}
	if p.bridge, err = sipbridge.New(p.cfg.PhoneCalls, own); err != nil {
		return err
	}
	p.metrics.MustRegister(bridgeMetrics(p.bridge.Calls, p.phoneMedia.Load))
	return nil
}

// openPhoneMedia makes what has the ports of phones' media. Phones in browsers come by the port of browsers' media.
func (p *parts) openPhoneMedia() error {
	if p.bridge == nil {
		return nil
	}
	c := p.cfg.PhoneMedia
	c.First = p.cfg.Ports.at(p.cfg.Ports.RTP)
	c.Last = c.First + rtpPorts - 1
	c.WebRTC, c.Log = p.media.Load(), p.logs.For("sip")
	engine, err := rtp.NewEngine(c)
	if err != nil {
		return err
	}
	p.phoneMedia.Store(engine)
	return nil
}

// closePhoneMedia ends what is left when all calls have ended.
func (p *parts) closePhoneMedia() error {
	if engine := p.phoneMedia.Swap(nil); engine != nil {
		return engine.Close()
	}
	return nil
}

// newPhoneMedia makes the media half of a phone's or trunk's part in a call.
func (p *parts) newPhoneMedia(o rtp.Options) (sipbridge.Media, error) {
	engine := p.phoneMedia.Load()
	if engine == nil {
		return nil, fault.New(fault.Unavailable, "the server is ending")
	}
	session, err := engine.New(o)
	if err != nil {
		return nil, err
	}
	return session, nil
}

// phones are where phones have registered, as calls want it.
type phones struct {
	*registrar.Registrar
	devices sipDevices
}

// Authenticate implements sipbridge.Phones.
func (r phones) Authenticate(in *stack.In) (sipbridge.Phone, bool) {
	d, ok := r.Registrar.Authenticate(in)
	return sipbridge.Phone{Device: d.ID, Owner: d.Owner, Encrypt: d.Encryption == registrar.Required}, ok
}

// Bindings implements sipbridge.Phones.
func (r phones) Bindings(device string) []sipbridge.Binding {
	list := r.Registrar.Bindings(device)
	found := make([]sipbridge.Binding, len(list))
	for i, b := range list {
		d, _ := r.devices.SIPDevice(b.User)
		found[i] = sipbridge.Binding{Contact: b.Contact, Flow: b.Flow, Encrypt: d.Encryption == registrar.Required}
	}
	return found
}
