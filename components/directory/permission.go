package directory

import (
	"slices"
	"strings"
	"time"

	"plenum/xmppd/jid"
)

// Kind is a kind of objects that permissions are assigned to.
type Kind string

const (
	Users     Kind = "user"
	Teams     Kind = "team"
	Locations Kind = "location"
	Devices   Kind = "device"
)

var kinds = [...]Kind{Users, Teams, Locations, Devices}

// Kinds returns all kinds, in the order in which they are shown.
func Kinds() []Kind { return kinds[:] }

// Known reports whether there is such a kind.
func (k Kind) Known() bool { return k.index() >= 0 }

// index returns the place of the kind in kinds, -1 for an unknown one.
func (k Kind) index() int {
	switch k {
	case Users:
		return 0
	case Teams:
		return 1
	case Locations:
		return 2
	case Devices:
		return 3
	}
	return -1
}

// PermissionType is an ability that a permission gives to what it is assigned to.
type PermissionType string

const (
	Supervisor      PermissionType = "xmpp.supervisor"  // may manage the conversations of all users
	LocationGroup   PermissionType = "location.group"   // users may log in at the locations of their permissions only
	PickupGroup     PermissionType = "pickup.group"     // members may pick up each other's calls
	RedirectChoice  PermissionType = "redirect.choice"  // is never redirected by forwards of the server
	XMPPGroup       PermissionType = "xmpp.group"       // members see each other in their contact lists
	RedirectGroup   PermissionType = "redirect.group"   // may set forwards for others
	ProfilePersonal PermissionType = "profile.personal" // may make own profiles
	BillingGroup    PermissionType = "billing.group"    // groups the data of calls
)

// A TypeInfo says what a type acts on; a type has no effect on other kinds.
type TypeInfo struct {
	Type  PermissionType
	Kinds []Kind
}

// PermissionTypes returns all types, in the order in which they are shown.
func PermissionTypes() []TypeInfo {
	return []TypeInfo{
		{Supervisor, []Kind{Users}},
		{LocationGroup, []Kind{Users, Locations}},
		{PickupGroup, []Kind{Users, Teams}},
		{RedirectChoice, []Kind{Users}},
		{XMPPGroup, []Kind{Users, Teams}},
		{RedirectGroup, []Kind{Users}},
		{ProfilePersonal, []Kind{Users}},
		{BillingGroup, []Kind{Users, Teams}},
	}
}

// Known reports whether there is such a type.
func (t PermissionType) Known() bool { return len(t.Kinds()) > 0 }

// Kinds returns what the type acts on, nil for an unknown one.
func (t PermissionType) Kinds() []Kind {
	for _, info := range PermissionTypes() {
		if info.Type == t {
			return info.Kinds
		}
	}
	return nil
}

// ActsOn reports whether the type has an effect on objects of this kind.
func (t PermissionType) ActsOn(kind Kind) bool { return slices.Contains(t.Kinds(), kind) }

// AllID names the permission that is built in. It cannot be deleted, nor get another name; its types and assignments can be emptied.
const AllID = "all"

const allName = "All"

// Auto says which kinds are assigned by themselves: all objects that there are, and those to come.
type Auto struct{ Users, Teams, Locations, Devices bool }

// Of reports whether objects of this kind are assigned by themselves.
func (a Auto) Of(kind Kind) bool {
	switch kind {
	case Users:
		return a.Users
	case Teams:
		return a.Teams
	case Locations:
		return a.Locations
	case Devices:
		return a.Devices
	}
	return false
}

// Permission gives abilities to users, teams, locations and devices.
type Permission struct {
	ID          string // for ever; chosen by the server
	Name        string // no two have the same
	Description string
	Types       []PermissionType // in the order of PermissionTypes
	Auto        Auto
	Revision    int64 // of the last change, assignments apart
	Changed     time.Time
	ChangedBy   jid.JID // zero: the server or its operator
}

// Has reports whether the permission carries a type.
func (p *Permission) Has(t PermissionType) bool { return slices.Contains(p.Types, t) }

// Input returns the form of the permission as it is, to be changed and given to Update.
func (p *Permission) Input() PermissionInput {
	return PermissionInput{Name: p.Name, Description: p.Description, Types: slices.Clone(p.Types), Auto: p.Auto}
}

// PermissionInput is the form of a permission.
type PermissionInput struct {
	Name        string
	Description string
	Types       []PermissionType
	Auto        Auto
}

// Limits of the form, in characters.
const (
	MaxPermissionName        = 64
	MaxPermissionDescription = 512
)

// tidy returns the form without spaces around values, its types in their order and each once.
func (in PermissionInput) tidy() PermissionInput {
	in.Name, in.Description = strings.TrimSpace(in.Name), strings.TrimSpace(in.Description)
	var types []PermissionType
	for _, info := range PermissionTypes() {
		if slices.Contains(in.Types, info.Type) {
			types = append(types, info.Type)
		}
	}
	for _, t := range in.Types {
		if !t.Known() {
			types = append(types, t)
		}
	}
	in.Types = types
	return in
}

// check applies the rules that need nothing but the form itself.
func (in *PermissionInput) check() FieldErrors {
	var bad FieldErrors
	if in.Name == "" {
		bad.add("name", "missing", "the name is missing")
	}
	bad = append(bad, lineErrors("name", "the name", in.Name, MaxPermissionName)...)
	bad = append(bad, lineErrors("description", "the description", strings.NewReplacer("\n", "", "\t", "").Replace(in.Description), MaxPermissionDescription)...)
	for _, t := range in.Types {
		if !t.Known() {
			bad.add("types", "unknown", "there is no permission type "+string(t))
		}
	}
	return bad
}
