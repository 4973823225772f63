package conference

import (
	"context"
	"strings"

	"plenum/xmppd"
	"plenum/xmppd/dataform"
	"plenum/xmppd/jid"
)

// NS is the namespace of what is ours in the form and the information about a room.
const NS = "urn:plenum:group:0"

// The fields of the configuration form, and that of muc#roominfo.
const (
	fieldAllow  = "{" + NS + "}allow_guests"
	fieldLink   = "{" + NS + "}guest_link"
	fieldNumber = "{" + NS + "}guest_number"
	fieldPIN    = "{" + NS + "}guest_pin"
	fieldNote   = "{" + NS + "}guest_note"
	fieldPublic = "{" + NS + "}guests"

	fieldInternal = "{" + NS + "}internal_number"
)

// formFields are what the owners of a room see of the access of guests.
func (c *Service) formFields(room jid.JID) []dataform.Field {
	a, err := c.Access.Get(room)
	shown := func(name, label, value string) dataform.Field {
		return dataform.Field{Var: name, Type: dataform.Fixed, Label: label, Values: []string{value}}
	}
	fields := []dataform.Field{
		{Var: fieldAllow, Type: dataform.Boolean, Label: "Allow guests", Values: []string{dataform.BoolValue(err == nil)}},
		shown(fieldNote, "About guests", "Who has the link can enter and chat. Guests cannot read messages that are encrypted with OMEMO. "+
			"When guests are no longer allowed they are put out, and link and PIN are worth nothing."),
	}
	if err != nil {
		return fields
	}
	fields = append(fields, shown(fieldLink, "Link for guests", c.Link(a.Token)))
	if n := c.number(); n != "" { // without it the PIN opens nothing
		fields = append(fields, shown(fieldNumber, "Number to dial in", n), shown(fieldPIN, "PIN", grouped(a.PIN)))
	}
	return fields
}

// readForm takes the switch.
func (c *Service) readForm(room, by jid.JID, f *dataform.Form) (func(context.Context) error, error) {
	allow, said, err := f.Bool(fieldAllow)
	switch {
	case err != nil:
		return nil, err
	case !said || allow == c.public(room):
		return nil, nil
	case !c.isAccount(by):
		return nil, xmppd.Errorf("forbidden", "only users of this server let guests in")
	}
	return func(ctx context.Context) error {
		_, err := c.SetGuests(ctx, by, room, allow)
		return err
	}, nil
}

// isAccount reports whether j is a user of this server, and no guest.
func (c *Service) isAccount(j jid.JID) bool {
	return j.Local() != "" && c.srv.IsHost(j.Domain()) && !c.srv.IsGuest(j)
}

// infoFields are what disco#info says about a room.
func (c *Service) infoFields(room jid.JID) []dataform.Field {
	fields := []dataform.Field{{Var: fieldPublic, Type: dataform.Boolean, Label: "Guests are let in", Values: []string{dataform.BoolValue(c.public(room))}}}
	if code := c.InternalNumber(room); code != "" {
		fields = append(fields, dataform.Field{Var: fieldInternal, Type: dataform.TextSingle, Label: "Number from telephones inside", Values: []string{code}})
	}
	return fields
}

// number is where to dial in, "" for nowhere.
func (c *Service) number() string {
	if c.Number == nil {
		return ""
	}
	return c.Number()
}

// grouped prints digits in groups of three.
func grouped(digits string) string {
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && i%3 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(d)
	}
	return b.String()
}
