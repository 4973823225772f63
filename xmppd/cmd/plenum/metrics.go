package main

import (
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"plenum/components/conference"
	"plenum/components/telephony"
	"plenum/jingle/endpoint"
	"plenum/jingle/transport"
	"plenum/jingle/turn"
	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/store"
)

// newMetrics is a registry with what the process and the Go runtime say about themselves.
func newMetrics() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "plenum_build_info", Help: "Always 1; the version is a label.", ConstLabels: prometheus.Labels{"version": programVersion}})
	build.Set(1)
	registry.MustRegister(build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return registry
}

// metricsHandler answers Prometheus.
func metricsHandler(registry *prometheus.Registry, log *slog.Logger) http.Handler {
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)})
}

// A reading makes metrics of a package's statistics, which it reads once for each scrape.
type reading[S any] struct {
	read    func() S
	metrics []metric[S]
}

type metric[S any] struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(S) float64
}

func counter[S any](name, help string, value func(S) float64) metric[S] {
	return metric[S]{prometheus.NewDesc("plenum_"+name, help, nil, nil), prometheus.CounterValue, value}
}

func gauge[S any](name, help string, value func(S) float64) metric[S] {
	return metric[S]{prometheus.NewDesc("plenum_"+name, help, nil, nil), prometheus.GaugeValue, value}
}

// Describe implements prometheus.Collector.
func (r *reading[S]) Describe(out chan<- *prometheus.Desc) {
	for _, m := range r.metrics {
		out <- m.desc
	}
}

// Collect implements prometheus.Collector.
func (r *reading[S]) Collect(out chan<- prometheus.Metric) {
	stats := r.read()
	for _, m := range r.metrics {
		out <- prometheus.MustNewConstMetric(m.desc, m.kind, m.value(stats))
	}
}

// clusterMetrics are those of this server's place among others.
func clusterMetrics(node *cluster.Node) prometheus.Collector {
	type n = *cluster.Node
	return &reading[n]{func() n { return node }, []metric[n]{
		gauge("cluster_peers", "Other servers of the cluster that live.", func(n n) float64 { return float64(len(n.Peers())) }),
		gauge("cluster_healthy", "1 when the other servers can be reached, 0 when not.", func(n n) float64 {
			if n.Health() != nil {
				return 0
			}
			return 1
		}),
	}}
}

// storeMetrics are those of the database's writer.
func storeMetrics(read func() store.Stats) prometheus.Collector {
	type s = store.Stats
	return &reading[s]{read, []metric[s]{
		gauge("store_queue_rows", "Rows that wait to be written.", func(s s) float64 { return float64(s.QueueRows) }),
		gauge("store_queue_bytes", "Bytes that wait to be written.", func(s s) float64 { return float64(s.QueueBytes) }),
		counter("store_refused_total", "Batches refused because the queue was full.", func(s s) float64 { return float64(s.Refused) }),
		counter("store_batches_total", "Batches written or failed.", func(s s) float64 { return float64(s.Batches) }),
		counter("store_failed_total", "Batches that failed.", func(s s) float64 { return float64(s.Failed) }),
		counter("store_rows_total", "Rows written.", func(s s) float64 { return float64(s.Rows) }),
		counter("store_commits_total", "Transactions committed.", func(s s) float64 { return float64(s.Commits) }),
		counter("store_group_seconds_total", "Time spent in group transactions, commits included.", func(s s) float64 { return s.GroupTime.Seconds() }),
		counter("store_commit_seconds_total", "Time spent in commits, which is mostly the disk's.", func(s s) float64 { return s.CommitTime.Seconds() }),
	}}
}

// guestMetrics are those of the guests.
func guestMetrics(read func() conference.Counts) prometheus.Collector {
	type c = conference.Counts
	return &reading[c]{read, []metric[c]{
		gauge("guests", "Guests on all nodes.", func(c c) float64 { return float64(c.Guests) }),
		gauge("guests_limit", "How many guests there may be.", func(c c) float64 { return float64(c.Places) }),
		gauge("groups_public", "Groups that guests may enter.", func(c c) float64 { return float64(c.Public) }),
		gauge("conferences", "Conferences that go on, on all nodes.", func(c c) float64 { return float64(c.Conferences.Running) }),
		gauge("conference_people", "People who take part in conferences, on all nodes.", func(c c) float64 { return float64(c.Conferences.People) }),
		gauge("conference_waiting", "People who wait for a conference, on all nodes.", func(c c) float64 { return float64(c.Conferences.Waiting) }),
	}}
}

// telephonyMetrics are those of calls of telephones.
func telephonyMetrics(read func() telephony.Stats) prometheus.Collector {
	type s = telephony.Stats
	return &reading[s]{read, []metric[s]{
		gauge("telephony_calls", "Calls of telephones, trunks, and XMPP clients with numbers.", func(s s) float64 { return float64(s.Calls) }),
		gauge("telephony_calls_limit", "How many of these calls there may be.", func(s s) float64 { return float64(s.Limit) }),
		counter("telephony_calls_total", "Such calls that were begun.", func(s s) float64 { return float64(s.Begun) }),
		counter("telephony_calls_refused_total", "Such calls that were refused because there were too many.", func(s s) float64 { return float64(s.Refused) }),
	}}
}

