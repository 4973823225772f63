package api

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"plenum/components/audit"
	"plenum/components/directory"
	"plenum/xmppd/jid"
)

func (a *API) locations(_ context.Context, req locationsRequest) (LocationPage, error) {
	words := strings.Fields(strings.ToLower(req.Text))
	page := LocationPage{Items: []Location{}}
	for _, o := range a.Directory.Objects.List(directory.Locations) {
		l := a.locationOf(o)
		if !containsAll(strings.ToLower(l.Name+"\n"+l.UserName), words) {
			continue
		}
		if page.Total >= req.Offset && len(page.Items) < req.Limit {
			page.Items = append(page.Items, l)
		}
		page.Total++
	}
	return page, nil
}

// locationOf is a location as the API shows it.
func (a *API) locationOf(o directory.Object) Location {
	l := Location{ID: o.ID, Name: o.Name, Devices: len(a.Directory.Objects.DevicesAt(o.ID)), Changed: o.Changed, ChangedBy: o.ChangedBy.String(), Revision: o.Revision}
	if seat, ok := a.Directory.Seats.Who(o.ID); ok {
		l.User, l.UserName, l.Since = seat.User.String(), a.Directory.Accounts.Name(seat.User), &seat.Since
	}
	return l
}

func (a *API) location(_ context.Context, req locationRequest) (Location, error) {
	o, err := a.Directory.Objects.Get(directory.Locations, req.ID)
	if err != nil {
		return Location{}, err
	}
	return a.locationOf(o), nil
}

func (a *API) createLocation(ctx context.Context, req newLocationRequest) (created[Location], error) {
	o, err := a.Directory.Objects.Create(ctx, me(ctx).JID, directory.Locations, directory.ObjectInput{Name: req.Body.Name})
	if err != nil {
		return created[Location]{}, err
	}
	note(ctx, locationEntry("location.create", o, []audit.Change{{Field: "name", After: o.Name}}))
	return created[Location]{a.locationOf(o), "/locations/" + url.PathEscape(o.ID)}, nil
}

func (a *API) changeLocation(ctx context.Context, req locationChangeRequest) (Location, error) {
	before, err := a.Directory.Objects.Get(directory.Locations, req.ID)
	if err != nil {
		return Location{}, err
	}
	o, err := a.Directory.Objects.Update(ctx, me(ctx).JID, directory.Locations, req.ID, req.Body.Revision, directory.ObjectInput{Name: req.Body.Name})
	if err != nil {
		return Location{}, err
	}
	var d diff
	d.text("name", before.Name, o.Name)
	note(ctx, locationEntry("location.change", o, d))
	return a.locationOf(o), nil
}

func (a *API) deleteLocation(ctx context.Context, req locationRequest) (none, error) {
	o, err := a.Directory.Objects.Get(directory.Locations, req.ID)
	if err != nil {
		return none{}, err
	}
	if err := a.Directory.Objects.Delete(ctx, me(ctx).JID, directory.Locations, req.ID); err != nil {
		return none{}, err
	}
	note(ctx, locationEntry("location.delete", o, nil))
	return none{}, nil
}

func (a *API) locationDevices(_ context.Context, req locationRequest) (LocationDevices, error) {
	if _, err := a.Directory.Objects.Get(directory.Locations, req.ID); err != nil {
		return LocationDevices{}, err
	}
	l := LocationDevices{Assigned: []Device{}, Available: a.freeDevices()}
	for _, o := range a.Directory.Objects.DevicesAt(req.ID) {
		l.Assigned = append(l.Assigned, a.deviceOf(o))
	}
	return l, nil
}

// freeDevices are those that nobody has, and no location.
func (a *API) freeDevices() []Device {
	free := []Device{}
	for _, o := range a.Directory.Objects.List(directory.Devices) {
		if o.Owner.IsZero() && o.Location == "" {
			free = append(free, a.deviceOf(o))
		}
	}
	return free
}

