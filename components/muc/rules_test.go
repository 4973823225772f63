package muc

import (
	"fmt"
	"testing"
)

// TestWhoMayChangeAffiliations is a cell for each actor, former and new affiliation, of somebody else: "." allowed,
// "f" forbidden, "n" not-allowed; one who changes his own has but one row. Rows are what the target has, columns what he is to get.
func TestWhoMayChangeAffiliations(t *testing.T) {
	columns := []Affiliation{Outcast, None, Member, Admin, Owner}
	for _, table := range []struct {
		actor Affiliation
		self  bool
		cells [5]string
	}{
		{Outcast, false, [5]string{"fffff", "fffff", "fffff", "fffff", "fffff"}},
		{None, false, [5]string{"fffff", "fffff", "fffff", "fffff", "fffff"}},
		{Member, false, [5]string{"fffff", "fffff", "fffff", "fffff", "fffff"}},
		{Admin, false, [5]string{
			"...ff", // a banned user
			"...ff", // nobody
			"...ff", // a member
			"nff.f", // another admin: his list is the owners'
			"nnnf.", // an owner
		}},
		{Owner, false, [5]string{".....", ".....", ".....", ".....", "....."}},
		{Admin, true, [5]string{3: "....f"}},
		{Owner, true, [5]string{4: "....."}},
	} {
		for i, row := range table.cells {
			for j, want := range row {
				got := mayChangeAffiliation(table.actor, columns[i], columns[j], table.self)
				if ".fn"[got] != byte(want) {
					t.Errorf("%v changes %v to %v (self %v): %c instead of %c", table.actor, columns[i], columns[j], table.self, ".fn"[got], want)
				}
			}
		}
	}
}

// TestWhoMayChangeRoles is a table for each affiliation of the actor, who is a moderator, and of the target. Rows are the
// target's role, columns the one he is to get: visitor, participant and moderator each to none, visitor, participant,
// moderator.
func TestWhoMayChangeRoles(t *testing.T) {
	from := []Role{Visitor, Participant, Moderator}
	to := []Role{NoRole, Visitor, Participant, Moderator}
	for _, table := range []struct {
		actor, target Affiliation
		cells         [3]string
	}{
		{None, None, [3]string{"...n", "...n", "nnn."}},
		{None, Member, [3]string{"n..n", "nn.n", "nnn."}},
		{None, Admin, [3]string{"n..n", "nn.n", "nnn."}},
		{None, Owner, [3]string{"n..n", "nn.n", "nnn."}},
		{Member, None, [3]string{"...n", "...n", "nnn."}},
		{Member, Member, [3]string{"...n", ".n.n", "nnn."}},
		{Member, Admin, [3]string{"n..n", "nn.n", "nnn."}},
		{Member, Owner, [3]string{"n..n", "nn.n", "nnn."}},
		{Admin, None, [3]string{"....", "....", "...."}},
		{Admin, Member, [3]string{"....", "....", "...."}},
		{Admin, Admin, [3]string{"....", ".n..", ".nn."}},
		{Admin, Owner, [3]string{"n...", "nn..", "nnn."}},
		{Owner, None, [3]string{"....", "....", "...."}},
		{Owner, Member, [3]string{"....", "....", "...."}},
		{Owner, Admin, [3]string{"....", ".n..", ".nn."}},
		{Owner, Owner, [3]string{"....", ".n..", ".nn."}},
	} {
		for i, row := range table.cells {
			for j, want := range row {
				got := mayChangeRole(table.actor, Moderator, table.target, from[i], to[j])
				if ".fn"[got] != byte(want) {
					t.Errorf("moderator/%v makes %v/%v %v: %c instead of %c", table.actor, from[i], table.target, to[j], ".fn"[got], want)
				}
			}
		}
	}
	for _, a := range []Affiliation{None, Member} {
		for _, r := range []Role{NoRole, Visitor, Participant} {
			for _, want := range to {
				if got := mayChangeRole(a, r, None, Participant, want); got != forbidden {
					t.Errorf("%v/%v makes a participant %v: %d", r, a, want, got)
				}
			}
		}
	}
}

func TestDefaultRoles(t *testing.T) {
	for _, c := range []struct {
		a               Affiliation
		open, moderated Role
	}{{None, Participant, Visitor}, {Member, Participant, Participant}, {Admin, Moderator, Moderator}, {Owner, Moderator, Moderator}} {
		if got := defaultRole(c.a, false); got != c.open {
			t.Errorf("%v enters an unmoderated room as %v", c.a, got)
		}
		if got := defaultRole(c.a, true); got != c.moderated {
			t.Errorf("%v enters a moderated room as %v", c.a, got)
		}
	}
}

// TestRoleAfterAffiliation is what an occupant's role becomes in a moderated room, and in others.
func TestRoleAfterAffiliation(t *testing.T) {
	for _, c := range []struct {
		before Affiliation
		role   Role
		after  Affiliation
		want   [2]Role // unmoderated, moderated
	}{
		{None, Visitor, Member, [2]Role{Participant, Participant}},
		{None, Participant, Member, [2]Role{Participant, Participant}},
		{None, Moderator, Member, [2]Role{Moderator, Moderator}},
		{Member, Participant, None, [2]Role{Participant, Visitor}},
		{Member, Moderator, None, [2]Role{Moderator, Moderator}},
		{Member, Participant, Admin, [2]Role{Moderator, Moderator}},
		{None, Visitor, Owner, [2]Role{Moderator, Moderator}},
		{Admin, Moderator, Owner, [2]Role{Moderator, Moderator}},
		{Owner, Moderator, Admin, [2]Role{Moderator, Moderator}},
		{Admin, Moderator, Member, [2]Role{Participant, Participant}},
		{Owner, Moderator, None, [2]Role{Participant, Visitor}},
	} {
		for i, moderated := range []bool{false, true} {
			o := &occupant{affiliation: c.before, role: c.role}
			if got := roleAfter(o, c.after, moderated); got != c.want[i] {
				t.Errorf("%v/%v becomes %v (moderated %v): %v instead of %v", c.role, c.before, c.after, moderated, got, c.want[i])
			}
		}
	}
}

func TestConfigCodes(t *testing.T) {
	base := RoomConfig{Name: "a"}
	for _, c := range []struct {
		name   string
		change func(*RoomConfig)
		want   string
	}{
		{"nothing", func(*RoomConfig) {}, "[]"},
		{"archive", func(c *RoomConfig) { c.Archive = true }, "[170]"},
		{"addresses", func(c *RoomConfig) { c.NonAnonymous = true }, "[172]"},
		{"name", func(c *RoomConfig) { c.Name = "b" }, "[104]"},
		{"all", func(c *RoomConfig) { c.Name, c.NonAnonymous, c.Archive = "b", true, true }, "[104 170 172]"},
	} {
		changed := base
		c.change(&changed)
		if got := fmt.Sprint(changeCodes(base, changed)); got != c.want {
			t.Errorf("%s: %s instead of %s", c.name, got, c.want)
		}
		if got := changeCodes(changed, base); c.name == "all" && fmt.Sprint(got) != "[104 171 173]" {
			t.Errorf("%s, back: %v", c.name, got)
		}
	}
}
