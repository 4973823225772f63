package directory

import "plenum/xmppd/fault"

// Role is a level of the web administration. An account has at most one.
type Role uint8

const (
	NoRole              Role = iota // cannot log in to the web administration
	SystemAdministrator             // every right
	Administrator                   // no service settings, terminal, import of tables and backups
	PBXManager                      // besides, no gateways, trunks, firmware, connector, timed jobs
	PhonebookManager                // edits the system's phonebook, nothing else
	GrafanaViewer                   // sees dashboards, nothing else
)

var roleNames = [...]string{
	NoRole:              "",
	SystemAdministrator: "system-administrator",
	Administrator:       "administrator",
	PBXManager:          "pbx-manager",
	PhonebookManager:    "phonebook-manager",
	GrafanaViewer:       "grafana-viewer",
}

// Roles returns the five levels, the highest first.
func Roles() []Role {
	return []Role{SystemAdministrator, Administrator, PBXManager, PhonebookManager, GrafanaViewer}
}

// rank orders levels: a lower rank may do more. NoRole comes last.
func (r Role) rank() int {
	if r == NoRole {
		return len(roleNames)
	}
	return int(r)
}

// Above reports whether the level may do more than another.
func (r Role) Above(other Role) bool { return r.rank() < other.rank() }

// ManagesUsers reports whether the level may change users, permissions and groups.
func (r Role) ManagesUsers() bool {
	return r == SystemAdministrator || r == Administrator || r == PBXManager
}

// String returns the name under which a role is stored and shown in the API; empty for NoRole.
func (r Role) String() string {
	if int(r) < len(roleNames) {
		return roleNames[r]
	}
	return "unknown"
}

// ParseRole is String's counterpart. It returns fault.Invalid for a name that is no role's.
func ParseRole(name string) (Role, error) {
	for role, known := range roleNames {
		if name == known {
			return Role(role), nil
		}
	}
	return NoRole, fault.Newf(fault.Invalid, "%.32q is no administration level", name)
}

// MarshalText returns the name.
func (r Role) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads a name.
func (r *Role) UnmarshalText(text []byte) error {
	role, err := ParseRole(string(text))
	if err == nil {
		*r = role
	}
	return err
}
