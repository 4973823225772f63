package conference

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"

	"plenum/components/muc"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
)

// The exported methods in this file and in access.go are for the console and the API. They may wait for the store and for rooms on other nodes. Who
// may call them is for the caller to know; by, the user for whom it is done, is only noted. Their errors have kinds: NotFound,
// Conflict, Invalid, Limit.

// Group is a lasting room, as lists show it.
type Group struct {
	Room        jid.JID
	Name        string // as people are to see it; the local part when it has none
	Description string
	Members     int  // admins and owners among them
	MembersOnly bool // nobody else may enter, guests apart
	Public      bool // guests are let in
	Occupants   int  // who are in it now, guests among them
	Guests      int
	Revision    string // differs when name, description or another setting was changed
}

// Query chooses among the groups.
type Query struct {
	Text          string // in the name or the address
	Public        *bool  // nil for both
	Offset, Limit int
}

// Page is a part of the list of groups, in the order of their names.
type Page struct {
	Groups []Group
	Total  int
}

// List lists lasting rooms.
func (c *Service) List(ctx context.Context, q Query) (Page, error) {
	rq := muc.RoomQuery{Text: q.Text, Offset: q.Offset, Limit: q.Limit}
	if q.Public != nil {
		open := []jid.JID{}
		for _, a := range c.Access.All() {
			open = append(open, a.Room)
		}
		if *q.Public {
			rq.Among = open
		} else {
			rq.Without = open
		}
	}
	list, total, err := c.Rooms.Find(ctx, rq)
	if err != nil {
		return Page{}, err
	}
	return Page{c.groups(ctx, list), total}, nil
}

func (c *Service) groups(ctx context.Context, list []muc.RoomSummary) []Group {
	rooms := make([]jid.JID, len(list))
	for i := range list {
		rooms[i] = list[i].JID
	}
	present := c.Rooms.Present(ctx, rooms...)
	out := make([]Group, len(list))
	for i := range list {
		s := &list[i]
		p := present[s.JID]
		out[i] = Group{
			Room: s.JID, Name: title(s), Description: s.Config.Description, Members: s.Members, MembersOnly: s.Config.MembersOnly,
			Public:    c.public(s.JID),
			Occupants: p.Occupants, Guests: p.Guests, Revision: revision(&s.Config),
		}
	}
	return out
}

// title is what a room is called.
func title(s *muc.RoomSummary) string {
	if s.Config.Name != "" {
		return s.Config.Name
	}
	return s.JID.Local()
}

// revision differs for different configurations.
func revision(c *muc.RoomConfig) string {
	h := fnv.New64a()
	fmt.Fprintf(h, "%+v", *c)
	return strconv.FormatUint(h.Sum64(), 36)
}

// Get tells about one lasting room.
func (c *Service) Get(ctx context.Context, room jid.JID) (Group, error) {
	s, err := c.summary(ctx, room)
	if err != nil {
		return Group{}, err
	}
	return c.groups(ctx, []muc.RoomSummary{s})[0], nil
}

func (c *Service) summary(ctx context.Context, room jid.JID) (muc.RoomSummary, error) {
	list, _, err := c.Rooms.Find(ctx, muc.RoomQuery{Among: []jid.JID{room}, Limit: 1})
	if err == nil && len(list) == 0 {
		err = fault.New(fault.NotFound, "there is no such group")
	}
	if err != nil {
		return muc.RoomSummary{}, err
	}
	return list[0], nil
}

// Occupants are who is in a room now, in the order of their nicknames.
func (c *Service) Occupants(ctx context.Context, room jid.JID) ([]muc.OccupantInfo, error) {
	if c.Rooms.Present(ctx, room)[room].Occupants == 0 {
		return nil, nil // and it need not be loaded
	}
	info, err := c.Rooms.Get(ctx, room)
	slices.SortFunc(info.Occupants, func(a, b muc.OccupantInfo) int { return strings.Compare(a.Nick, b.Nick) })
	return info.Occupants, err
}

// New is a group to be made.
type New struct {
	Name        string
	Description string
	Local       string    // of the address; "" to have it made of the name
	Owners      []jid.JID // at least one
	Members     []jid.JID
}

// Create makes a group: lasting, for members only, where everybody sees real addresses, as OMEMO and calls need it.
func (c *Service) Create(ctx context.Context, n New) (Group, error) {
	if len(n.Owners) == 0 {
		return Group{}, fault.New(fault.Invalid, "a group needs an owner")
	}
	list := make([]muc.Affiliated, 0, len(n.Owners)+len(n.Members))
	for _, m := range n.Members {
		list = append(list, muc.Affiliated{JID: m, Affiliation: muc.Member})
	}
	for _, o := range n.Owners {
		list = append(list, muc.Affiliated{JID: o, Affiliation: muc.Owner})
	}
	list, err := c.checked(list)
	if err != nil {
		return Group{}, err
	}
	cfg := c.Rooms.NewConfig()
	cfg.Name, cfg.Description = strings.TrimSpace(n.Name), n.Description
	cfg.Public, cfg.MembersOnly, cfg.NonAnonymous, cfg.Archive = false, true, true, true
	cfg.ChangeSubject, cfg.Registration = true, false
	if cfg.Name == "" {
		return Group{}, fault.New(fault.Invalid, "a group needs a name")
	}
	room, err := c.make(ctx, n.Local, cfg, n.Owners[0].Bare())
	if err != nil {
		return Group{}, err
	}
	if err := c.Rooms.SetAffiliations(ctx, room, list...); err != nil {
		return Group{}, fmt.Errorf("the group exists, but its members could not be stored: %w", err)
	}
	return c.Get(ctx, room)
}

