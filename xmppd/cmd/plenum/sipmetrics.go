package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"plenum/sipbridge/registrar"
	"plenum/sipbridge/rtp"
	"plenum/sipbridge/stack"
)

// sipMetrics are those of SIP messages.
func sipMetrics(read func() stack.Stats) prometheus.Collector {
	type s = stack.Stats
	return &reading[s]{read, []metric[s]{
		gauge("sip_mailboxes", "Call-IDs with something going on.", func(s s) float64 { return float64(s.Mailboxes) }),
		gauge("sip_server_transactions", "SIP requests received that are not over.", func(s s) float64 { return float64(s.ServerTransactions) }),
		gauge("sip_client_transactions", "SIP requests sent that are not over.", func(s s) float64 { return float64(s.ClientTransactions) }),
		gauge("sip_connections", "Connections of phones and trunks: TCP, TLS, WebSocket.", func(s s) float64 { return float64(s.Connections) }),
		counter("sip_repeated_total", "SIP requests that came again because the answer did not arrive.", func(s s) float64 { return float64(s.Repeated) }),
		counter("sip_repeats_total", "SIP requests that were sent again because no answer came.", func(s s) float64 { return float64(s.Repeats) }),
	}}
}

// registrarMetrics are those of registrations.
func registrarMetrics(read func() registrar.Counts) prometheus.Collector {
	type c = registrar.Counts
	return &reading[c]{read, []metric[c]{
		gauge("sip_phones", "Devices that are registered.", func(c c) float64 { return float64(c.Devices) }),
		gauge("sip_bindings", "Registrations; a device may have several.", func(c c) float64 { return float64(c.Bindings) }),
	}}
}

var (
	sipRequests  = prometheus.NewDesc("plenum_sip_requests_total", "SIP requests received and sent, by method.", []string{"direction", "method"}, nil)
	sipResponses = prometheus.NewDesc("plenum_sip_responses_total", "SIP responses sent, by class.", []string{"class"}, nil)
	sipDropped   = prometheus.NewDesc("plenum_sip_dropped_total", "SIP messages and connections dropped without an answer, by reason.", []string{"reason"}, nil)
)

// sipTraffic are the metrics of SIP that have labels.
type sipTraffic struct{ read func() stack.Stats }

// Describe implements prometheus.Collector.
func (sipTraffic) Describe(out chan<- *prometheus.Desc) {
	out <- sipRequests
	out <- sipResponses
	out <- sipDropped
}

// Collect implements prometheus.Collector.
func (t sipTraffic) Collect(out chan<- prometheus.Metric) {
	s := t.read()
	count := func(d *prometheus.Desc, n uint64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	for method, n := range s.Received {
		count(sipRequests, n, "in", string(method))
	}
	for method, n := range s.Sent {
		count(sipRequests, n, "out", string(method))
	}
	for class, n := range s.Responses {
		if class > 0 {
			count(sipResponses, n, string(rune('0'+class))+"xx")
		}
	}
	for reason, n := range s.Dropped {
		count(sipDropped, n, reason)
	}
}

// bridgeMetrics are those of calls by SIP.
func bridgeMetrics(calls func() int, engine func() *rtp.Engine) prometheus.Collector {
	type read struct{ calls, taken, all int }
	return &reading[read]{func() read {
		r := read{calls: calls()}
		if e := engine(); e != nil {
			r.taken, r.all = e.Ports()
		}
		return r
	}, []metric[read]{
		gauge("sip_calls", "Phones and trunks in calls; each side of a call counts.", func(r read) float64 { return float64(r.calls) }),
		gauge("sip_rtp_ports_used", "Pairs of ports that media of phones and trunks has taken.", func(r read) float64 { return float64(r.taken) }),
		gauge("sip_rtp_ports", "Pairs of ports that there are for it.", func(r read) float64 { return float64(r.all) }),
	}}
}
