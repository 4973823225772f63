package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"os/signal"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/idna"
	"golang.org/x/sync/errgroup"

	"plenum/components/telephony"
	"plenum/xmppd/cmd/internal/control"
)

// stopGrace is how long the clients have to take the end of their streams, before they are cut.
const stopGrace = 10 * time.Second

// certificateWarning is how long before its end a certificate is complained about.
const certificateWarning = 14 * 24 * time.Hour

// A service is something that listens.
type service struct {
	name, key string // what it is; its key under [ports]
	port      int    // without the offset; negative: switched off
	address   string // "" stands for the configured one
	serve     func(context.Context, net.Listener) error
	packets   func(context.Context, net.PacketConn) error // in the place of serve: it is over UDP
}

// start serves at what was opened for s.
func (s *service) start(ctx context.Context, at io.Closer) error {
	if s.packets != nil {
		return s.packets(ctx, at.(net.PacketConn))
	}
	return s.serve(ctx, at.(net.Listener))
}

// services are all that listen, in the order in which they are printed.
func (p *parts) services() []service {
	ports := &p.cfg.Ports
	list := []service{
		{name: "XMPP with STARTTLS", key: "c2s", port: ports.C2S, serve: func(_ context.Context, l net.Listener) error { return p.xmpp.ServeC2S(l) }},
		{name: "HTTP, leads to HTTPS", key: "http", port: ports.HTTP, serve: p.serveWeb(toHTTPS(ports.at(ports.HTTPS)))},
		{name: "metrics", key: "metrics", port: ports.Metrics, address: "127.0.0.1", serve: p.serveWeb(p.metricsOnly())},
	}
	list = append(list, p.turnServices()...)
	list = append(list, p.sipServices()...)
	if p.certs == nil {
		return list
	}
	return slices.Insert(list, 1,
		service{name: "XMPP with TLS", key: "c2s_tls", port: ports.C2STLS, serve: func(_ context.Context, l net.Listener) error { return p.xmpp.ServeDirectTLS(l) }},
		service{name: "HTTPS", key: "https", port: ports.HTTPS, serve: func(ctx context.Context, l net.Listener) error {
			return p.serveWeb(p.web)(ctx, tls.NewListener(l, p.certs.TLS("h2", "http/1.1")))
		}})
}

func (p *parts) serveWeb(handler http.Handler) func(context.Context, net.Listener) error {
	return func(ctx context.Context, l net.Listener) error {
		return serveHTTP(ctx, l, handler, stopGrace, p.logs.For("web"))
	}
}

func (p *parts) metricsOnly() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metricsHandler(p.metrics, p.log))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// run opens the ports, calls ready, and serves until ctx ends or something fails; then it stops in order and closes the
// parts. Nothing that was acknowledged is lost either way.
func (p *parts) run(ctx context.Context, ready func(*parts) error) (err error) {
	defer func() { err = errors.Join(err, p.close()) }()
	ctx, p.stop = context.WithCancel(ctx)
	defer p.stop()
	commands, err := control.Listen(p.cfg.Data)
	if err != nil {
		return err
	}
	services := p.services()
	listeners, err := p.open(services)
	if err != nil {
		return errors.Join(err, commands.Close())
	}
	if err := p.openMedia(); err != nil {
		return errors.Join(err, closeAll(listeners), commands.Close())
	}
	defer func() { err = errors.Join(err, p.closeMedia()) }()
	if err := p.openPhoneMedia(); err != nil {
		return errors.Join(err, closeAll(listeners), commands.Close())
	}
	defer func() { err = errors.Join(err, p.closePhoneMedia()) }()
	if err := p.xmpp.Start(); err != nil {
		return errors.Join(err, commands.Close())
	}
	p.started = time.Now()
	if err := p.leaving.resume(ctx); err != nil {
		return errors.Join(err, p.stopSIP(), p.stopXMPP(), commands.Close())
	}
	all, serving := errgroup.WithContext(ctx)
	for i, s := range services {
		if listeners[i] != nil {
			all.Go(func() error { return s.start(serving, listeners[i]) })
		}
	}
	all.Go(func() error { return control.Serve(serving, commands, p.commands()) })
	all.Go(func() error { p.watch(serving); return nil })
	all.Go(func() error { trimMemory(serving, p.db.Trim); return nil })
	all.Go(func() error { p.org.Run(serving); return nil })
	all.Go(func() error { p.leaving.emptyBin(serving); return nil })
	all.Go(func() error { p.events.Sweep(serving); return nil })
	all.Go(func() error { p.messages.Sweep(serving); return nil })
	all.Go(func() error { p.logins.Sweep(serving); return nil })
	all.Go(func() error { p.audit.Sweep(serving); return nil })
	all.Go(func() error { p.recorder.Run(serving); return nil })
	all.Go(func() error {
		p.startSIP()
		<-serving.Done()
		return errors.Join(p.stopSIP(), p.stopXMPP())
	})
	if err := ready(p); err != nil {
		p.stop()
		return errors.Join(err, all.Wait())
	}
	p.log.Info("the server is ready", "version", programVersion, "domains", p.cfg.XMPP.Domains)
	err = all.Wait()
	p.log.Info("the server has stopped")
	return err
}

// open opens all ports, or none. What a service that is switched off listens at is nil.
func (p *parts) open(services []service) ([]io.Closer, error) {
	listeners := make([]io.Closer, len(services))
	for i, s := range services {
		if s.port < 0 {
			continue
		}
		address := s.address
		if address == "" {
			address = p.cfg.Listen
		}
		var l io.Closer
		var err error
		if s.packets != nil {
			l, err = p.cfg.Ports.listenPackets(address, s.port, s.name, s.key)
		} else {
			l, err = p.cfg.Ports.listen(address, s.port, s.name, s.key)
		}
		if err != nil {
			return nil, errors.Join(err, closeAll(listeners[:i]))
		}
		listeners[i] = l
	}
	return listeners, nil
}

