package apps

import (
	"context"
	"crypto/sha256"
	"strings"

	"plenum/components/directory"
	"plenum/xmppd/jid"
)

// Numbers are what a client shows of colleagues and dials. There may be ten thousand, so who has asked for them is told of each that changes, and of all
// only when it may be that he sees others than before; what he knows of them is not kept.

const (
	keyNumbers    = "numbers" // all of them
	keyNumber     = "number:" // of a user
	keyTeamNumber = "teamnumber:"
)

// numbers are what a subscriber has been told of numbers.
type numbers struct {
	all     [sha256.Size]byte // what he was told last
	changed bool              // and changes since
}

// numbersPart are all numbers that a user sees.
func (x *subscriber) numbersPart(ctx context.Context) []byte {
	users, teams := x.svc.Org.SeenNumbers(ctx, x.user)
	b := fragment("numbers", nil)
	for _, u := range users {
		b.Element("number", "", "", "user", u.User.String(), "extension", u.Extension)
	}
	for _, t := range teams {
		b.Element("number", "", "", teamNumber(t)...)
		x.sent[keyTeamNumber+t.ID] = fragment("number", teamNumber(t)).End().Bytes()
	}
	xml := b.End().Bytes()
	x.numbers = numbers{all: sha256.Sum256(xml)}
	return xml
}

func teamNumber(t directory.Object) attributes {
	var at attributes
	return at.text("team", t.ID).text("name", t.Name).text("extension", t.Extension)
}

// changedNumbers adds all numbers, or those that have changed.
func (x *subscriber) changedNumbers(ctx context.Context, children [][]byte, dirty map[string]bool) [][]byte {
	if !x.wantsNumbers {
		return children
	}
	if dirty[keyNumbers] {
		was := x.numbers
		if xml := x.numbersPart(ctx); was.changed || was.all != x.numbers.all {
			return append(children, xml)
		}
		return children
	}
	for key := range dirty {
		if xml := x.numberPart(ctx, key); xml != nil {
			before := len(children)
			children = x.differs(children, key, xml) // members of teams come and go without changing the number
			x.numbers.changed = x.numbers.changed || len(children) > before
		}
	}
	return children
}

// numberPart is one number as a user sees it now; nil for none of his.
func (x *subscriber) numberPart(ctx context.Context, key string) []byte {
	if id, ok := strings.CutPrefix(key, keyTeamNumber); ok {
		if t, sees := x.svc.Org.SeesTeam(x.user, id); sees {
			return fragment("number", teamNumber(t)).End().Bytes()
		}
	}
	name, ok := strings.CutPrefix(key, keyNumber)
	user, err := jid.Parse(name)
	if !ok || err != nil || !x.svc.Org.SeesUser(x.user, user) {
		return nil
	}
	at := attributes{"user", user.String()}
	if a, err := x.svc.Org.Accounts.Get(ctx, user); err == nil && a.Extension != "" {
		return fragment("number", at.text("extension", a.Extension)).End().Bytes()
	}
	return fragment("number", at.flag("over", true)).End().Bytes()
}

// numbersMoved takes a change of the directory.
func (a *Service) numbersMoved(c directory.Change) {
	_, gone := a.Org.Teams.Get(c.ID)
	key := keyNumbers
	switch {
	case c.Kind == directory.AccountCreated, c.Kind == directory.AccountEdited:
		key = keyNumber + c.JID.String()
	case c.Kind == directory.TeamChanged && gone == nil:
		key = keyTeamNumber + c.ID
	case c.Kind == directory.Missed, c.OfPermission(), c.OfAccount() && c.Kind != directory.PasswordSet, c.Kind == directory.TeamChanged:
	default:
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, x := range a.subs {
		if x.wantsNumbers {
			x.mark(key)
		}
	}
}