// turnMetrics are those of the relay for calls.
func turnMetrics(read func() turn.Stats) prometheus.Collector {
	type s = turn.Stats
	return &reading[s]{read, []metric[s]{
		gauge("turn_allocations", "Relayed addresses in use.", func(s s) float64 { return float64(s.Relayed) }),
		gauge("turn_allocations_limit", "How many relayed addresses there may be.", func(s s) float64 { return float64(s.Total) }),
		counter("turn_allocations_total", "Relayed addresses given out.", func(s s) float64 { return float64(s.Taken) }),
		counter("turn_to_peers_bytes_total", "Bytes relayed from clients.", func(s s) float64 { return float64(s.ToPeers) }),
		counter("turn_from_peers_bytes_total", "Bytes relayed to clients.", func(s s) float64 { return float64(s.FromPeers) }),
		counter("turn_refused_credentials_total", "Requests with wrong or outdated credentials.", func(s s) float64 { return float64(s.RefusedAuth) }),
		counter("turn_refused_quota_total", "Relayed addresses refused because there were too many.", func(s s) float64 { return float64(s.RefusedQuota) }),
		counter("turn_refused_peers_total", "Permissions refused and packets dropped because of where they should go or came from.", func(s s) float64 { return float64(s.RefusedPeers) }),
		counter("turn_over_bandwidth_total", "Packets dropped because a relayed address passes on no more in a second.", func(s s) float64 { return float64(s.OverBandwidth) }),
		counter("turn_throttled_total", "Requests dropped because too many came from one address.", func(s s) float64 { return float64(s.Throttled) }),
		gauge("turn_connections", "Connections over TCP and TLS.", func(s s) float64 { return float64(s.Connections) }),
		counter("turn_connections_refused_total", "Connections closed at once because there were too many.", func(s s) float64 { return float64(s.Turned) }),
	}}
}

// callMetrics are those of calls with this server.
func callMetrics(read func() endpoint.Stats) prometheus.Collector {
	type s = endpoint.Stats
	return &reading[s]{read, []metric[s]{
		gauge("calls", "Calls and conference sessions of XMPP clients and browsers on this node.", func(s s) float64 { return float64(s.Sessions) }),
		gauge("calls_limit", "How many there may be.", func(s s) float64 { return float64(s.Limit) }),
		counter("calls_total", "Calls begun.", func(s s) float64 { return float64(s.Begun) }),
		counter("calls_refused_total", "Calls refused because there were too many.", func(s s) float64 { return float64(s.Refused) }),
		counter("calls_throttled_total", "Stanzas about calls refused because too many came from one user.", func(s s) float64 { return float64(s.Throttled) }),
	}}
}

// mediaMetrics are those of sound and pictures. There are none while nothing is listened at.
func mediaMetrics(engine func() *transport.Engine) prometheus.Collector { return mediaReading{engine} }

type mediaReading struct{ engine func() *transport.Engine }

var (
	mediaTransports = prometheus.NewDesc("plenum_media_transports", "Transports of media on this node.", nil, nil)
	mediaPackets    = prometheus.NewDesc("plenum_media_packets_total", "Packets of media received and sent.", []string{"direction"}, nil)
	mediaBytes      = prometheus.NewDesc("plenum_media_bytes_total", "Bytes of media received and sent.", []string{"direction"}, nil)
	mediaDropped    = prometheus.NewDesc("plenum_media_dropped_total", "Packets dropped, by reason.", []string{"reason"}, nil)
)

// Describe implements prometheus.Collector.
func (mediaReading) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{mediaTransports, mediaPackets, mediaBytes, mediaDropped} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (m mediaReading) Collect(out chan<- prometheus.Metric) {
	e := m.engine()
	if e == nil {
		return
	}
	c := e.Counters()
	count := func(d *prometheus.Desc, n uint64, label string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), label)
	}
	out <- prometheus.MustNewConstMetric(mediaTransports, prometheus.GaugeValue, float64(e.Transports()))
	in, inBytes := c.Received()
	sent, sentBytes := c.Sent()
	count(mediaPackets, in, "in")
	count(mediaPackets, sent, "out")
	count(mediaBytes, inBytes, "in")
	count(mediaBytes, sentBytes, "out")
	for _, d := range transport.Drops() {
		count(mediaDropped, c.Dropped(d), d.String())
	}
}

// xmppMetrics are those of the XMPP server.
func xmppMetrics(read func() xmppd.Stats) prometheus.Collector {
	type s = xmppd.Stats
	return &reading[s]{read, []metric[s]{
		gauge("sessions", "Sessions on this node, lost ones that can be resumed included.", func(s s) float64 { return float64(s.Sessions) }),
		gauge("sessions_detached", "Sessions whose connection was lost and that can be resumed.", func(s s) float64 { return float64(s.Detached) }),
		counter("messages_total", "Messages received from clients.", func(s s) float64 { return float64(s.Messages) }),
		counter("presences_total", "Presences received from clients.", func(s s) float64 { return float64(s.Presences) }),
		counter("iqs_total", "IQs that the server answered.", func(s s) float64 { return float64(s.IQs) }),
		counter("binds_total", "Sessions begun.", func(s s) float64 { return float64(s.Binds) }),
		counter("unbinds_total", "Sessions ended.", func(s s) float64 { return float64(s.Unbinds) }),
		counter("resumed_total", "Sessions resumed after their connection was lost.", func(s s) float64 { return float64(s.Resumed) }),
		counter("expired_total", "Sessions that were not resumed in time.", func(s s) float64 { return float64(s.Expired) }),
		counter("slow_consumers_total", "Connections cut because the client did not read.", func(s s) float64 { return float64(s.SlowConsumers) }),
		counter("logins_total", "Successful logins.", func(s s) float64 { return float64(s.Authenticated) }),
		counter("logins_refused_total", "Refused logins.", func(s s) float64 { return float64(s.AuthRefused) }),
		counter("panics_total", "Faults of the program that one session paid for; each is in the log.", func(s s) float64 { return float64(s.Panics) }),
	}}
}
