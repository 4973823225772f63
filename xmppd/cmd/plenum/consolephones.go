package main

import (
	"strings"

	"plenum/admin/api"
)

// sipServer is where phones register, as the console tells it: the safe ways first.
func (p *parts) sipServer() api.SIPServer {
	server := api.SIPServer{Host: p.org.SIPRealm()}
	if p.sip == nil {
		return server
	}
	if p.certs != nil && p.cfg.Ports.SIPS > 0 {
		server.Transports = append(server.Transports, api.SIPTransport{Transport: "tls", Port: p.cfg.Ports.at(p.cfg.Ports.SIPS)})
	}
	if p.cfg.Ports.SIP > 0 && p.plainSIP() {
		server.Transports = append(server.Transports, api.SIPTransport{Transport: "udp", Port: p.cfg.Ports.at(p.cfg.Ports.SIP)}, api.SIPTransport{Transport: "tcp", Port: p.cfg.Ports.at(p.cfg.Ports.SIP)})
	}
	if p.cfg.Ports.HTTPS > 0 {
		server.Transports = append(server.Transports, api.SIPTransport{Transport: "wss", Port: p.cfg.Ports.at(p.cfg.Ports.HTTPS)})
	}
	return server
}

// bindings are the phones that are registered, as the console shows them.
type bindings struct{ *parts }

// All implements api.Bindings.
func (b bindings) All() []api.Binding {
	if b.sip == nil {
		return nil
	}
	var list []api.Binding
	for _, r := range b.sip.registrar.All() {
		list = append(list, api.Binding{
			ID: r.ID, Device: r.Device, Contact: r.Contact.String(), Transport: strings.ToLower(r.Flow.Transport), Address: r.Flow.Remote.String(),
			UserAgent: r.UserAgent, Since: r.Since, Expires: r.Expires})
	}
	return list
}

// Remove implements api.Bindings.
func (b bindings) Remove(device, id string) bool {
	return b.sip != nil && b.sip.registrar.Remove(device, id)
}
