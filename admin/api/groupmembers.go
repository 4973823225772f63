package api

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"plenum/components/audit"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// groupMembers are sorted by what they are in the group, then by name.
func (a *API) groupMembers(ctx context.Context, req groupMembersRequest) (GroupMemberPage, error) {
	all, err := a.Groups.Members(ctx, req.Room)
	if err != nil {
		return GroupMemberPage{}, err
	}
	words := strings.Fields(strings.ToLower(req.Text))
	members := make([]GroupMember, 0, len(all))
	for _, m := range all {
		name := a.Directory.Accounts.Name(m.JID)
		if containsAll(strings.ToLower(name+"\n"+m.JID.String()), words) {
			members = append(members, GroupMember{JID: m.JID, DisplayName: name, Affiliation: m.Affiliation})
		}
	}
	slices.SortFunc(members, func(x, y GroupMember) int {
		if x.Affiliation != y.Affiliation {
			return strings.Compare(y.Affiliation, x.Affiliation) // owner, member, admin
		}
		return strings.Compare(strings.ToLower(x.DisplayName)+"\x00"+x.JID.String(), strings.ToLower(y.DisplayName)+"\x00"+y.JID.String())
	})
	page := GroupMemberPage{Items: []GroupMember{}, Total: len(members)}
	for _, m := range members[min(req.Offset, len(members)):min(req.Offset+req.Limit, len(members))] {
		m.Presence = a.Clients.Presence(m.JID)
		page.Items = append(page.Items, m)
	}
	return page, nil
}

// changeGroupMembers sets and removes members, all or none. The last owner stays.
func (a *API) changeGroupMembers(ctx context.Context, req groupMembersChangeRequest) (Group, error) {
	changes := slices.Clone(req.Body.Set)
	var set, removed []string
	users := make([]jid.JID, 0, len(changes))
	for _, m := range changes {
		users = append(users, m.JID)
		set = append(set, m.JID.String())
	}
	if bad := a.strangers(ctx, "set", users); len(bad) > 0 {
		return Group{}, invalid(bad)
	}
	for _, user := range req.Body.Remove {
		changes = append(changes, GroupAffiliation{user, noAffiliation})
		removed = append(removed, user.String())
	}
	if err := a.Groups.SetMembers(ctx, me(ctx).JID, req.Room, changes); err != nil {
		return Group{}, err
	}
	g, err := a.group(ctx, req.groupRequest)
	note(ctx, groupEntry("group.members", req.Room, g.Name, []audit.Change{{Field: "members", Before: someOf(removed), After: someOf(set)}}))
	return g, err
}

// noAffiliation removes a member.
const noAffiliation = "none"

func (a *API) removeGroupMember(ctx context.Context, req groupMemberRequest) (none, error) {
	members, err := a.Groups.Members(ctx, req.Room)
	if err != nil {
		return none{}, err
	}
	if !slices.ContainsFunc(members, func(m GroupAffiliation) bool { return m.JID == req.JID }) {
		return none{}, fault.New(fault.NotFound, "there is no such member")
	}
	change := groupMembersChangeRequest{req.groupRequest, GroupMembersChange{Remove: []jid.JID{req.JID}}}
	_, err = a.changeGroupMembers(ctx, change)
	return none{}, err
}

// allowGuests makes a group public or private. On makes a new link and a new PIN, unless it is public already.
func (a *API) allowGuests(ctx context.Context, req guestsAllowedRequest) (GuestAccess, error) {
	before, _, err := a.Groups.Get(ctx, req.Room)
	if err != nil {
		return GuestAccess{}, err
	}
	if err := a.Groups.AllowGuests(ctx, me(ctx).JID, req.Room, req.Body.Allowed); err != nil {
		return GuestAccess{}, err
	}
	var d diff
	d.flag("guests", before.Access != nil, req.Body.Allowed)
	note(ctx, groupEntry("group.guests", req.Room, before.Name, d))
	g, err := a.group(ctx, req.groupRequest)
	return g.Access, err
}

func (a *API) invitation(ctx context.Context, req invitationRequest) (Invitation, error) {
	text, err := a.Groups.Invitation(ctx, req.Room, req.Language)
	return Invitation{text}, err
}

func (a *API) removeGuest(ctx context.Context, req groupGuestRequest) (none, error) {
	g, _, err := a.Groups.Get(ctx, req.Room)
	if err != nil {
		return none{}, err
	}
	if err := a.Groups.RemoveGuest(ctx, me(ctx).JID, req.Room, req.Nick); err != nil {
		return none{}, err
	}
	note(ctx, groupEntry("group.removeGuest", req.Room, g.Name, []audit.Change{{Field: "guest", Before: req.Nick}}))
	return none{}, nil
}

// checkText applies what holds for every text that people see.
func checkText(field, text string, most int, needed bool) []FieldError {
	bad := func(code, what string) []FieldError { return []FieldError{{Field: field, Code: code, Text: what}} }
	hidden := func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }
	switch {
	case needed && strings.TrimSpace(text) == "":
		return bad("missing", "the field is empty")
	case strings.ContainsFunc(text, hidden):
		return bad("bad_character", "it has characters that cannot be shown")
	case utf8.RuneCountInString(text) > most:
		return bad("too_long", "at most "+strconv.Itoa(most)+" characters")
	}
	return nil
}
