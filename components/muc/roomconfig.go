package muc

import (
	"crypto/subtle"
	"slices"
)

// RoomConfig is what the owners of a room decide (XEP-0045#registrar-formtype-owner). It is stored as JSON.
type RoomConfig struct {
	Name          string  `json:"name,omitempty"`
	Description   string  `json:"description,omitempty"`
	Lang          string  `json:"lang,omitempty"` // of the discussion
	Public        bool    `json:"public,omitempty"`
	Persistent    bool    `json:"persistent,omitempty"`
	MembersOnly   bool    `json:"members_only,omitempty"`
	Moderated     bool    `json:"moderated,omitempty"`
	NonAnonymous  bool    `json:"non_anonymous,omitempty"`  // everybody sees real JIDs
	Password      string  `json:"password,omitempty"`       // empty: none is needed
	MaxUsers      int     `json:"max_users,omitempty"`      // 0: as many as the service allows
	ChangeSubject bool    `json:"change_subject,omitempty"` // participants may set the subject
	AllowInvites  bool    `json:"allow_invites,omitempty"`  // members may invite others to a members-only room
	AllowPM       Who     `json:"allow_pm"`
	Broadcast     RoleSet `json:"broadcast"`   // whose presence is passed on
	MemberList    RoleSet `json:"member_list"` // who may see the member list of a non-anonymous room
	Archive       bool    `json:"archive,omitempty"`
	History       int     `json:"history"` // messages shown on entering
	Registration  bool    `json:"registration,omitempty"`
	Avatar        string  `json:"avatar,omitempty"` // hashes of the pictures in the room's card, with spaces between
}

// Who names occupants by their role.
type Who string

// The values of Who.
const (
	Anyone       Who = "anyone"
	Participants Who = "participants"
	Moderators   Who = "moderators"
	Nobody       Who = "none"
)

func (w Who) covers(r Role) bool {
	switch w {
	case Anyone:
		return r > NoRole
	case Participants:
		return r >= Participant
	case Moderators:
		return r == Moderator
	}
	return false
}

// RoleSet is a set of roles, one bit for each.
type RoleSet uint8

const everyRole = RoleSet(1<<Visitor | 1<<Participant | 1<<Moderator)

func (s RoleSet) has(r Role) bool { return s&(1<<r) != 0 }

func (s RoleSet) names() (out []string) {
	for _, r := range []Role{Moderator, Participant, Visitor} {
		if s.has(r) {
			out = append(out, r.String())
		}
	}
	return out
}

// parseRoleSet reads names of roles.
func parseRoleSet(names []string) (s RoleSet, ok bool) {
	for _, n := range names {
		r, ok := ParseRole(n)
		if !ok || r == NoRole && n != "none" {
			return 0, false
		}
		if r != NoRole {
			s |= 1 << r
		}
	}
	return s, true
}

// changeCodes are what occupants are told when the configuration changes (XEP-0045#roomconfig-notify).
func changeCodes(old, new RoomConfig) (codes []int) {
	on := func(before, after bool, yes, no int) {
		switch {
		case !before && after:
			codes = append(codes, yes)
		case before && !after:
			codes = append(codes, no)
		}
	}
	on(old.Archive, new.Archive, codeLogging, codeNotLogging)
	on(old.NonAnonymous, new.NonAnonymous, codeNonAnonymous, codeSemiAnonymous)
	old.Archive, old.NonAnonymous = new.Archive, new.NonAnonymous
	if old != new {
		codes = append(codes, codeConfigChanged)
	}
	slices.Sort(codes)
	return codes
}

func sameSecret(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// title is what the room is called.
func (r *Room) title() string {
	if r.cfg.Name != "" {
		return r.cfg.Name
	}
	return r.jid.Local()
}
