package muc

import (
	"slices"
	"strconv"
	"strings"

	"plenum/xmppd"
	"plenum/xmppd/dataform"
)

// Limits for texts in the configuration, in bytes.
const (
	maxName        = 256
	maxDescription = 4096
	maxPassword    = 256
	maxLang        = 64
)

// field is an option of a room.
type field struct {
	name, typ, label string
	also             []string // other names by which clients know it
	options          []dataform.Option
	get              func(*Service, *RoomConfig) []string
	set              func(*Service, *RoomConfig, []string) error
}

// fields are the options of a room, as the form shows them. Password, admins and owners are looked at apart.
var fields = []field{
	textField("muc#roomconfig_roomname", "Name", maxName, func(c *RoomConfig) *string { return &c.Name }),
	textField("muc#roomconfig_roomdesc", "Description", maxDescription, func(c *RoomConfig) *string { return &c.Description }),
	textField("muc#roomconfig_lang", "Language of the discussion", maxLang, func(c *RoomConfig) *string { return &c.Lang }),
	boolField("muc#roomconfig_persistentroom", "Keep the room when the last one leaves", func(c *RoomConfig) *bool { return &c.Persistent }),
	boolField("muc#roomconfig_publicroom", "List the room publicly", func(c *RoomConfig) *bool { return &c.Public }),
	boolField("muc#roomconfig_membersonly", "Only members may enter", func(c *RoomConfig) *bool { return &c.MembersOnly }),
	boolField("muc#roomconfig_allowinvites", "Members may invite others", func(c *RoomConfig) *bool { return &c.AllowInvites },
		"{http://prosody.im/protocol/muc}roomconfig_allowmemberinvites"),
	boolField("muc#roomconfig_moderatedroom", "Only those with voice may speak", func(c *RoomConfig) *bool { return &c.Moderated }),
	{name: "muc#roomconfig_whois", typ: dataform.ListSingle, label: "Who may see real addresses",
		options: []dataform.Option{{Label: "Moderators only", Value: "moderators"}, {Label: "Anyone", Value: "anyone"}},
		get: func(_ *Service, c *RoomConfig) []string {
			if c.NonAnonymous {
				return []string{"anyone"}
			}
			return []string{"moderators"}
		},
		set: func(_ *Service, c *RoomConfig, v []string) error {
			w := first(v)
			c.NonAnonymous = w == "anyone"
			if w != "anyone" && w != "moderators" {
				return notAcceptable("muc#roomconfig_whois", "anyone or moderators")
			}
			return nil
		}},
	boolField("muc#roomconfig_changesubject", "Participants may set the subject", func(c *RoomConfig) *bool { return &c.ChangeSubject }),
	{name: "muc#roomconfig_allowpm", typ: dataform.ListSingle, label: "Who may send private messages",
		options: []dataform.Option{{Label: "Anyone", Value: "anyone"}, {Label: "Anyone with voice", Value: "participants"},
			{Label: "Moderators only", Value: "moderators"}, {Label: "Nobody", Value: "none"}},
		get: func(_ *Service, c *RoomConfig) []string { return []string{string(c.AllowPM)} },
		set: func(_ *Service, c *RoomConfig, v []string) error {
			c.AllowPM = Who(first(v))
			if !slices.Contains([]Who{Anyone, Participants, Moderators, Nobody}, c.AllowPM) {
				return notAcceptable("muc#roomconfig_allowpm", "anyone, participants, moderators or none")
			}
			return nil
		}},
	rolesField("muc#roomconfig_presencebroadcast", "Whose presence is passed on", func(c *RoomConfig) *RoleSet { return &c.Broadcast }),
	rolesField("muc#roomconfig_getmemberlist", "Who may see the list of members", func(c *RoomConfig) *RoleSet { return &c.MemberList }),
	{name: "muc#roomconfig_maxusers", typ: dataform.ListSingle, label: "Maximum number of occupants",
		options: maxUsersOptions(),
		get: func(_ *Service, c *RoomConfig) []string {
			if c.MaxUsers == 0 {
				return []string{"none"}
			}
			return []string{strconv.Itoa(c.MaxUsers)}
		},
		set: func(m *Service, c *RoomConfig, v []string) (err error) {
			if w := first(v); w == "none" || w == "" || w == "0" {
				c.MaxUsers = 0
				return nil
			}
			c.MaxUsers, err = number("muc#roomconfig_maxusers", v, 1, m.cfg.MaxOccupants)
			return err
		}},
	boolField("muc#roomconfig_enablelogging", "Keep messages so that they can be read later", func(c *RoomConfig) *bool { return &c.Archive },
		"muc#roomconfig_enablearchiving", "muc#roomconfig_mam", "mam"),
	{name: "muc#maxhistoryfetch", typ: dataform.TextSingle, label: "Messages shown on entering", also: []string{"muc#roomconfig_historylength"},
		get: func(_ *Service, c *RoomConfig) []string { return []string{strconv.Itoa(c.History)} },
		set: func(m *Service, c *RoomConfig, v []string) (err error) {
			c.History, err = number("muc#maxhistoryfetch", v, 0, m.cfg.History)
			return err
		}},
	boolField("muc#roomconfig_registration", "Users may register as members", func(c *RoomConfig) *bool { return &c.Registration }),
}

