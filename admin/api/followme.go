package api

import (
	"cmp"
	"context"
	"fmt"

	"plenum/components/audit"
	"plenum/components/directory"
)

// RingTimer says whether a device rings for a class of calls, and when.
type RingTimer struct {
	Enabled bool `json:"enabled"`
	Delay   int  `json:"delay" doc:"Seconds before it begins to ring, 0 to 999."`
	Timeout int  `json:"timeout" doc:"Seconds that it rings then, 1 to 999; 999 is as long as others do: as the configuration says, or the team."`
}

// RingTimers are those of a device.
type RingTimers struct {
	UserConfigurable bool      `json:"userConfigurable" doc:"Who is rung may change it himself. Of what he saves himself this is not taken."`
	Internal         RingTimer `json:"internal" doc:"For calls of users here."`
	External         RingTimer `json:"external" doc:"For calls from outside."`
	Queue            RingTimer `json:"queue" doc:"For calls of teams in which the user is logged in; the timeout comes before that of the team."`
	GSM              *bool     `json:"gsm,omitempty" doc:"Of a user's mobile telephone: GSM mode, in which it alone rings, at once and for all calls. Missing in a change keeps it."`
}

// FollowMeDevice is when a device rings.
type FollowMeDevice struct {
	Device string `json:"device" doc:"Its ID; xmpp stands for all XMPP clients of the user."`
	Kind   string `json:"kind" enum:"phone,softphone,mobile,xmpp"`
	Name   string `json:"name" doc:"Empty for the XMPP clients."`
	Number string `json:"number" doc:"Of a mobile telephone; without one it does not ring."`
	At     string `json:"at" doc:"Name of the location that it belongs to, where the user is logged in; empty for his own."`
	Locked bool   `json:"locked" doc:"One may not change it oneself."`
	RingTimers
	Revision int64 `json:"revision" doc:"0 as long as nobody has changed anything."`
}

// FollowMe is when the devices of a user or of a location ring.
type FollowMe struct {
	Items []FollowMeDevice `json:"items"`
}

// FollowMeChange sets when a device rings.
type FollowMeChange struct {
	Revision int64 `json:"revision" doc:"The one that was read: when it is not the device's any more, somebody else has changed it."`
	RingTimers
}

type userFollowMeRequest struct {
	userRequest
	Device string `path:"device"`
	Body   FollowMeChange
}

type locationFollowMeRequest struct {
	locationRequest
	Device string `path:"device"`
	Body   FollowMeChange
}

type ownFollowMeRequest struct {
	Device string `path:"device"`
	Body   FollowMeChange
}

// input is the form of the directory; what is missing stays as it is before.
func (t *RingTimers) input(before directory.FollowMeInput) directory.FollowMeInput {
	in := directory.FollowMeInput{
		UserConfigurable: t.UserConfigurable, Internal: directory.Timer(t.Internal), External: directory.Timer(t.External), Queue: directory.Timer(t.Queue), GSM: before.GSM,
	}
	if t.GSM != nil {
		in.GSM = *t.GSM
	}
	return in
}

func followMeOf(row directory.FollowMeRow, at string) FollowMeDevice {
	d := FollowMeDevice{
		Device: row.Device, Kind: row.Kind, Name: row.Name, Number: row.Number, At: at, Locked: !row.UserConfigurable, Revision: row.Revision,
		RingTimers: RingTimers{UserConfigurable: row.UserConfigurable, Internal: RingTimer(row.Internal), External: RingTimer(row.External), Queue: RingTimer(row.Queue)},
	}
	if row.Kind == directory.MobileDevice && at == "" {
		d.GSM = &row.GSM
	}
	return d
}

func (a *API) followMeOf(holder, at string) FollowMe {
	f := FollowMe{Items: []FollowMeDevice{}}
	for _, row := range a.Directory.FollowMe.Of(holder) {
		f.Items = append(f.Items, followMeOf(row, at))
	}
	return f
}

