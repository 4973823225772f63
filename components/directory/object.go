package directory

import (
	"strings"
	"time"

	"plenum/xmppd/jid"
)

// Object is a device, a team or a location: as much of it as permissions and extensions need.
type Object struct {
	Kind      Kind   // Devices, Teams or Locations
	ID        string // for ever; chosen by the server
	Name      string
	Device    string  // PhoneDevice, SoftphoneDevice, MobileDevice, FaxDevice; empty for what is no device
	Owner     jid.JID // the user who has the device; zero for none
	Location  string  // to which the device belongs; empty for none: then it may have an owner
	Extension string  // of a team or a fax device; empty for none
	Revision  int64
	Changed   time.Time
	ChangedBy jid.JID // zero: the server or its operator

	BySwitch    bool       // a device that comes and goes with a switch of its owner
	SIPUser     string     // of a device that speaks SIP: by which it registers; those of older databases have one from their first secret on
	SecretSince time.Time  // since when the secret holds; zero: there is none yet
	Encryption  Encryption // of a device that speaks SIP
}

// ObjectInput is the form of a team or a location.
type ObjectInput struct {
	Name      string
	Extension string // of a team
}

// MaxObjectName is the most characters of a name.
const MaxObjectName = 64

func (in ObjectInput) tidy() ObjectInput {
	in.Name, in.Extension = strings.TrimSpace(in.Name), strings.TrimSpace(in.Extension)
	return in
}

func (in *ObjectInput) check(kind Kind) FieldErrors {
	var bad FieldErrors
	if in.Name == "" {
		bad.add("name", "missing", "the name is missing")
	}
	bad = append(bad, lineErrors("name", "the name", in.Name, MaxObjectName)...)
	if kind != Teams && in.Extension != "" {
		bad.add("extension", "not_used", "a location has no extension")
		return bad
	}
	return append(bad, extensionErrors("extension", in.Extension)...)
}
