package api

import (
	"context"
	"fmt"
	"strings"
	"time"

	"plenum/components/audit"
	"plenum/components/directory"
)

// Skill is something that a user can, or that a call needs, and how well.
type Skill struct {
	Name  string `json:"name"`
	Level int    `json:"level" doc:"1 to 100."`
}

// UserSkills are what a user can.
type UserSkills struct {
	Skills    []Skill    `json:"skills" doc:"By name."`
	Changed   *time.Time `json:"changed,omitempty"`
	ChangedBy string     `json:"changedBy"`
	Revision  int64      `json:"revision" doc:"0 as long as nobody has changed anything."`
}

// UserSkillsChange replaces what a user can.
type UserSkillsChange struct {
	Revision int64   `json:"revision" doc:"The one that was read: when it is not that of the skills any more, somebody else has changed them."`
	Skills   []Skill `json:"skills" doc:"At most 50."`
}

type userSkillsRequest struct {
	userRequest
	Body UserSkillsChange
}

func skillsOf(list []directory.Skill) []Skill {
	skills := []Skill{}
	for _, s := range list {
		skills = append(skills, Skill(s))
	}
	return skills
}

func (a *API) userSkills(ctx context.Context, req userRequest) (UserSkills, error) {
	if _, err := a.Directory.Accounts.Get(ctx, req.JID); err != nil {
		return UserSkills{}, err
	}
	return userSkillsOf(a.Directory.Skills.Get(req.JID)), nil
}

func userSkillsOf(u directory.UserSkills) UserSkills {
	return UserSkills{Skills: skillsOf(u.Skills), Changed: timeOrNone(u.Changed), ChangedBy: u.ChangedBy.String(), Revision: u.Revision}
}

func (a *API) setUserSkills(ctx context.Context, req userSkillsRequest) (UserSkills, error) {
	u, err := a.Directory.Accounts.Get(ctx, req.JID)
	if err != nil {
		return UserSkills{}, err
	}
	list := make([]directory.Skill, len(req.Body.Skills))
	for i, s := range req.Body.Skills {
		list[i] = directory.Skill(s)
	}
	before := a.Directory.Skills.Get(req.JID)
	after, err := a.Directory.Skills.Set(ctx, me(ctx).JID, req.JID, req.Body.Revision, list)
	if err != nil {
		return UserSkills{}, err
	}
	note(ctx, userEntry("user.skills", u, []audit.Change{{Field: "skills", Before: skillsText(before.Skills), After: skillsText(after.Skills)}}))
	return userSkillsOf(after), nil
}

func skillsText(list []directory.Skill) string {
	var words []string
	for _, s := range list {
		words = append(words, fmt.Sprintf("%s %d", s.Name, s.Level))
	}
	return strings.Join(words, ", ")
}