func closeAll(listeners []io.Closer) error {
	var errs []error
	for _, l := range listeners {
		if l != nil {
			errs = append(errs, l.Close())
		}
	}
	return errors.Join(errs...)
}

func (p *parts) stopXMPP() error {
	p.log.Info("the server stops")
	ctx, cancel := context.WithTimeout(context.Background(), stopGrace)
	defer cancel()
	if err := p.xmpp.Stop(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// watch reloads on SIGHUP and warns of certificates that expire.
func (p *parts) watch(ctx context.Context) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	daily := time.NewTicker(24 * time.Hour)
	defer daily.Stop()
	p.checkCertificates()
	for {
		select {
		case <-hangup:
			if err := p.reload(); err != nil {
				p.log.Error("the reload failed; everything stays as it was", "err", explain(err))
			}
		case <-daily.C:
			p.checkCertificates()
		case <-ctx.Done():
			return
		}
	}
}

// reload reads certificates and configuration again and takes over what can change while the server runs.
func (p *parts) reload() error {
	fresh, err := p.load()
	if err != nil {
		return err
	}
	if p.certs != nil {
		if err := p.certs.Reload(); err != nil {
			return err
		}
		p.checkCertificates()
	}
	if err := p.logs.Apply(fresh.Log); err != nil {
		return err
	}
	p.log.Info("certificates and log levels were read again")
	old := *p.cfg
	old.Log = fresh.Log
	if !reflect.DeepEqual(&old, fresh) {
		p.log.Warn("other settings have changed too: they hold after a restart")
	}
	return nil
}

func (p *parts) checkCertificates() {
	if p.certs == nil {
		return
	}
	for _, leaf := range p.certs.Leaves() {
		if left := time.Until(leaf.NotAfter); left < certificateWarning {
			p.log.Error("a certificate expires: renew it and run plenum ctl reload", "names", leaf.DNSNames, "expires", leaf.NotAfter)
		}
	}
	for _, domain := range p.cfg.XMPP.Domains {
		if ascii, err := idna.Lookup.ToASCII(domain); err == nil && len(p.certs.Missing([]string{ascii})) > 0 {
			p.log.Warn("no certificate has the name of this domain: clients will not trust the server", "domain", domain)
		}
	}
}

// commands are what the operator can ask of the running server.
func (p *parts) commands() *control.Mux {
	m := new(control.Mux)
	p.operator().mount(m)
	control.Handle(m, "status", func(context.Context, struct{}) (status, error) { return p.status(), nil })
	control.Handle(m, "loglevel", func(_ context.Context, req levels) (map[string]string, error) {
		for _, pkg := range slices.Sorted(maps.Keys(req.Set)) {
			if err := p.logs.Set(pkg, req.Set[pkg]); err != nil {
				return nil, err
			}
		}
		return p.logs.Levels(), nil
	})
	control.Handle(m, "reload", func(context.Context, struct{}) (struct{}, error) { return struct{}{}, p.reload() })
	control.Handle(m, "stop", func(context.Context, struct{}) (struct{}, error) {
		p.stop()
		return struct{}{}, nil
	})
	return m
}

func (p *parts) status() status {
	s := status{
		Version: programVersion, PID: os.Getpid(), Since: p.started, Domains: p.cfg.XMPP.Domains,
		Database: p.db.Dialect().String(), Sessions: p.xmpp.Stats().Sessions, Levels: p.logs.Levels(),
	}
	if p.certs != nil {
		s.Expires = p.certs.Expires()
	}
	if len(p.cfg.Redis.Addresses) > 0 {
		s.Node = string(p.node.ID)
		for _, id := range p.node.Peers() {
			s.Others = append(s.Others, string(id))
		}
		for _, n := range (telephony.Everywhere{Service: p.telephony}).Nodes() {
			if n.SIP {
				s.Phones = append(s.Phones, n.ID)
			}
		}
		if err := p.node.Health(); err != nil {
			s.Fault = err.Error()
		}
	}
	return s
}

// describe prints where everything is.
func (p *parts) describe(out io.Writer) {
	domain := p.cfg.XMPP.Domains[0]
	fmt.Fprintf(out, "Plenum %s for %s, data in %s\n", programVersion, domain, p.cfg.Data)
	for _, s := range p.services() {
		if s.port >= 0 {
			fmt.Fprintf(out, "  %-24s %s\n", s.name, net.JoinHostPort(p.cfg.Listen, fmt.Sprint(p.cfg.Ports.at(s.port))))
		}
	}
	if p.calls != nil {
		fmt.Fprintf(out, "  %-24s %s\n", mediaName, net.JoinHostPort(p.cfg.Listen, fmt.Sprint(p.cfg.Ports.at(p.cfg.Ports.Media))))
	}
	fmt.Fprintf(out, "  %-24s %s\n", "XMPP over WebSocket", p.cfg.webSocketURL())
	if p.sip != nil {
		fmt.Fprintf(out, "  %-24s %s\n", "SIP over WebSocket", "wss"+strings.TrimPrefix(p.cfg.publicURL(), "https")+sipPath)
	}
	if p.certs != nil {
		fmt.Fprintf(out, "  %-24s %s\n", "certificate", p.cfg.TLS.Certificates[0].Cert)
	}
}