func (a *API) userFollowMe(ctx context.Context, req userRequest) (FollowMe, error) {
	if _, err := a.Directory.Accounts.Get(ctx, req.JID); err != nil {
		return FollowMe{}, err
	}
	return a.followMeOf(req.JID.String(), ""), nil
}

func (a *API) locationFollowMe(_ context.Context, req locationRequest) (FollowMe, error) {
	if _, err := a.Directory.Objects.Get(directory.Locations, req.ID); err != nil {
		return FollowMe{}, err
	}
	return a.followMeOf(req.ID, ""), nil
}

// ownFollowMe has the devices of the location where one is logged in too.
func (a *API) ownFollowMe(ctx context.Context, _ noRequest) (FollowMe, error) {
	me := me(ctx).JID
	f := a.followMeOf(me.String(), "")
	if seat, ok := a.Directory.Seats.At(me); ok {
		place, err := a.Directory.Objects.Get(directory.Locations, seat.Location)
		if err != nil {
			return FollowMe{}, err
		}
		f.Items = append(f.Items, a.followMeOf(seat.Location, place.Name).Items...)
	}
	return f, nil
}

func (a *API) setUserFollowMe(ctx context.Context, req userFollowMeRequest) (FollowMeDevice, error) {
	u, err := a.Directory.Accounts.Get(ctx, req.JID)
	if err != nil {
		return FollowMeDevice{}, err
	}
	return a.setFollowMe(ctx, req.JID.String(), "", req.Device, req.Body, userEntry("user.followme", u, nil))
}

func (a *API) setLocationFollowMe(ctx context.Context, req locationFollowMeRequest) (FollowMeDevice, error) {
	o, err := a.Directory.Objects.Get(directory.Locations, req.ID)
	if err != nil {
		return FollowMeDevice{}, err
	}
	return a.setFollowMe(ctx, req.ID, "", req.Device, req.Body, locationEntry("location.followme", o, nil))
}

// setOwnFollowMe sets a device of one's own, or of the location where one is logged in.
func (a *API) setOwnFollowMe(ctx context.Context, req ownFollowMeRequest) (FollowMeDevice, error) {
	me := me(ctx).JID
	if seat, ok := a.Directory.Seats.At(me); ok {
		if _, err := a.Directory.FollowMe.Get(seat.Location, req.Device); err == nil {
			place, err := a.Directory.Objects.Get(directory.Locations, seat.Location)
			if err != nil {
				return FollowMeDevice{}, err
			}
			return a.setFollowMe(ctx, seat.Location, place.Name, req.Device, req.Body, locationEntry("location.followme", place, nil))
		}
	}
	return a.setUserFollowMe(ctx, userFollowMeRequest{userRequest{me}, req.Device, req.Body})
}

func (a *API) setFollowMe(ctx context.Context, holder, at, device string, in FollowMeChange, entry audit.Entry) (FollowMeDevice, error) {
	before, err := a.Directory.FollowMe.Get(holder, device)
	if err != nil {
		return FollowMeDevice{}, err
	}
	after, err := a.Directory.FollowMe.Set(ctx, me(ctx).JID, holder, device, in.Revision, in.input(before.FollowMeInput))
	if err != nil {
		return FollowMeDevice{}, err
	}
	var d diff
	for _, class := range directory.RingClasses() {
		d.text(string(class), timerText(before.FollowMeInput.Of(class)), timerText(after.FollowMeInput.Of(class)))
	}
	d.flag("userConfigurable", before.UserConfigurable, after.UserConfigurable)
	d.flag("gsm", before.GSM, after.GSM)
	if len(d) > 0 {
		d = append(diff{{Field: "device", After: cmp.Or(after.Name, after.Kind)}}, d...)
	}
	entry.Changes = d
	note(ctx, entry)
	return followMeOf(after, at), nil
}

// timerText is a timer as people write it: delay/timeout.
func timerText(t directory.Timer) string {
	if !t.Enabled {
		return "off"
	}
	return fmt.Sprintf("%d/%d", t.Delay, t.Timeout)
}
