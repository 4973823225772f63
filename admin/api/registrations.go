package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"plenum/components/audit"
	"plenum/components/directory"
	"plenum/xmppd/fault"
)

// A Binding is a telephone that is registered, by one way.
type Binding struct {
	ID        string // within its device
	Device    string
	Contact   string
	Transport string // udp, tcp, tls, ws, wss
	Address   string // IP address and port that it is reached at
	UserAgent string
	Since     time.Time
	Expires   time.Time
}

// Bindings are the telephones that are registered.
type Bindings interface {
	All() []Binding
	// Remove forgets one; false when it is gone already.
	Remove(device, id string) bool
}

// Registration is a telephone that is registered, by one way.
type Registration struct {
	ID         string    `json:"id" doc:"Within its device."`
	Device     string    `json:"device"`
	DeviceName string    `json:"deviceName"`
	Kind       string    `json:"kind" enum:"phone,softphone"`
	Owner      string    `json:"owner" doc:"Address of the user who has the device; empty for nobody."`
	OwnerName  string    `json:"ownerName"`
	SIPUser    string    `json:"sipUser"`
	Contact    string    `json:"contact"`
	Transport  string    `json:"transport" enum:"udp,tcp,tls,ws,wss"`
	Secure     bool      `json:"secure" doc:"The signalling is encrypted."`
	Address    string    `json:"address" doc:"IP address and port that it is reached at."`
	UserAgent  string    `json:"userAgent" doc:"What the telephone says that it is."`
	Since      time.Time `json:"since"`
	Expires    time.Time `json:"expires" doc:"When it ends unless it is renewed."`
}

// RegistrationPage is a part of the list of registrations.
type RegistrationPage struct {
	Items []Registration `json:"items"`
	Total int            `json:"total"`
}

type registrationsRequest struct {
	Text string `query:"q" doc:"Part of the device's name, the owner's, the SIP user, the telephone's kind or the address."`
	page
}

type registrationRequest struct {
	ID      string `path:"id" doc:"The device's."`
	Binding string `path:"binding"`
}

func (a *API) registrations(_ context.Context, req registrationsRequest) (RegistrationPage, error) {
	words := strings.Fields(strings.ToLower(req.Text))
	page := RegistrationPage{Items: []Registration{}}
	var list []Registration
	for _, b := range a.Bindings.All() {
		o, err := a.Directory.Objects.Get(directory.Devices, b.Device)
		if err != nil {
			continue // it was deleted at this moment
		}
		list = append(list, Registration{
			ID: b.ID, Device: o.ID, DeviceName: o.Name, Kind: o.Device, Owner: o.Owner.String(), OwnerName: a.Directory.Accounts.Name(o.Owner), SIPUser: o.SIPUser,
			Contact: b.Contact, Transport: b.Transport, Secure: b.Transport == "tls" || b.Transport == "wss", Address: b.Address, UserAgent: b.UserAgent,
			Since: b.Since, Expires: b.Expires})
	}
	slices.SortFunc(list, func(x, y Registration) int {
		return strings.Compare(strings.ToLower(x.DeviceName)+"\x00"+x.ID, strings.ToLower(y.DeviceName)+"\x00"+y.ID)
	})
	for _, r := range list {
		if !containsAll(strings.ToLower(strings.Join([]string{r.DeviceName, r.OwnerName, r.SIPUser, r.UserAgent, r.Address}, "\n")), words) {
			continue
		}
		if page.Total >= req.Offset && len(page.Items) < req.Limit {
			page.Items = append(page.Items, r)
		}
		page.Total++
	}
	return page, nil
}

// endRegistration forgets where a telephone is. It may register again.
func (a *API) endRegistration(ctx context.Context, req registrationRequest) (none, error) {
	o, err := a.Directory.Objects.Get(directory.Devices, req.ID)
	if err != nil {
		return none{}, err
	}
	if !a.Bindings.Remove(req.ID, req.Binding) {
		return none{}, fault.New(fault.NotFound, "the telephone is not registered so any more")
	}
	note(ctx, audit.Entry{Action: "device.unregister", Kind: "device", Object: o.ID, Name: o.Name})
	return none{}, nil
}
