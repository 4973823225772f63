package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"plenum/components/conference"
	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// demoUsers are the people of the demonstration.
var demoUsers = []struct {
	login, name, extension string
	role                   directory.Role
	permissions            []string // among demoPermissions, by name
}{
	{"romeo", "Romeo Montague", "100", directory.SystemAdministrator, []string{"Montague"}},
	{"juliet", "Juliet Capulet", "101", directory.NoRole, []string{"Capulet"}},
	{"mercutio", "Mercutio", "102", directory.PBXManager, []string{"Montague"}},
	{"nurse", "The Nurse", "103", directory.NoRole, []string{"Capulet"}},
	{"benvolio", "Benvolio Montague", "104", directory.NoRole, []string{"Montague"}},
	{"rosaline", "Rosaline Capulet", "105", directory.NoRole, []string{"Capulet"}},
	{"laurence", "Friar Laurence", "106", directory.GrafanaViewer, []string{"Messengers"}},
	{"john", "Friar John", "107", directory.NoRole, []string{"Messengers"}},
}

// demoPermissions are what they may, beside what the permission "All" gives to everybody.
var demoPermissions = []directory.PermissionInput{
	{Name: "Montague", Description: "See each other as a group, and pick up each other's calls", Types: []directory.PermissionType{directory.XMPPGroup, directory.PickupGroup}},
	{Name: "Capulet", Description: "See each other as a group, and pick up each other's calls", Types: []directory.PermissionType{directory.XMPPGroup, directory.PickupGroup}},
	{Name: "Messengers", Description: "Reach people who have forwarded their calls", Types: []directory.PermissionType{directory.RedirectChoice}},
	{Name: "Own profiles", Types: []directory.PermissionType{directory.ProfilePersonal}, Auto: directory.Auto{Users: true}},
}

// The rooms of the demonstration: one that everybody may enter, and a group whose guests come with a link.
const (
	demoRoom  = "garden"
	demoGroup = "verona"
)

// demoPhones is how many of the users, from the first on, have a desk phone.
const demoPhones = 3

// demoFile holds the passwords and the secrets of phones of the demonstration in the data folder, so that each start can print them.
const demoFile = "demo-logins.txt"

// A demonstration is a small organisation for trying out.
type demonstration struct {
	*parts
	path  string            // of the passwords
	known map[string]string // by address; those of phones by SIP URI
	out   strings.Builder
}

// demonstrate makes the organisation in an empty database and returns the text that says how to log in. What somebody has changed since stays.
func demonstrate(ctx context.Context, p *parts) (string, error) {
	d := &demonstration{parts: p, path: filepath.Join(p.cfg.Data, demoFile)}
	var err error
	if d.known, err = readLogins(d.path); err != nil {
		return "", err
	}
	fmt.Fprintf(&d.out, "Demonstration users (passwords are kept in %s):\n", d.path)
	isNew := false
	for i := range demoUsers {
		made, err := d.user(ctx, i)
		if err != nil {
			return "", err
		}
		isNew = isNew || made
	}
	if isNew {
		if err := d.organise(ctx); err != nil {
			return "", err
		}
	}
	if err := d.phones(ctx); err != nil {
		return "", err
	}
	if err := d.meet(ctx, isNew); err != nil {
		return "", err
	}
	return d.out.String(), nil
}

// user makes one of the users unless he is there. His password is noted first, so that it is known whatever happens.
func (d *demonstration) user(ctx context.Context, i int) (made bool, err error) {
	u := &demoUsers[i]
	address, err := d.address(i)
	if err != nil {
		return false, err
	}
	password := d.known[address.String()]
	if password == "" {
		if password, err = newPassword(); err != nil {
			return false, err
		}
		if err := appendLogin(d.path, address.String(), password); err != nil {
			return false, err
		}
	}
	fmt.Fprintf(&d.out, "  %-24s %s\n", address, password)
	if _, err := d.accounts.Get(ctx, address); !fault.Is(err, fault.NotFound) {
		return false, err
	}
	_, err = d.accounts.CreateUser(ctx, jid.JID{}, directory.UserInput{
		Login: u.login, DisplayName: u.name, Role: u.role, Password: password, Extension: u.extension, Language: "en", CallWaiting: true,
		Voicemail: directory.VoicemailAll, Softphone: true})
	return true, err
}

func (d *demonstration) address(i int) (jid.JID, error) {
	return jid.New(demoUsers[i].login, d.cfg.XMPP.Domains[0], "")
}

// organise makes permissions, a team and a location. Each name exists once, so that a start that was cut off is gone on with.
func (d *demonstration) organise(ctx context.Context) error {
	operator := jid.JID{}
	for _, in := range demoPermissions {
		p, err := d.org.Permissions.Create(ctx, operator, in)
		if fault.Is(err, fault.Invalid) { // it is there
			continue
		}
		if err != nil {
			return err
		}
		var members []string
		for i := range demoUsers {
			address, err := d.address(i)
			if err != nil {
				return err
			}
			if slices.Contains(demoUsers[i].permissions, in.Name) {
				members = append(members, address.String())
			}
		}
		if len(members) == 0 {
			continue
		}
		if err := d.org.Permissions.Assign(ctx, operator, p.ID, directory.Users, members, nil); err != nil {
			return err
		}
	}
	if len(d.org.Objects.List(directory.Teams)) > 0 {
		return nil
	}
	_, err := d.org.Objects.Create(ctx, operator, directory.Teams, directory.ObjectInput{Name: "Watchmen of Verona", Extension: "500"})
	if err == nil {
		_, err = d.org.Objects.Create(ctx, operator, directory.Locations, directory.ObjectInput{Name: "Market place"})
	}
	return err
}

