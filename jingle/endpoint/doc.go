// Package endpoint is where calls of XMPP clients come in and go out: addresses that can be called, with what they can do, and their sessions.
//
//	client ── propose, session-initiate ──▶ Deliver ──▶ session.Session ── call.Leg ──▶ Owner.Incoming
//	client ◀── propose, session-initiate ── session.Session ◀── Dial ── telephony, conference
//
// An address that can be called is a resident: a full JID of a domain that a component serves, such as ROOM/Conference. The component gives what
// comes for it to [Service.Deliver]. Who takes the calls of a domain says so by [Service.Serve].
//
// A call between two clients does not come here: its stanzas are routed like any others.
//
// Spec: XEP-0030 2.5.0 partial: for addresses that can be called
// Spec: XEP-0115 1.6.0 partial: for addresses that can be called
package endpoint

import (
	"errors"
	"fmt"
)

// Config are the limits for calls. The zero value of a field means its default, which Validate fills in.
type Config struct {
	Sessions int `toml:"sessions" doc:"How many calls of XMPP clients and browsers this server takes part in at the same time, conferences included. Default: 5000."`

	SessionsPerUser int `toml:"sessions_per_user" doc:"How many of these calls one user or guest may have. Default: 10."`

	StanzasPerSecond int `toml:"stanzas_per_second" doc:"How many signalling stanzas one user or guest may send to calls in a second; bursts of four seconds' worth are let through, what is beyond is refused. Default: 50."`
}

// Validate fills in defaults and reports every fault at once.
func (c *Config) Validate() error {
	var errs []error
	for _, f := range []struct {
		name     string
		value    *int
		def, max int
	}{
		{"sessions", &c.Sessions, 5000, 1 << 20},
		{"sessions_per_user", &c.SessionsPerUser, 10, 1000},
		{"stanzas_per_second", &c.StanzasPerSecond, 50, 1 << 20},
	} {
		if *f.value == 0 {
			*f.value = f.def
		}
		if *f.value < 1 || *f.value > f.max {
			errs = append(errs, fmt.Errorf("%s: %d is not within 1 and %d", f.name, *f.value, f.max))
		}
	}
	return errors.Join(errs...)
}