func (a *API) setLocationDevices(ctx context.Context, req locationDevicesRequest) (LocationDevices, error) {
	o, err := a.Directory.Objects.Get(directory.Locations, req.ID)
	if err != nil {
		return LocationDevices{}, err
	}
	moved := audit.Change{Field: "device", Before: a.deviceNames(req.Body.Unassign), After: a.deviceNames(req.Body.Assign)}
	if err := a.Directory.Objects.AssignDevicesAt(ctx, me(ctx).JID, req.ID, req.Body.Assign, req.Body.Unassign); err != nil {
		return LocationDevices{}, err
	}
	note(ctx, locationEntry("location.devices", o, []audit.Change{moved}))
	return a.locationDevices(ctx, req.locationRequest)
}

// deviceNames are those of some devices, for the log.
func (a *API) deviceNames(ids []string) string {
	list := make([]string, 0, len(ids))
	for _, id := range ids {
		if o, err := a.Directory.Objects.Get(directory.Devices, id); err == nil {
			list = append(list, o.Name)
		}
	}
	return someOf(list)
}

// vacate logs out who sits at a location.
func (a *API) vacate(ctx context.Context, req locationRequest) (none, error) {
	if _, err := a.Directory.Objects.Get(directory.Locations, req.ID); err != nil {
		return none{}, err
	}
	seat, ok := a.Directory.Seats.Who(req.ID)
	if !ok {
		return none{}, nil
	}
	return none{}, a.moveUser(ctx, seat.User, "")
}

func (a *API) userLocation(ctx context.Context, req userRequest) (UserLocation, error) {
	if _, err := a.Directory.Accounts.Get(ctx, req.JID); err != nil {
		return UserLocation{}, err
	}
	u := UserLocation{Recent: []Place{}, Open: []Place{}}
	for _, o := range a.Directory.Seats.Open(req.JID) {
		p := Place{ID: o.ID, Name: o.Name}
		if seat, ok := a.Directory.Seats.Who(o.ID); ok {
			p.User = seat.User.String()
		}
		u.Open = append(u.Open, p)
	}
	for _, id := range a.Directory.Seats.Recent(req.JID) {
		if i := slices.IndexFunc(u.Open, func(p Place) bool { return p.ID == id }); i >= 0 {
			u.Recent = append(u.Recent, u.Open[i])
		}
	}
	if seat, ok := a.Directory.Seats.At(req.JID); ok {
		u.Location, u.Since = seat.Location, &seat.Since
	}
	return u, nil
}

func (a *API) setUserLocation(ctx context.Context, req userLocationRequest) (UserLocation, error) {
	if err := a.moveUser(ctx, req.JID, req.Body.Location); err != nil {
		return UserLocation{}, err
	}
	return a.userLocation(ctx, req.userRequest)
}

func (a *API) ownLocation(ctx context.Context, _ noRequest) (UserLocation, error) {
	return a.userLocation(ctx, userRequest{me(ctx).JID})
}

func (a *API) setOwnLocation(ctx context.Context, req ownLocationRequest) (UserLocation, error) {
	return a.setUserLocation(ctx, userLocationRequest{userRequest{me(ctx).JID}, req.Body})
}

// moveUser logs a user in at a location, or out.
func (a *API) moveUser(ctx context.Context, user jid.JID, location string) error {
	u, err := a.Directory.Accounts.Get(ctx, user)
	if err != nil {
		return err
	}
	name := func(id string) string {
		o, err := a.Directory.Objects.Get(directory.Locations, id)
		if err != nil {
			return ""
		}
		return o.Name
	}
	var d diff
	before, _ := a.Directory.Seats.At(user)
	if location == "" {
		err = a.Directory.Seats.LogOut(ctx, me(ctx).JID, user)
	} else {
		_, err = a.Directory.Seats.LogIn(ctx, me(ctx).JID, user, location)
	}
	if err != nil {
		return err
	}
	d.text("location", name(before.Location), name(location))
	note(ctx, userEntry("user.location", u, d))
	return nil
}

func locationEntry(action string, o directory.Object, changes []audit.Change) audit.Entry {
	return audit.Entry{Action: action, Kind: "location", Object: o.ID, Name: o.Name, Changes: changes}
}
