package api

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"plenum/components/audit"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// GroupTotals are numbers over all groups.
type GroupTotals struct {
	Rooms      int
	Public     int // that allow guests
	GuestLimit int // guests at the same time

	Conferences Meetings
}

// GroupQuery chooses groups.
type GroupQuery struct {
	Text          string
	Public        *bool // nil: both
	Offset, Limit int
}

// GroupInfo is what is known of a group.
type GroupInfo struct {
	Room              jid.JID
	Name, Description string
	Number            string // from telephones inside; "" when there are none
	Members           int
	MembersOnly       bool
	Occupants, Guests int // now
	Conference        GroupConference
	Access            *Access
}

// Access is how guests enter a group that allows them.
type Access struct {
	URL, Number, PIN string
	Since            time.Time
	By               jid.JID
	Limit            int
}

// GroupForm is what is set of a group.
type GroupForm struct{ Name, Description string }

// Groups are the lasting rooms, with their guests. Changes are made in the name of who is given as by; errors have a fault.Kind.
type Groups interface {
	Domain() string
	GuestDomain() string
	Totals(ctx context.Context) (GroupTotals, error)
	Find(ctx context.Context, q GroupQuery) (list []GroupInfo, total int, err error)
	// Get tells about a group and who is in it.
	Get(ctx context.Context, room jid.JID) (GroupInfo, []Occupant, error)
	// Create makes a group; an empty local part is made of the name.
	Create(ctx context.Context, by jid.JID, local string, form GroupForm, owners, members []jid.JID) (jid.JID, error)
	// Change replaces name and description, if they are still what was; else it returns a fault.Conflict.
	Change(ctx context.Context, by, room jid.JID, was, is GroupForm) error
	Delete(ctx context.Context, by, room jid.JID) error
	// Members are owners, admins and members.
	Members(ctx context.Context, room jid.JID) ([]GroupAffiliation, error)
	// SetMembers changes members, all or none; the affiliation none removes.
	SetMembers(ctx context.Context, by, room jid.JID, changes []GroupAffiliation) error
	AllowGuests(ctx context.Context, by, room jid.JID, allowed bool) error
	Invitation(ctx context.Context, room jid.JID, language string) (string, error)
	RemoveGuest(ctx context.Context, by, room jid.JID, nick string) error
	// Door is where a link leads: fault.NotFound for an unknown or old one, fault.Limit for an address that has tried too many.
	Door(ctx context.Context, token string, from netip.Addr) (Door, error)
}

// Door is what may be known of a group to who has its link.
type Door struct {
	Room jid.JID
	Name string
	Full bool // all places for guests are taken
	Live bool // a conference is under way

	Number, PIN string // to take part by telephone; "" when there is no number
}

func (a *API) groups(ctx context.Context, req groupsRequest) (GroupPage, error) {
	q := GroupQuery{Text: req.Text, Offset: req.Offset, Limit: req.Limit}
	if public, err := strconv.ParseBool(req.Public); err == nil {
		q.Public = &public
	}
	found, total, err := a.Groups.Find(ctx, q)
	if err != nil {
		return GroupPage{}, err
	}
	page := GroupPage{Items: make([]GroupRow, 0, len(found)), Total: total}
	for _, g := range found {
		page.Items = append(page.Items, rowOf(g))
	}
	return page, nil
}

func rowOf(g GroupInfo) GroupRow {
	return GroupRow{Room: g.Room, Name: g.Name, Members: g.Members, MembersOnly: g.MembersOnly, Public: g.Access != nil, Occupants: g.Occupants, Guests: g.Guests,
		Number: g.Number, Conference: g.Conference}
}

func (a *API) group(ctx context.Context, req groupRequest) (Group, error) {
	g, present, err := a.Groups.Get(ctx, req.Room)
	if err != nil {
		return Group{}, err
	}
	if present == nil {
		present = []Occupant{}
	}
	return Group{GroupRow: rowOf(g), Description: g.Description, Access: accessOf(g.Access), Present: present}, nil
}

func accessOf(x *Access) GuestAccess {
	if x == nil {
		return GuestAccess{}
	}
	return GuestAccess{Allowed: true, URL: x.URL, Number: x.Number, PIN: x.PIN, Since: &x.Since, By: x.By.String(), Limit: x.Limit}
}

