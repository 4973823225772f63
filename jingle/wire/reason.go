package wire

import (
	"slices"

	"plenum/xmppd/xmlstream"
)

// A Condition says why something was done (XEP-0166#def-reason).
type Condition string

const (
	AlternativeSession      Condition = "alternative-session"
	Busy                    Condition = "busy"
	Cancel                  Condition = "cancel"
	ConnectivityError       Condition = "connectivity-error"
	Decline                 Condition = "decline"
	Expired                 Condition = "expired"
	FailedApplication       Condition = "failed-application"
	FailedTransport         Condition = "failed-transport"
	GeneralError            Condition = "general-error"
	Gone                    Condition = "gone"
	IncompatibleParameters  Condition = "incompatible-parameters"
	MediaError              Condition = "media-error"
	SecurityError           Condition = "security-error"
	Success                 Condition = "success"
	Timeout                 Condition = "timeout"
	UnsupportedApplications Condition = "unsupported-applications"
	UnsupportedTransports   Condition = "unsupported-transports"
)

// Conditions are all that XEP-0166 defines.
var Conditions = []Condition{AlternativeSession, Busy, Cancel, ConnectivityError, Decline, Expired, FailedApplication, FailedTransport, GeneralError,
	Gone, IncompatibleParameters, MediaError, SecurityError, Success, Timeout, UnsupportedApplications, UnsupportedTransports}

// Reason is a <reason/>.
type Reason struct {
	Condition   Condition // GeneralError when the peer has named none that is known
	Alternative string    // sid of an alternative session
	Text        string    // for people
	Detail      *Raw      // an element of another namespace; nil for none
}

// CryptoRequired is the reason for ending a session whose media would not be encrypted (XEP-0167#srtp).
func CryptoRequired() *Reason {
	return &Reason{Condition: SecurityError, Detail: &Raw{NSRTPErrors, "crypto-required", []byte("<crypto-required xmlns='" + NSRTPErrors + "'/>")}}
}

// ParseReason reads a <reason/>. A reason is told after the fact, so what is wrong with it is only left out.
func ParseReason(e xmlstream.Element) (*Reason, error) {
	if !e.Is(NS, "reason") {
		return nil, badRequest("this is no <reason/>")
	}
	r := &Reason{Condition: GeneralError}
	for c := range e.Children() {
		switch {
		case c.Is(NS, "text"):
			r.Text = cut(text(c))
		case c.Space() == NS && slices.Contains(Conditions, Condition(c.Local())):
			r.Condition = Condition(clone(c.Local()))
			if sid, ok := c.Child(NS, "sid"); ok && r.Condition == AlternativeSession {
				r.Alternative = cut(text(sid))
			}
		case c.Space() != NS && r.Detail == nil:
			var err error
			if kept := keep(nil, c, &err); len(kept) > 0 {
				r.Detail = &kept[0]
			}
		}
	}
	return r, nil
}

// Build writes the element.
func (r *Reason) Build(b *xmlstream.Builder) {
	b.Start("reason", NS)
	if r.Condition == AlternativeSession && r.Alternative != "" {
		b.Start(string(r.Condition), "").Element("sid", "", r.Alternative).End()
	} else {
		b.Element(string(r.Condition), "", "")
	}
	if r.Text != "" {
		b.Element("text", "", r.Text)
	}
	if r.Detail != nil {
		b.Raw(r.Detail.XML)
	}
	b.End()
}

// An InfoKind says what has happened at the sender of a session-info (XEP-0167#info).
type InfoKind string

const (
	Active  InfoKind = "active"
	Hold    InfoKind = "hold"
	Unhold  InfoKind = "unhold"
	Mute    InfoKind = "mute"
	Unmute  InfoKind = "unmute"
	Ringing InfoKind = "ringing"
)

var infoKinds = []InfoKind{Active, Hold, Unhold, Mute, Unmute, Ringing}

// Info is the payload of a session-info. Creator and Name are those of the content that Mute and Unmute mean; without a name they mean all.
type Info struct {
	Kind    InfoKind
	Creator Creator
	Name    string
}

func parseInfo(e xmlstream.Element) (i Info, known bool, err error) {
	i.Kind = InfoKind(clone(e.Local()))
	if !slices.Contains(infoKinds, i.Kind) {
		return i, false, nil
	}
	if i.Kind == Mute || i.Kind == Unmute {
		r := reader{e: e}
		i.Creator, i.Name = r.role("creator"), r.short("name")
		return i, true, r.err
	}
	return i, true, nil
}

func (i Info) build(b *xmlstream.Builder) {
	b.Element(string(i.Kind), NSRTPInfo, "", "creator", string(i.Creator), "name", i.Name)
}