const (
	fieldProtected = "muc#roomconfig_passwordprotectedroom"
	fieldSecret    = "muc#roomconfig_roomsecret"
	fieldAdmins    = "muc#roomconfig_roomadmins"
	fieldOwners    = "muc#roomconfig_roomowners"
)

func maxUsersOptions() (out []dataform.Option) {
	for _, n := range []string{"10", "20", "50", "100", "200", "500", "1000"} {
		out = append(out, dataform.Option{Label: n, Value: n})
	}
	return append(out, dataform.Option{Label: "None", Value: "none"})
}

func textField(name, label string, limit int, at func(*RoomConfig) *string) field {
	return field{name: name, typ: dataform.TextSingle, label: label,
		get: func(_ *Service, c *RoomConfig) []string { return []string{*at(c)} },
		set: func(_ *Service, c *RoomConfig, v []string) error {
			*at(c) = strings.Clone(strings.Join(v, "\n"))
			if len(*at(c)) > limit {
				return notAcceptable(name, "no longer than "+strconv.Itoa(limit)+" bytes")
			}
			return nil
		}}
}

func boolField(name, label string, at func(*RoomConfig) *bool, also ...string) field {
	return field{name: name, typ: dataform.Boolean, label: label, also: also,
		get: func(_ *Service, c *RoomConfig) []string { return []string{dataform.BoolValue(*at(c))} },
		set: func(_ *Service, c *RoomConfig, v []string) (err error) {
			*at(c), err = boolean(name, v)
			return err
		}}
}

func rolesField(name, label string, at func(*RoomConfig) *RoleSet) field {
	return field{name: name, typ: dataform.ListMulti, label: label,
		options: []dataform.Option{{Label: "Moderators", Value: "moderator"}, {Label: "Participants", Value: "participant"}, {Label: "Visitors", Value: "visitor"}},
		get:     func(_ *Service, c *RoomConfig) []string { return at(c).names() },
		set: func(_ *Service, c *RoomConfig, v []string) error {
			s, ok := parseRoleSet(v)
			if !ok {
				return notAcceptable(name, "moderator, participant or visitor")
			}
			*at(c) = s
			return nil
		}}
}

func first(v []string) string {
	if len(v) == 0 {
		return ""
	}
	return v[0]
}

func boolean(name string, v []string) (bool, error) {
	switch first(v) {
	case "1", "true":
		return true, nil
	case "0", "false", "": // Compat: clients that submit an unchecked box without a value
		return false, nil
	}
	return false, xmppd.Errorf("bad-request", "%s is 1 or 0", name)
}

func number(name string, v []string, from, to int) (int, error) {
	n, err := strconv.Atoi(first(v))
	if err != nil || n < from || n > to {
		return 0, notAcceptable(name, "a number from "+strconv.Itoa(from)+" to "+strconv.Itoa(to))
	}
	return n, nil
}

func notAcceptable(name, what string) error {
	return xmppd.Errorf("not-acceptable", "%s: %s is expected", name, what)
}

// maxShown is how many admins or owners the form lists; longer lists are managed by muc#admin alone.
const maxShown = 200

// form is the configuration form with the current values (XEP-0045#roomconfig).
func (r *Room) form() *dataform.Form {
	f := dataform.New("form", NSConfig)
	f.Title = "Configuration of " + r.title()
	f.Instructions = "Submit this form to change the configuration of the room."
	for _, x := range fields {
		f.Add(dataform.Field{Var: x.name, Type: x.typ, Label: x.label, Values: x.get(r.svc, &r.cfg), Options: x.options})
	}
	f.Add(dataform.Field{Var: fieldProtected, Type: dataform.Boolean, Label: "A password is needed to enter", Values: []string{dataform.BoolValue(r.cfg.Password != "")}})
	secret := dataform.Field{Var: fieldSecret, Type: dataform.TextPrivate, Label: "Password"}
	if r.cfg.Password != "" {
		secret.Values = []string{r.cfg.Password}
	}
	f.Add(secret)
	for _, x := range []struct {
		name, label string
		a           Affiliation
	}{{fieldAdmins, "Admins", Admin}, {fieldOwners, "Owners", Owner}} {
		if list := r.withAffiliation(x.a); len(list) <= maxShown {
			f.Add(dataform.Field{Var: x.name, Type: dataform.JIDMulti, Label: x.label, Values: list})
		}
	}
	for _, x := range r.svc.extensions {
		for _, y := range x.Fields(r.jid) {
			f.Add(y)
		}
	}
	return f
}

func (r *Room) withAffiliation(a Affiliation) (out []string) {
	for who, e := range r.affs {
		if e.affiliation == a {
			out = append(out, who.String())
		}
	}
	slices.Sort(out)
	return out
}
