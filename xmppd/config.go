package xmppd

import (
	"errors"
	"fmt"
	"time"

	"plenum/xmppd/jid"
)

// Config is what the XMPP server needs to know before it starts. The zero value of a field means its default, which
// Validate fills in.
type Config struct {
	Domains []string `toml:"domains" doc:"The XMPP domains whose users log in here, the main one first. No default: at least one is needed."`

	GuestDomain string `toml:"guest_domain" doc:"The domain of anonymous guests (SASL ANONYMOUS). Empty means guest.DOMAIN of the first domain."`

	AllowPlaintext bool `toml:"allow_plaintext" doc:"Lets clients log in without TLS. Meant for loopback and tests only. Default: false."`

	StanzaBytes int `toml:"stanza_bytes" doc:"The largest stanza a logged-in client may send, in bytes (announced by XEP-0478). Default: 262144."`

	QueueBytes int `toml:"queue_bytes" doc:"How much may wait for a slow client, in bytes; beyond it the connection is cut, and the session can be resumed. Default: 1048576."`

	QueueStanzas int `toml:"queue_stanzas" doc:"How many stanzas may wait for a slow client, acknowledgement included. Default: 2000."`

	QueuePresences int `toml:"queue_presences" doc:"How many contacts' presence and roster changes may wait for a slow client besides, the newest of each; for one whose connection is lost no more than twice queue_stanzas. Default: 50000."`

	WriteStall time.Duration `toml:"write_stall" doc:"How long one write to a client may take before the connection is cut. Default: 30s."`

	LoginTimeout time.Duration `toml:"login_timeout" doc:"How long a connection may take from its start until a resource is bound. Default: 60s."`

	TLSTimeout time.Duration `toml:"tls_timeout" doc:"How long a TLS handshake may take. Default: 10s."`

	IdleTimeout time.Duration `toml:"idle_timeout" doc:"A client that has sent nothing for this long is asked for a sign of life; if none comes within a minute, it is gone. Default: 10m."`

	ResumeTimeout time.Duration `toml:"resume_timeout" doc:"How long a lost session waits for its client to come back (XEP-0198). Default: 5m."`

	GuestResumeTimeout time.Duration `toml:"guest_resume_timeout" doc:"How long the session of a guest waits for its client to come back. Default: 60s."`

	GuestStanzaBytes int `toml:"guest_stanza_bytes" doc:"The largest stanza a guest may send, in bytes. Default: 65536."`

	GuestRateBytes int `toml:"guest_rate_bytes" doc:"Sustained bytes per second that a guest may send; bursts of ten seconds' worth are let through, what is beyond is read later. Default: 16384."`

	InFlight int `toml:"in_flight" doc:"How many stanzas of one session may wait for the store before nothing more is read from it. Default: 128."`

	RateBytes int `toml:"rate_bytes" doc:"Sustained bytes per second that one session may send; bursts of ten seconds' worth are let through. 0 means no limit. Default: 0."`

	SessionsPerUser int `toml:"sessions_per_user" doc:"How many sessions one account may have at the same time. Default: 50."`

	RosterItems int `toml:"roster_items" doc:"How many contacts one account may have. Default: 5000."`

	OfflineMessages int `toml:"offline_messages" doc:"How many messages wait for an account that is offline; beyond it senders get an error. Default: 1000."`

	WebSocketPing time.Duration `toml:"websocket_ping" doc:"How often a client on WebSocket is pinged: proxies close connections that are silent for long. Default: 50s."`

	Connections int `toml:"connections" doc:"How many client connections may be open at the same time. Default: 100000."`

	ConnectionsPerAddress int `toml:"connections_per_address" doc:"How many connections one address may have open; an IPv6 address counts as its /64, loopback is not limited. Default: 2000."`

	LoginsPerAddress int `toml:"logins_per_address" doc:"How many of an address's connections may be without login yet. Default: 200."`

	SASLAttempts int `toml:"sasl_attempts" doc:"How often a connection may fail to log in before it is closed. Default: 5."`
}

// Validate fills in defaults and reports every fault at once.
func (c *Config) Validate() error {
	var errs []error
	if len(c.Domains) == 0 {
		errs = append(errs, errors.New("domains: name at least one domain"))
	}
	for i, d := range c.Domains {
		j, err := jid.Parse(d)
		if err != nil || !j.IsDomain() {
			errs = append(errs, fmt.Errorf("domains: %q is not a domain", d))
			continue
		}
		c.Domains[i] = j.String()
	}
	if c.GuestDomain == "" && len(c.Domains) > 0 {
		c.GuestDomain = "guest." + c.Domains[0]
	}
	for _, f := range []struct {
		name     string
		value    *int
		def, min int
	}{
		{"stanza_bytes", &c.StanzaBytes, 256 << 10, 10_000},
		{"guest_stanza_bytes", &c.GuestStanzaBytes, 64 << 10, 10_000},
		{"guest_rate_bytes", &c.GuestRateBytes, 16 << 10, 1000},
		{"queue_bytes", &c.QueueBytes, 1 << 20, 64 << 10},
		{"queue_stanzas", &c.QueueStanzas, 2000, 100},
		{"queue_presences", &c.QueuePresences, 50_000, 100},
		{"in_flight", &c.InFlight, 128, 1},
		{"sessions_per_user", &c.SessionsPerUser, 50, 1},
		{"roster_items", &c.RosterItems, 5000, 1},
		{"offline_messages", &c.OfflineMessages, 1000, 0},
		{"sasl_attempts", &c.SASLAttempts, 5, 1},
		{"connections", &c.Connections, 100_000, 1},
		{"connections_per_address", &c.ConnectionsPerAddress, 2000, 1},
		{"logins_per_address", &c.LoginsPerAddress, 200, 1},
	} {
		if *f.value == 0 {
			*f.value = f.def
		}
		if *f.value < f.min {
			errs = append(errs, fmt.Errorf("%s: %d is less than %d", f.name, *f.value, f.min))
		}
	}
	for _, f := range []struct {
		name  string
		value *time.Duration
		def   time.Duration
	}{
		{"write_stall", &c.WriteStall, 30 * time.Second},
		{"login_timeout", &c.LoginTimeout, time.Minute},
		{"tls_timeout", &c.TLSTimeout, 10 * time.Second},
		{"idle_timeout", &c.IdleTimeout, 10 * time.Minute},
		{"resume_timeout", &c.ResumeTimeout, 5 * time.Minute},
		{"guest_resume_timeout", &c.GuestResumeTimeout, time.Minute},
		{"websocket_ping", &c.WebSocketPing, 50 * time.Second},
	} {
		if *f.value == 0 {
			*f.value = f.def
		}
		if *f.value < time.Second {
			errs = append(errs, fmt.Errorf("%s: %v is less than a second", f.name, *f.value))
		}
	}
	if c.RateBytes < 0 {
		errs = append(errs, errors.New("rate_bytes: must not be negative"))
	}
	return errors.Join(errs...)
}
