package directory

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"plenum/xmppd/jid"
)

const (
	// MaxSkills is how many skills a user may have.
	MaxSkills = 50
	// MaxSkillLevel is the greatest level of a skill; the least is 1.
	MaxSkillLevel = 100
)

// A Skill is something that a user can, and how well. A call may need somebody who has one at a level or above it (B9).
type Skill struct {
	Name  string
	Level int
}

// UserSkills are those of a user.
type UserSkills struct {
	User      jid.JID
	Skills    []Skill // by name
	Revision  int64   // 0 as long as nobody has set any
	Changed   time.Time
	ChangedBy jid.JID // zero: the server or its operator

	levels map[string]int
}

// Levels are the levels by name. The map is never changed.
func (s *UserSkills) Levels() map[string]int { return s.levels }

func (s *UserSkills) index() {
	s.levels = make(map[string]int, len(s.Skills))
	for _, one := range s.Skills {
		s.levels[one.Name] = one.Level
	}
}

func tidySkills(list []Skill) []Skill {
	list = slices.Clone(list)
	for i := range list {
		list[i].Name = strings.TrimSpace(list[i].Name)
	}
	slices.SortStableFunc(list, func(a, b Skill) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// checkSkills names the fields after the places that the skills have in the form.
func checkSkills(list []Skill) (bad FieldErrors) {
	if len(list) > MaxSkills {
		bad.add("skills", "too_many", fmt.Sprintf("a user has at most %d skills", MaxSkills))
		return bad
	}
	seen := make(map[string]bool)
	for i, s := range list {
		at, name := fmt.Sprintf("skills.%d.", i), strings.TrimSpace(s.Name)
		switch {
		case name == "":
			bad.add(at+"name", "missing", "the skill has no name")
		case seen[name]:
			bad.add(at+"name", "taken", "the skill is listed twice")
		}
		seen[name] = true
		bad = append(bad, lineErrors(at+"name", "the name", name, MaxLabel)...)
		if s.Level < 1 || s.Level > MaxSkillLevel {
			bad.add(at+"level", "out_of_range", fmt.Sprintf("a level is 1 to %d", MaxSkillLevel))
		}
	}
	return bad
}

// SkillLevel is the level that a call needs, as an action has it: empty is none, which takes the need away.
func SkillLevel(value string) (level int, ok bool) {
	if value == "" {
		return 0, true
	}
	level, err := strconv.Atoi(value)
	return level, err == nil && level >= 1 && level <= MaxSkillLevel && value == strconv.Itoa(level)
}
