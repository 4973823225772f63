package profiles

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// actor is who changes when the devices of a user ring, as a profile wants: by one of his own he does it himself, and what is locked stays. What
// administrators have made may change everything.
func actor(user jid.JID, p *directory.Profile) jid.JID {
	if p.Owner.IsZero() {
		return jid.JID{}
	}
	return user
}

// atDevices changes when the devices of a user ring that the action means, his own of rows. What fails at one does not stop those after it.
func (e *Engine) atDevices(ctx context.Context, by, user jid.JID, a *directory.ProfileAction, rows []directory.FollowMeRow,
	change func(context.Context, jid.JID, string, string, func(directory.FollowMeInput) directory.FollowMeInput) (directory.FollowMeRow, error)) error {
	rows = slices.DeleteFunc(rows, func(row directory.FollowMeRow) bool { return !a.Means(&row) })
	switch {
	case len(rows) == 0 && a.Kind == directory.ActGSM:
		if !a.On {
			return errNothing
		}
		return fault.Newf(fault.NotFound, "%s has no mobile telephone", user)
	case len(rows) == 0:
		return fault.Newf(fault.NotFound, "%s has no such device", user)
	case a.Kind == directory.ActGSM && a.On && rows[0].Number == "":
		return fault.Newf(fault.Conflict, "the mobile telephone of %s has no number", user)
	}
	changed := false
	var failed []string
	for _, row := range rows {
		if a.Ring(row.FollowMeInput) == row.FollowMeInput {
			continue
		}
		_, err := change(ctx, by, user.String(), row.Device, a.Ring)
		text := why(err)
		switch {
		case err == nil:
			changed = true
		case text == "":
			return fmt.Errorf("device %s: %w", row.Device, err)
		case len(rows) == 1:
			return err
		default:
			failed = append(failed, cmp.Or(row.Name, "XMPP clients")+": "+text)
		}
	}
	if len(failed) > 0 {
		return fault.New(fault.Conflict, strings.Join(failed, "; "))
	}
	return nothing(nil, changed)
}

// ringing says what an action does to the devices of its user.
func ringing(a *directory.ProfileAction, about string) string {
	if a.Kind == directory.ActGSM {
		if a.On {
			return "Switch GSM mode on"
		}
		return "Switch GSM mode off"
	}
	devices := cmp.Or(about, map[string]string{
		"": "all devices", directory.PhoneDevice: "telephones", directory.SoftphoneDevice: "softphones", directory.MobileDevice: "the mobile telephone",
		directory.XMPPDevice: "XMPP clients",
	}[a.Device])
	var classes []string
	for _, class := range directory.RingClasses() {
		c := a.Change(class)
		name := string(class)
		if class == directory.RingQueue {
			name = "team"
		}
		switch {
		case c.To == directory.RingOn && c.Timeout > 0:
			classes = append(classes, fmt.Sprintf("%s %d/%d", name, c.Delay, c.Timeout))
		case c.To != directory.RingAsIs:
			classes = append(classes, name+" "+string(c.To))
		}
	}
	return fmt.Sprintf("Set FollowMe of %s (%s)", devices, strings.Join(classes, ", "))
}
