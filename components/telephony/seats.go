package telephony

import (
	"context"
	"strings"

	"plenum/components/directory"
	"plenum/components/telephony/ivr"
	"plenum/components/telephony/prompts"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// Seats are the locations where users are logged in.
type Seats interface {
	LogIn(ctx context.Context, by, user jid.JID, location string) (expelled jid.JID, err error)
	LogOut(ctx context.Context, by, user jid.JID) error
}

// SeatCodes are the codes by which users log in at the location of a telephone (B7, A-124, A-125).
type SeatCodes struct {
	Speaker
	Seats  Seats
	People interface {
		AtExtension(extension string) (User, bool)
	}
	Place    func(device string) string // the location that a telephone belongs to; empty for none
	CheckPIN func(ctx context.Context, user jid.JID, pin string) (bool, error)
	Guard    *Gate // which counts wrong PINs
}

// Codes are
//
//	*44                    logs out who is logged in at the telephone's location
//	*44<extension>         logs the user of an extension in there, after his PIN
//	*44<extension>#<pin>   does so at once
//
// They are for a telephone that is nobody's too: that is what it is as long as nobody is logged in.
func (c SeatCodes) Codes() []Code {
	return []Code{{Prefix: "*44", Name: "Location", App: c.change, Anybody: true, Secret: true}}
}

func (c SeatCodes) change(rest string) App {
	extension, pin, hasPIN := strings.Cut(rest, "#")
	return c.app(func(ctx context.Context, t talk) []prompts.ID {
		place := c.Place(t.Device)
		switch {
		case place == "":
			return []prompts.ID{prompts.LocationNone}
		case rest == "":
			return c.logOut(ctx, t)
		case extension == "" || strings.ContainsAny(extension+pin, "*#+"):
			return []prompts.ID{prompts.CodeWrong}
		}
		return c.logIn(ctx, t, place, extension, pin, hasPIN)
	})
}

// logOut takes the user of the telephone, which is his because he is logged in there, from its location.
func (c SeatCodes) logOut(ctx context.Context, t talk) []prompts.ID {
	if t.Inside() {
		if err := c.Seats.LogOut(ctx, t.User, t.User); err != nil {
			return c.failed(t, t.User, err)
		}
	}
	return []prompts.ID{prompts.LocationOut}
}

// logIn asks for the PIN also when there is no such extension.
func (c SeatCodes) logIn(ctx context.Context, t talk, place, extension, pin string, hasPIN bool) []prompts.ID {
	if !hasPIN {
		var err error
		pin, err = t.Ask(ctx, ivr.Question{Say: t.clips([]prompts.ID{prompts.VoicemailEnterPIN}), Max: directory.MaxPIN, End: '#'})
		if err != nil {
			return nil
		}
	}
	u, ok := c.People.AtExtension(extension)
	if !ok {
		return []prompts.ID{prompts.VoicemailWrong}
	}
	if !c.Guard.try(u.JID) {
		c.Log.Warn("too many wrong PINs were entered to log in at locations", "user", u.JID, "device", t.Device)
		return []prompts.ID{prompts.TooManyTries}
	}
	switch right, err := c.CheckPIN(ctx, u.JID, pin); {
	case err != nil:
		return c.failed(t, u.JID, err)
	case !right:
		return []prompts.ID{prompts.VoicemailWrong}
	}
	c.Guard.right(u.JID)
	if _, err := c.Seats.LogIn(ctx, u.JID, u.JID, place); err != nil {
		return c.failed(t, u.JID, err)
	}
	return []prompts.ID{prompts.LocationIn}
}

func (c SeatCodes) failed(t talk, user jid.JID, err error) []prompts.ID {
	c.Log.Info("a user is not moved to a location, or out of one", "user", user, "device", t.Device, "err", err)
	if fault.Is(err, fault.Forbidden) {
		return []prompts.ID{prompts.LocationForbidden}
	}
	return []prompts.ID{prompts.ReasonFailed}
}
