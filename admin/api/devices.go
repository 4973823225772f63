package api

import (
	"context"
	"net/url"
	"strings"

	"plenum/components/audit"
	"plenum/components/directory"
)

func (a *API) devices(_ context.Context, req devicesRequest) (DevicePage, error) {
	words := strings.Fields(strings.ToLower(req.Text))
	page := DevicePage{Items: []Device{}}
	for _, o := range a.Directory.Objects.List(directory.Devices) {
		if req.Kind != "" && o.Device != req.Kind || req.Owner != "" && (req.Owner == "nobody") != o.Owner.IsZero() {
			continue
		}
		d := a.deviceOf(o)
		if !containsAll(strings.ToLower(d.Name+"\n"+d.OwnerName+"\n"+d.LocationName+"\n"+d.SIPUser), words) {
			continue
		}
		if page.Total >= req.Offset && len(page.Items) < req.Limit {
			page.Items = append(page.Items, d)
		}
		page.Total++
	}
	return page, nil
}

// deviceOf is a device as the API shows it.
func (a *API) deviceOf(o directory.Object) Device {
	d := Device{
		ID: o.ID, Name: o.Name, Kind: o.Device, Owner: o.Owner.String(), OwnerName: a.Directory.Accounts.Name(o.Owner), BySwitch: o.BySwitch,
		SIPUser: o.SIPUser, Encryption: string(o.Encryption), Changed: o.Changed, ChangedBy: o.ChangedBy.String(), Revision: o.Revision}
	if o.Location != "" {
		if l, err := a.Directory.Objects.Get(directory.Locations, o.Location); err == nil {
			d.Location, d.LocationName = l.ID, l.Name
		}
	}
	if !o.SecretSince.IsZero() {
		d.SecretSince = &o.SecretSince
	}
	return d
}

func (a *API) device(_ context.Context, req deviceRequest) (Device, error) {
	o, err := a.Directory.Objects.Get(directory.Devices, req.ID)
	if err != nil {
		return Device{}, err
	}
	return a.deviceOf(o), nil
}

func (d *DeviceData) input(kind string) (directory.DeviceInput, error) {
	owner, err := ownerOf(d.Owner)
	return directory.DeviceInput{Device: kind, Name: d.Name, Owner: owner, Encryption: directory.Encryption(d.Encryption)}, err
}

func (a *API) createDevice(ctx context.Context, req newDeviceRequest) (created[Device], error) {
	in, err := req.Body.input(req.Body.Kind)
	if err != nil {
		return created[Device]{}, err
	}
	o, err := a.Directory.Objects.CreateDevice(ctx, me(ctx).JID, in)
	if err != nil {
		return created[Device]{}, err
	}
	note(ctx, deviceEntry("device.create", o, deviceChanges(directory.Object{}, o)))
	return created[Device]{a.deviceOf(o), "/devices/" + url.PathEscape(o.ID)}, nil
}

func (a *API) changeDevice(ctx context.Context, req deviceChangeRequest) (Device, error) {
	before, err := a.Directory.Objects.Get(directory.Devices, req.ID)
	if err != nil {
		return Device{}, err
	}
	in, err := req.Body.input(before.Device)
	if err != nil {
		return Device{}, err
	}
	if in.Owner.IsZero() { // who gives it to a user takes it from its location
		in.Location = before.Location
	}
	o, err := a.Directory.Objects.UpdateDevice(ctx, me(ctx).JID, req.ID, req.Body.Revision, in)
	if err != nil {
		return Device{}, err
	}
	note(ctx, deviceEntry("device.change", o, deviceChanges(before, o)))
	return a.deviceOf(o), nil
}

func (a *API) deleteDevice(ctx context.Context, req deviceRequest) (none, error) {
	o, err := a.Directory.Objects.Get(directory.Devices, req.ID)
	if err != nil {
		return none{}, err
	}
	if err := a.Directory.Objects.Delete(ctx, me(ctx).JID, directory.Devices, req.ID); err != nil {
		return none{}, err
	}
	note(ctx, deviceEntry("device.delete", o, nil))
	return none{}, nil
}

// newSecret answers with all that somebody types into a phone.
func (a *API) newSecret(ctx context.Context, req deviceRequest) (DeviceSecret, error) {
	secret, err := a.Directory.Objects.NewSecret(ctx, me(ctx).JID, req.ID)
	if err != nil {
		return DeviceSecret{}, err
	}
	o, err := a.Directory.Objects.Get(directory.Devices, req.ID)
	if err != nil {
		return DeviceSecret{}, err
	}
	note(ctx, deviceEntry("device.secret", o, []audit.Change{{Field: "secret"}}))
	s := DeviceSecret{Secret: secret, User: o.SIPUser, Realm: a.Directory.SIPRealm(), Server: a.SIP.Host, Transports: a.SIP.Transports,
		Name: a.Directory.Accounts.Name(o.Owner), Device: a.deviceOf(o)}
	if s.Transports == nil {
		s.Transports = []SIPTransport{}
	}
	return s, nil
}

func (a *API) userDevices(ctx context.Context, req userRequest) (UserDevices, error) {
	if _, err := a.Directory.Accounts.Get(ctx, req.JID); err != nil {
		return UserDevices{}, err
	}
	u := UserDevices{Assigned: []Device{}, Available: a.freeDevices()}
	for _, o := range a.Directory.Objects.DevicesOf(req.JID) {
		u.Assigned = append(u.Assigned, a.deviceOf(o))
	}
	return u, nil
}

func (a *API) setUserDevices(ctx context.Context, req userDevicesRequest) (UserDevices, error) {
	u, err := a.Directory.Accounts.Get(ctx, req.JID)
	if err != nil {
		return UserDevices{}, err
	}
	if err := a.Directory.Objects.AssignDevices(ctx, me(ctx).JID, req.JID, req.Body.Assign, req.Body.Unassign); err != nil {
		return UserDevices{}, err
	}
	note(ctx, userEntry("user.devices", u, []audit.Change{{Field: "device", Before: a.deviceNames(req.Body.Unassign), After: a.deviceNames(req.Body.Assign)}}))
	return a.userDevices(ctx, req.userRequest)
}

func deviceEntry(action string, o directory.Object, changes []audit.Change) audit.Entry {
	return audit.Entry{Action: action, Kind: "device", Object: o.ID, Name: o.Name, Changes: changes}
}

func deviceChanges(before, after directory.Object) []audit.Change {
	var d diff
	d.text("name", before.Name, after.Name)
	d.text("owner", before.Owner.String(), after.Owner.String())
	d.text("encryption", string(before.Encryption), string(after.Encryption))
	return d
}