// phones gives some users a desk phone, and prints by what it registers as long as that holds.
func (d *demonstration) phones(ctx context.Context) error {
	d.out.WriteString("Demonstration phones (SIP user, secret, whose, and by which number it rings):\n")
	for i := range demoPhones {
		owner, err := d.address(i)
		if err != nil {
			return err
		}
		prefix := "sip:" + demoUsers[i].extension + "-"
		uris := slices.DeleteFunc(slices.Collect(maps.Keys(d.known)), func(key string) bool { return !strings.HasPrefix(key, prefix) })
		if len(uris) == 0 {
			uri, err := d.phone(ctx, owner, demoUsers[i].name)
			if err != nil {
				return err
			}
			uris = append(uris, uri)
		}
		for _, uri := range uris {
			user := strings.TrimSuffix(strings.TrimPrefix(uri, "sip:"), "@"+owner.Domain())
			device, ok := d.org.Objects.SIPDevice(user)
			if ok && device.Keys == directory.NewHA1(user, d.org.SIPRealm(), d.known[uri]) {
				fmt.Fprintf(&d.out, "  %-24s %s  %s, %s\n", uri, d.known[uri], owner, demoUsers[i].extension)
			}
		}
	}
	return nil
}

// phone makes a desk phone with a secret, and notes that. One that was left without when a start was cut off is taken.
func (d *demonstration) phone(ctx context.Context, owner jid.JID, name string) (uri string, err error) {
	name = "Desk phone of " + name
	devices := d.org.Objects.DevicesOf(owner)
	i := slices.IndexFunc(devices, func(o directory.Object) bool { return o.Name == name })
	var device directory.Object
	if i >= 0 {
		device = devices[i]
	} else {
		device, err = d.org.Objects.CreateDevice(ctx, jid.JID{}, directory.DeviceInput{Device: directory.PhoneDevice, Name: name, Owner: owner})
		if err != nil {
			return "", err
		}
	}
	secret, err := d.org.Objects.NewSecret(ctx, jid.JID{}, device.ID)
	if err != nil {
		return "", err
	}
	uri = "sip:" + device.SIPUser + "@" + owner.Domain()
	d.known[uri] = secret
	return uri, appendLogin(d.path, uri, secret)
}

// meet makes the room, and the group with its guests.
func (d *demonstration) meet(ctx context.Context, isNew bool) error {
	owner, err := d.address(0)
	if err != nil {
		return err
	}
	room, err := jid.New(demoRoom, d.rooms.Domain().String(), "")
	if err != nil {
		return err
	}
	shape := d.rooms.NewConfig()
	shape.Name, shape.Description = "Garden", "Where everybody meets"
	if err := d.rooms.Create(ctx, room, shape, owner); err != nil && !fault.Is(err, fault.Conflict) {
		return err
	}
	fmt.Fprintf(&d.out, "Demonstration room: %s\n", room)
	return d.group(ctx, owner, isNew)
}

func (d *demonstration) group(ctx context.Context, owner jid.JID, isNew bool) error {
	room, err := jid.New(demoGroup, d.rooms.Domain().String(), "")
	if err != nil {
		return err
	}
	if isNew {
		if err := d.makeGroup(ctx, room, owner); err != nil {
			return err
		}
	}
	if _, err := d.groups.Get(ctx, room); err == nil {
		fmt.Fprintf(&d.out, "Demonstration group: %s\n", room)
	} else if !fault.Is(err, fault.NotFound) {
		return err
	}
	if guests := d.groups.Guests(room); guests.Allowed {
		fmt.Fprintf(&d.out, "Link for guests: %s\n", guests.Link)
	}
	fmt.Fprintf(&d.out, "App in the browser: %s/app/, for all of them\n", d.cfg.publicURL())
	fmt.Fprintf(&d.out, "Console: %s/admin/, for %s\n", d.cfg.publicURL(), owner.Local())
	return nil
}

func (d *demonstration) makeGroup(ctx context.Context, room, owner jid.JID) error {
	var members []jid.JID
	for i := range demoUsers[1:] {
		address, err := d.address(i + 1)
		if err != nil {
			return err
		}
		members = append(members, address)
	}
	_, err := d.groups.Create(ctx, conference.New{
		Name: "Verona", Description: "Members and their guests", Local: room.Local(), Owners: []jid.JID{owner}, Members: members})
	if err != nil && !fault.Is(err, fault.Conflict) {
		return err
	}
	_, err = d.groups.SetGuests(ctx, owner, room, true)
	return err
}

func readLogins(path string) (map[string]string, error) {
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	logins := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 2 {
			logins[fields[0]] = fields[1]
		}
	}
	return logins, nil
}

func appendLogin(path, address, password string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%s %s\n", address, password)
	return errors.Join(err, f.Close())
}
