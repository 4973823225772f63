package main

import (
	"context"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"plenum/admin"
	"plenum/admin/api"
	"plenum/admin/web"
	"plenum/components/audit"
	"plenum/components/telephony"
)

// buildConsole mounts the pages and the API beneath them.
func (p *parts) buildConsole(ctx context.Context) error {
	log := p.logs.For("admin")
	var err error
	p.leaving.also(p.logins)
	if p.audit, err = audit.New(ctx, p.db, p.cfg.Audit, log); err != nil {
		return err
	}
	p.recorder = api.NewRecorder(p.vitals)
	p.poll = newPoll(p.xmpp, log)
	connected := newClients(p.xmpp, p.info.Caps, p.accounts.Name, p.poll)
	requests := newRequestMetrics()
	p.metrics.MustRegister(requests)
	console, err := api.New(api.Deps{
		Log: log, Version: programVersion, PublicURL: p.cfg.publicURL(), Domains: p.org.Domains(), Logins: p.logins, Audit: p.audit, Directory: p.org, TimeZone: p.profiles.Zone(), Profiles: p.profileEngine,
		BinTime: time.Duration(p.cfg.Users.BinDays) * 24 * time.Hour,
		Groups:  groups{p.groups, p.rooms, p.xmpp.GuestDomain()},
		Clients: connected,
		Server:  newServerState(p, connected, p.recorder, p.poll),
		SIP:     p.sipServer(), Bindings: bindings{p}, TrunkStates: trunkStates{p}, Calls: telephony.Everywhere{Service: p.telephony}, TeamLines: telephony.Everywhere{Service: p.telephony}, Journal: p.telephony.Journal(), KeepRecords: p.cfg.Telephony.KeepRecords, Prompts: p.prompts, Mailboxes: p.voicemail, Messages: p.voicemail, NumberDomain: p.cfg.numbersDomain(), SendsMail: p.cfg.Mail.Host != "",
		Observe: func(method, path string, status int, took time.Duration) {
			requests.WithLabelValues(method, path, strconv.Itoa(status)).Observe(took.Seconds())
		},
	}, p.recorder)
	if err != nil {
		return err
	}
	files, err := web.Load()
	if err != nil {
		return err
	}
	admin.Mount(p.web, console, files)
	return nil
}

// newRequestMetrics are those of the API's requests.
func newRequestMetrics() *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "plenum_api_request_seconds", Help: "How long requests to the API took, by route and status.",
		Buckets: []float64{.001, .005, .02, .05, .1, .3, 1, 5},
	}, []string{"method", "route", "status"})
}
