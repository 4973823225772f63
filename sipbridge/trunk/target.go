package trunk

import (
	"context"
	"slices"

	"github.com/emiago/sipgo/sip"

	"plenum/components/directory"
	"plenum/sipbridge/stack"
	"plenum/xmppd/fault"
)

// A Call is who is called by which trunk, and as whom.
type Call struct {
	Trunk, Account string
	Number         string // as the trunk wants it
	From           string // the number that is shown, as the trunk wants it; empty for the account's own
	FromName       string
	Anonymous      bool
}

// A Line is how a call goes out by a trunk.
type Line struct {
	Flows          []stack.Flow // in order of preference: the next is tried when one does not answer
	URI            sip.Uri
	From, To       sip.Uri
	FromName       string
	Headers        []sip.Header // who calls, as the trunk wants to be told
	User, Password string       // for its challenges
	Encrypt        bool         // media is encrypted, or there is no call
}

// Target says how a number is called. It may wait for the name service. fault.NotFound says that there is no such account of a trunk that is switched
// on, fault.Unavailable that its provider is not found.
func (s *Service) Target(c Call) (Line, error) {
	l := s.line(c.Trunk, c.Account)
	if l == nil {
		return Line{}, fault.New(fault.NotFound, "there is no such account of a trunk that is switched on")
	}
	l.mu.Lock()
	flows := slices.Clone(l.flows)
	l.mu.Unlock()
	if len(flows) == 0 { // the first look has not ended, or has failed
		var err error
		if flows, err = l.resolve(context.Background()); err != nil || len(flows) == 0 {
			return Line{}, fault.Wrap(fault.Unavailable, err, "the provider is not found")
		}
	}
	a := &l.account
	to := sip.Uri{Scheme: "sip", User: escape(c.Number), Host: a.Host, Port: a.Port}
	line := Line{Flows: flows, URI: to, To: to, User: a.LoginUser(), Password: l.password, Encrypt: a.Encrypt}
	line.From, line.FromName, line.Headers = identity(l.kind, a, c)
	return line, nil
}

// identity says who calls: in From, and in the headers by which the provider knows him (RFC 3325 §9).
func identity(kind directory.TrunkKind, a *directory.TrunkAccount, c Call) (from sip.Uri, name string, headers []sip.Header) {
	own := sip.Uri{Scheme: "sip", User: escape(a.AddressUser()), Host: a.Host}
	caller := own
	if c.From != "" {
		caller.User = escape(c.From)
	}
	from, name = caller, c.FromName
	header := ""
	switch a.CLIP {
	case directory.CLIPPPI:
		header, from = "P-Preferred-Identity", own
	case directory.CLIPPAI:
		header, from = "P-Asserted-Identity", own
	case directory.CLIPAuto:
		header = "P-Preferred-Identity"
		if kind == directory.AddressTrunk {
			header = "P-Asserted-Identity"
		}
	}
	if c.Anonymous && a.CLIR != directory.CLIRPrivacy {
		from, name = anonymous, "Anonymous" // RFC 3323 §4.1.1.3
	}
	if from.User == "" {
		from.Host, from.User = a.Host, "unknown"
	}
	if header != "" && caller.User != "" && (!c.Anonymous || a.CLIR != directory.CLIRFrom) {
		headers = append(headers, sip.NewHeader(header, "<"+caller.String()+">"))
	}
	if c.Anonymous && a.CLIR != directory.CLIRFrom {
		headers = append(headers, sip.NewHeader("Privacy", "id"))
	}
	return from, name, headers
}

var anonymous = sip.Uri{Scheme: "sip", User: "anonymous", Host: "anonymous.invalid"}
