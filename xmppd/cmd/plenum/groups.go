package main

import (
	"context"
	"net/netip"

	"plenum/admin/api"
	"plenum/components/conference"
	"plenum/components/muc"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// groups shows the console the lasting rooms and their guests.
type groups struct {
	conference  *conference.Service
	rooms       *muc.Service
	guestDomain string
}

// Domain implements api.Groups.
func (g groups) Domain() string { return g.rooms.Domain().String() }

// GuestDomain implements api.Groups.
func (g groups) GuestDomain() string { return g.guestDomain }

// Totals implements api.Groups.
func (g groups) Totals(ctx context.Context) (api.GroupTotals, error) {
	_, total, err := g.rooms.Find(ctx, muc.RoomQuery{})
	n := g.conference.Counts()
	return api.GroupTotals{Rooms: total, Public: n.Public, GuestLimit: n.Places, Conferences: api.Meetings(n.Conferences)}, err
}

// Find implements api.Groups.
func (g groups) Find(ctx context.Context, q api.GroupQuery) ([]api.GroupInfo, int, error) {
	page, err := g.conference.List(ctx, conference.Query{Text: q.Text, Public: q.Public, Offset: q.Offset, Limit: q.Limit})
	list := make([]api.GroupInfo, 0, len(page.Groups))
	for _, found := range page.Groups {
		list = append(list, g.info(found))
	}
	return list, page.Total, err
}

func (g groups) info(found conference.Group) api.GroupInfo {
	info := api.GroupInfo{Room: found.Room, Name: found.Name, Description: found.Description, Members: found.Members,
		MembersOnly: found.MembersOnly, Occupants: found.Occupants, Guests: found.Guests,
		Number: g.conference.InternalNumber(found.Room), Conference: api.GroupConference(g.conference.Conference(found.Room))}
	if guests := g.conference.Guests(found.Room); guests.Allowed {
		info.Access = &api.Access{URL: guests.Link, Since: guests.Access.Since, By: guests.Access.By, Limit: guests.Places}
		if guests.Number != "" {
			info.Access.Number, info.Access.PIN = guests.Number, guests.Access.PIN
		}
	}
	return info
}

// Get implements api.Groups.
func (g groups) Get(ctx context.Context, room jid.JID) (api.GroupInfo, []api.Occupant, error) {
	found, err := g.conference.Get(ctx, room)
	if err != nil {
		return api.GroupInfo{}, nil, err
	}
	present, err := g.conference.Occupants(ctx, room)
	if err != nil {
		return api.GroupInfo{}, nil, err
	}
	list := make([]api.Occupant, 0, len(present))
	for _, o := range present {
		occupant := api.Occupant{Nick: o.Nick, Role: o.Role.String(), Guest: o.Guest}
		if !o.Guest {
			occupant.User = &o.User
		}
		list = append(list, occupant)
	}
	return g.info(found), list, nil
}

// Create implements api.Groups.
func (g groups) Create(ctx context.Context, _ jid.JID, local string, form api.GroupForm, owners, members []jid.JID) (jid.JID, error) {
	made, err := g.conference.Create(ctx, conference.New{
		Name: form.Name, Description: form.Description, Local: local, Owners: owners, Members: members})
	return made.Room, err
}

// Change implements api.Groups.
func (g groups) Change(ctx context.Context, _, room jid.JID, was, is api.GroupForm) error {
	now, err := g.conference.Get(ctx, room)
	if err != nil {
		return err
	}
	if was.Name != now.Name || was.Description != now.Description {
		return fault.New(fault.Conflict, "the group was changed meanwhile")
	}
	_, err = g.conference.Update(ctx, room, now.Revision, is.Name, is.Description)
	return err
}

// Delete implements api.Groups.
func (g groups) Delete(ctx context.Context, _, room jid.JID) error {
	return g.conference.Delete(ctx, room)
}

// Members implements api.Groups.
func (g groups) Members(ctx context.Context, room jid.JID) ([]api.GroupAffiliation, error) {
	found, err := g.conference.Members(ctx, room)
	list := make([]api.GroupAffiliation, 0, len(found))
	for _, m := range found {
		list = append(list, api.GroupAffiliation{JID: m.JID, Affiliation: m.Affiliation.String()})
	}
	return list, err
}

// SetMembers implements api.Groups.
func (g groups) SetMembers(ctx context.Context, _, room jid.JID, changes []api.GroupAffiliation) error {
	list := make([]muc.Affiliated, 0, len(changes))
	for _, m := range changes {
		affiliation, ok := muc.ParseAffiliation(m.Affiliation)
		if !ok {
			return fault.Newf(fault.Invalid, "%.32q is no affiliation", m.Affiliation)
		}
		list = append(list, muc.Affiliated{JID: m.JID, Affiliation: affiliation})
	}
	return g.conference.SetMembers(ctx, room, list...)
}

// AllowGuests implements api.Groups.
func (g groups) AllowGuests(ctx context.Context, by, room jid.JID, allowed bool) error {
	_, err := g.conference.SetGuests(ctx, by, room, allowed)
	return err
}

// Invitation implements api.Groups.
func (g groups) Invitation(ctx context.Context, room jid.JID, language string) (string, error) {
	return g.conference.Invitation(ctx, room, language)
}

// RemoveGuest implements api.Groups.
func (g groups) RemoveGuest(ctx context.Context, _, room jid.JID, nick string) error {
	return g.conference.RemoveGuest(ctx, room, nick)
}

// Door implements api.Groups.
func (g groups) Door(ctx context.Context, token string, from netip.Addr) (api.Door, error) {
	door, err := g.conference.Door(ctx, token, from)
	return api.Door(door), err
}
