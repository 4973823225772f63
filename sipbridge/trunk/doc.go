// Package trunk keeps the lines to providers: it registers where a trunk wants that, asks by OPTIONS whether a provider is there, tells which requests
// come from a trunk, and how a call goes out by one.
//
// Each account of a trunk that is switched on is a line, with a goroutine of its own that alone talks to the provider. What the trunks are is said
// by the directory; Service.Changed reads it again.
//
// Spec: RFC 3261 partial: as a client, registering (§10.2) and asking for abilities (§11)
// Spec: RFC 3325 partial: P-Asserted-Identity and P-Preferred-Identity of calls to trunks
// Spec: RFC 3323 partial: an anonymous From, and Privacy: id
package trunk
