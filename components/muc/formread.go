package muc

import (
	"context"
	"slices"
	"strings"

	"plenum/xmppd"
	"plenum/xmppd/dataform"
	"plenum/xmppd/jid"
)

// submitted is what an owner wants the room to be.
type submitted struct {
	config RoomConfig
	affs   []affiliationChange
	extra  []func(context.Context) error // what extensions have to do
}

// readForm checks a submitted form against what the room is. Fields that are not there stay as they are, and unknown ones
// are ignored. Clients may leave out the types of fields.
func (r *Room) readForm(f *dataform.Form, by jid.JID) (s submitted, err error) {
	s.config = r.cfg
	for _, x := range fields {
		v, ok := submittedField(f, append([]string{x.name}, x.also...))
		if !ok {
			continue
		}
		if err := x.set(r.svc, &s.config, v); err != nil {
			return s, err
		}
	}
	if err := readPassword(f, &s.config); err != nil {
		return s, err
	}
	if err := r.readAffiliations(f, by, &s); err != nil {
		return s, err
	}
	for _, x := range r.svc.extensions {
		apply, err := x.Read(r.jid, by, f)
		if err != nil {
			return s, err
		}
		if apply != nil {
			s.extra = append(s.extra, apply)
		}
	}
	return s, nil
}

func submittedField(f *dataform.Form, names []string) ([]string, bool) {
	for _, n := range names {
		if x := f.Field(n); x != nil {
			return x.Values, true
		}
	}
	return nil, false
}

// readPassword looks at the two fields about it. One that is needed must not be blank (XEP-0045#createroom-reserved).
func readPassword(f *dataform.Form, c *RoomConfig) error {
	needed := c.Password != ""
	if v, ok := submittedField(f, []string{fieldProtected}); ok {
		var err error
		if needed, err = boolean(fieldProtected, v); err != nil {
			return err
		}
	}
	if !needed {
		c.Password = ""
		return nil
	}
	if v, ok := f.Get(fieldSecret); ok {
		c.Password = strings.Clone(v)
	}
	if c.Password == "" || len(c.Password) > maxPassword {
		return notAcceptable(fieldSecret, "a password")
	}
	return nil
}

// readAffiliations makes changes of the full lists of admins and owners.
func (r *Room) readAffiliations(f *dataform.Form, by jid.JID, s *submitted) error {
	want := map[jid.JID]Affiliation{}
	listed := map[Affiliation]bool{}
	for _, x := range []struct {
		name string
		a    Affiliation
	}{{fieldAdmins, Admin}, {fieldOwners, Owner}} {
		v, ok := submittedField(f, []string{x.name})
		if !ok || len(r.withAffiliation(x.a)) > maxShown {
			continue
		}
		listed[x.a] = true
		for _, line := range strings.Fields(strings.Join(v, "\n")) {
			j, err := jid.Parse(line)
			if err != nil {
				return xmppd.Errorf("jid-malformed", "%q is not an address", line)
			}
			want[j.Bare()] = x.a
		}
	}
	for who, a := range want {
		if e := r.affs[who]; e == nil || e.affiliation != a {
			s.affs = append(s.affs, affiliationChange{who: who.Clone(), to: a})
		}
	}
	for who, e := range r.affs {
		if _, stays := want[who]; !stays && listed[e.affiliation] {
			s.affs = append(s.affs, affiliationChange{who: who, to: lowered(e.affiliation, r.cfg.MembersOnly)})
		}
	}
	slices.SortFunc(s.affs, func(a, b affiliationChange) int { return a.who.Compare(b.who) })
	for i := range s.affs {
		if err := r.mayAffiliate(by, &s.affs[i]); err != nil {
			return err
		}
	}
	return r.checkOwners(s.affs)
}

// lowered is what somebody becomes who is taken off a list in the form (XEP-0045#roomconfig): an owner stays admin, an
// admin stays a member where it needs one to be let in.
func lowered(a Affiliation, membersOnly bool) Affiliation {
	switch {
	case a == Owner:
		return Admin
	case membersOnly:
		return Member
	}
	return None
}