// checked are the entries of a list, each user once, the last entry counting. Only accounts of this server, and users of other
// servers, can be in it.
func (c *Service) checked(list []muc.Affiliated) ([]muc.Affiliated, error) {
	at := map[jid.JID]int{}
	out := list[:0]
	for _, a := range list {
		a.JID = a.JID.Bare()
		if a.JID.Local() == "" || c.srv.IsGuest(a.JID) || a.JID.Domain() == c.Rooms.Domain().Domain() {
			return nil, fault.Newf(fault.Invalid, "%s is not the address of a user", a.JID)
		}
		if i, twice := at[a.JID]; twice {
			out[i] = a
			continue
		}
		at[a.JID] = len(out)
		out = append(out, a)
	}
	return out, nil
}

// localTries is how many numbers are put behind a name that is taken.
const localTries = 100

// make creates the room under the wished local part or, without one, under the first that is free.
func (c *Service) make(ctx context.Context, local string, cfg muc.RoomConfig, owner jid.JID) (jid.JID, error) {
	domain := c.Rooms.Domain().Domain()
	if local != "" {
		room, err := jid.New(local, domain, "")
		if err != nil {
			return jid.JID{}, fault.Wrap(fault.Invalid, err, "this cannot be the address of a group")
		}
		return room, c.Rooms.Create(ctx, room, cfg, owner)
	}
	base := slug(cfg.Name)
	for i := 1; ; i++ {
		local := base
		if i > 1 {
			local += "-" + strconv.Itoa(i)
		}
		room, err := jid.New(local, domain, "")
		if err != nil {
			return jid.JID{}, fmt.Errorf("an address for the group %q: %w", cfg.Name, err)
		}
		if err = c.Rooms.Create(ctx, room, cfg, owner); !fault.Is(err, fault.Conflict) || i == localTries {
			return room, err
		}
	}
}

// maxSlug bounds the local part that is made of a name, in bytes.
const maxSlug = 60

// slug makes a local part of a name: its letters and digits in lower case, with a hyphen for what is between them.
func slug(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	local := strings.Join(words, "-")
	for len(local) > maxSlug {
		_, size := utf8.DecodeLastRuneInString(local)
		local = local[:len(local)-size]
	}
	local, err := precis.UsernameCaseMapped.String(strings.TrimRight(local, "-"))
	if err != nil || local == "" {
		return "group"
	}
	return local
}

// Update gives a group another name and description. Was is the revision that the caller has seen; the error is of kind Conflict when
// there is another one meanwhile.
func (c *Service) Update(ctx context.Context, room jid.JID, was, name, description string) (Group, error) {
	s, err := c.summary(ctx, room)
	if err != nil {
		return Group{}, err
	}
	if revision(&s.Config) != was {
		return Group{}, fault.New(fault.Conflict, "the group was changed meanwhile")
	}
	cfg := s.Config
	cfg.Name, cfg.Description = strings.TrimSpace(name), description
	if cfg.Name == "" {
		return Group{}, fault.New(fault.Invalid, "a group needs a name")
	}
	if err := c.Rooms.Configure(ctx, room, cfg, &s.Config); err != nil {
		return Group{}, err
	}
	return c.Get(ctx, room)
}

// Members are a group's members, admins and owners, ordered by address.
func (c *Service) Members(ctx context.Context, room jid.JID) ([]muc.Affiliated, error) {
	if _, err := c.summary(ctx, room); err != nil {
		return nil, err
	}
	list, err := c.Rooms.Affiliations(ctx, room)
	return slices.DeleteFunc(list, func(a muc.Affiliated) bool { return a.Affiliation < muc.Member || a.JID.Local() == "" }), err
}

// SetMembers changes who belongs to a group, all or none; the affiliation None takes somebody off the list, who is put out if he is there.
// The error is of kind Conflict when nobody would own it.
func (c *Service) SetMembers(ctx context.Context, room jid.JID, list ...muc.Affiliated) error {
	list, err := c.checked(slices.Clone(list))
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return nil
	}
	return c.Rooms.SetAffiliations(ctx, room, list...)
}

// Delete ends a group for everybody. Its bookmarks and the access of guests go with it.
func (c *Service) Delete(ctx context.Context, room jid.JID) error {
	if _, err := c.summary(ctx, room); err != nil {
		return err
	}
	return c.Rooms.Destroy(ctx, room, jid.JID{}, "")
}