func (a *API) createGroup(ctx context.Context, req newGroupRequest) (created[Group], error) {
	b := req.Body
	bad := a.strangers(ctx, "owners", b.Owners)
	bad = append(bad, a.strangers(ctx, "members", b.Members)...)
	if len(b.Owners) == 0 {
		bad = append(bad, FieldError{Field: "owners", Code: "missing", Text: "a group needs an owner"})
	}
	form := GroupForm{b.Name, b.Description}
	if bad = append(bad, form.check()...); len(bad) > 0 {
		return created[Group]{}, invalid(bad)
	}
	room, err := a.Groups.Create(ctx, me(ctx).JID, b.Local, form, b.Owners, b.Members)
	if fault.Is(err, fault.Conflict) {
		return created[Group]{}, invalid([]FieldError{{Field: "local", Code: "taken", Text: "there is a group with this address already"}})
	}
	if err != nil {
		return created[Group]{}, onField("local", err)
	}
	note(ctx, groupEntry("group.create", room, b.Name, groupChanges(GroupForm{}, form)))
	g, err := a.group(ctx, groupRequest{room})
	return created[Group]{g, "/groups/" + url.PathEscape(room.String())}, err
}

// Limits of a group's form, in characters.
const (
	maxGroupName        = 128
	maxGroupDescription = 1000
)

func (f *GroupForm) check() (bad []FieldError) {
	for _, text := range []struct {
		field, value string
		most         int
		needed       bool
	}{{"name", f.Name, maxGroupName, true}, {"description", f.Description, maxGroupDescription, false}} {
		bad = append(bad, checkText(text.field, text.value, text.most, text.needed)...)
	}
	return bad
}

// strangers are the addresses among these that are no users, as faults of a field.
func (a *API) strangers(ctx context.Context, field string, users []jid.JID) (bad []FieldError) {
	for i, user := range users {
		if exists, err := a.Directory.Accounts.Exists(ctx, user); err != nil || !exists {
			bad = append(bad, FieldError{Field: join(field, strconv.Itoa(i)), Code: "unknown", Text: "there is no user " + shorten(user.String())})
		}
	}
	return bad
}

func (a *API) changeGroup(ctx context.Context, req groupChangeRequest) (Group, error) {
	was, is := GroupForm(req.Body.Before), GroupForm{req.Body.Name, req.Body.Description}
	if bad := is.check(); len(bad) > 0 {
		return Group{}, invalid(bad)
	}
	err := a.Groups.Change(ctx, me(ctx).JID, req.Room, was, is)
	if fault.Is(err, fault.Conflict) {
		return Group{}, a.groupConflict(ctx, req.Room, was)
	}
	if err != nil {
		return Group{}, err
	}
	note(ctx, groupEntry("group.change", req.Room, is.Name, groupChanges(was, is)))
	return a.group(ctx, req.groupRequest)
}

// conflictEntries is in how many entries of the audit log the change is looked for that was faster.
const conflictEntries = 20

// groupConflict is the answer to who changes a group that is not what it was any more. Owners change groups from their clients too, of which the audit
// log knows nothing: only the entry that made a field what it is now names who was faster.
func (a *API) groupConflict(ctx context.Context, room jid.JID, was GroupForm) error {
	g, _, err := a.Groups.Get(ctx, room)
	if err != nil {
		return err
	}
	entries, err := a.Audit.List(ctx, audit.Query{Action: "group.change", Object: room.String(), Limit: conflictEntries})
	if err != nil {
		return err
	}
	p := &Problem{Status: http.StatusConflict, Code: "changed", Detail: "the group was changed meanwhile", Conflict: &Conflict{}}
	unexplained := map[string]string{}
	for _, c := range groupChanges(was, GroupForm{g.Name, g.Description}) {
		unexplained[c.Field] = audit.Shorten(c.After)
	}
	for _, e := range entries { // the newest first
		for _, c := range e.Changes {
			now, differs := unexplained[c.Field]
			if differs && now == c.After {
				p.Conflict = &Conflict{By: e.Actor, At: e.Time}
				return p
			}
			delete(unexplained, c.Field) // somebody else has changed it since
		}
	}
	return p
}

func (a *API) deleteGroup(ctx context.Context, req groupRequest) (none, error) {
	g, _, err := a.Groups.Get(ctx, req.Room)
	if err != nil {
		return none{}, err
	}
	if err := a.Groups.Delete(ctx, me(ctx).JID, req.Room); err != nil {
		return none{}, err
	}
	note(ctx, groupEntry("group.delete", req.Room, g.Name, nil))
	return none{}, nil
}

func groupEntry(action string, room jid.JID, name string, changes []audit.Change) audit.Entry {
	return audit.Entry{Action: action, Kind: "group", Object: room.String(), Name: name, Changes: changes}
}

func groupChanges(before, after GroupForm) []audit.Change {
	var d diff
	d.text("name", before.Name, after.Name)
	d.text("description", before.Description, after.Description)
	return d
}
