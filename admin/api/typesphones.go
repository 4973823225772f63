package api

import (
	"time"

	"plenum/xmppd/jid"
)

// Device is a device of somebody, or of nobody.
type Device struct {
	ID           string     `json:"id"`
	Name         string     `json:"name"`
	Kind         string     `json:"kind" enum:"phone,softphone,mobile,fax"`
	Owner        string     `json:"owner" doc:"Address of the user who has it; empty for nobody."`
	OwnerName    string     `json:"ownerName"`
	Location     string     `json:"location" doc:"ID of the location that it belongs to; empty for none."`
	LocationName string     `json:"locationName"`
	BySwitch     bool       `json:"bySwitch" doc:"It comes and goes with a switch in the user's form: name and owner stay."`
	SIPUser      string     `json:"sipUser" doc:"By which it registers; empty for what does not speak SIP, or has had no secret yet."`
	SecretSince  *time.Time `json:"secretSince,omitempty" doc:"Missing: it has no secret and cannot register."`
	Encryption   string     `json:"encryption" enum:",required" doc:"Empty leaves it to the device."`
	Changed      time.Time  `json:"changed"`
	ChangedBy    string     `json:"changedBy"`
	Revision     int64      `json:"revision"`
}

// DevicePage is a part of the list of devices.
type DevicePage struct {
	Items []Device `json:"items"`
	Total int      `json:"total"`
}

// DeviceData is what can be set of a device that is made by hand. Of one that a switch has made only the encryption is taken.
type DeviceData struct {
	Name       string `json:"name"`
	Owner      string `json:"owner" doc:"Address of the user who has it; empty for nobody."`
	Encryption string `json:"encryption" enum:",required"`
}

// NewDevice makes a device.
type NewDevice struct {
	Kind string `json:"kind" enum:"phone,softphone"`
	DeviceData
}

// DeviceChange replaces the data of a device.
type DeviceChange struct {
	Revision int64 `json:"revision" doc:"The one that was read: when it is not the device's any more, somebody else has changed it."`
	DeviceData
}

// DeviceSecret is what a device registers with. The secret is told this once.
type DeviceSecret struct {
	Secret     string         `json:"secret"`
	User       string         `json:"user"`
	Realm      string         `json:"realm"`
	Server     string         `json:"server" doc:"The host to register at."`
	Transports []SIPTransport `json:"transports" doc:"Where the server listens, the best one first."`
	Name       string         `json:"name" doc:"Of who has the device."`
	Device     Device         `json:"device"`
}

// SIPTransport is a way to the server.
type SIPTransport struct {
	Transport string `json:"transport" enum:"tls,tcp,udp,wss"`
	Port      int    `json:"port"`
}

// UserDevices are the devices of a user, and those that he could get.
type UserDevices struct {
	Assigned  []Device `json:"assigned"`
	Available []Device `json:"available" doc:"Those that nobody has."`
}

// UserDevicesChange gives devices to a user and takes others from him, all or none.
type UserDevicesChange struct {
	Assign   []string `json:"assign" doc:"IDs of devices that nobody has."`
	Unassign []string `json:"unassign"`
}

type devicesRequest struct {
	Text  string `query:"q" doc:"Part of the name, of the owner's name or of the SIP user."`
	Kind  string `query:"kind" enum:",phone,softphone,mobile,fax"`
	Owner string `query:"owner" enum:",somebody,nobody"`
	page
}

type deviceRequest struct {
	ID string `path:"id"`
}

type newDeviceRequest struct{ Body NewDevice }

type deviceChangeRequest struct {
	deviceRequest
	Body DeviceChange
}

type userDevicesRequest struct {
	userRequest
	Body UserDevicesChange
}

func ownerOf(text string) (jid.JID, error) {
	if text == "" {
		return jid.JID{}, nil
	}
	owner, err := jid.Parse(text)
	if err != nil {
		return owner, invalid([]FieldError{{Field: "owner", Code: codeFormat, Text: "this is no address"}})
	}
	return owner, nil
}
