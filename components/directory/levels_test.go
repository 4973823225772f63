package directory_test

import (
	"fmt"
	"strings"
	"testing"

	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store/storetest"
)

//
func TestLevelsAreRespected(t *testing.T) {
	d := open(t, storetest.Open(t))
	levels := append(directory.Roles(), directory.NoRole)
	who := make(map[directory.Role]jid.JID)
	for _, level := range levels {
		who[level] = member(t, d, "level-"+strings.Trim(level.String(), "-")+"x", level)
	}
	member(t, d, "boss", directory.SystemAdministrator)
	for i, actor := range levels {
		for j, target := range levels {
			t.Run(fmt.Sprintf("%s changes %s", actor, target), func(t *testing.T) {
				may := i <= 2 && i <= j
				user, err := d.Accounts.Get(ctx, who[target])
				must(t, err)
				in := user.Input()
				in.Email = fmt.Sprintf("%d-%d@capulet.lit", i, j)
				_, err = d.Accounts.UpdateUser(ctx, who[actor], user.JID, user.Revision, in)
				check := func(what string, err error, may bool) {
					t.Helper()
					if may && err != nil || !may && !fault.Is(err, fault.Forbidden) {
						t.Errorf("%s: %v", what, err)
					}
				}
				check("editing", err, may)
				_, err = d.Accounts.CreateUser(ctx, who[actor], directory.UserInput{Login: fmt.Sprintf("new-%d-%d", i, j), Auth: directory.AuthNone, Role: target})
				check("making one of the level", err, may)
				if i == j {
					return
				}
				err = d.Accounts.SetPasswordBy(ctx, who[actor], user.JID, password)
				if fault.Is(err, fault.Conflict) { // allowed; only that there is none
					err = nil
				}
				check("setting the password", err, may)
				check("deleting", d.Accounts.Trash(ctx, who[actor], user.JID), may)
				must(t, d.Accounts.Trash(ctx, operator, user.JID))
				if !may {
					check("removing", d.Accounts.Purge(ctx, who[actor], user.JID), false)
				}
				check("restoring", d.Accounts.Restore(ctx, who[actor], user.JID), may)
				must(t, d.Accounts.Restore(ctx, operator, user.JID))
			})
		}
		t.Run(fmt.Sprintf("%s changes permissions", actor), func(t *testing.T) {
			p, err := d.Permissions.Create(ctx, who[actor], directory.PermissionInput{Name: fmt.Sprint("of ", i)})
			if may := i <= 2; may != (err == nil) || !may && !fault.Is(err, fault.Forbidden) {
				t.Errorf("making one: %v", err)
			}
			for what, err := range map[string]error{
				"assigning":     d.Permissions.Assign(ctx, who[actor], p.ID, directory.Users, []string{who[actor].String()}, nil),
				"setting":       d.Permissions.SetOf(ctx, who[actor], directory.Users, who[actor].String(), nil),
				"deleting":      d.Permissions.Delete(ctx, who[actor], p.ID),
				"making a team": second(d.Objects.Create(ctx, who[actor], directory.Teams, directory.ObjectInput{Name: "x"})),
			} {
				if (i > 2) != fault.Is(err, fault.Forbidden) {
					t.Errorf("%s: %v", what, err)
				}
			}
		})
	}
	_, err := d.Accounts.CreateUser(ctx, nobody, directory.UserInput{Login: "x", Auth: directory.AuthNone})
	wantKind(t, err, fault.Forbidden)
	must(t, d.Accounts.Disable(ctx, who[directory.Administrator]))
	_, err = d.Accounts.CreateUser(ctx, who[directory.Administrator], directory.UserInput{Login: "x", Auth: directory.AuthNone})
	wantKind(t, err, fault.Forbidden)
}

func second[T any](_ T, err error) error { return err }

func TestNobodyRaisesHimself(t *testing.T) {
	d := open(t, storetest.Open(t))
	clara := member(t, d, "clara", directory.PBXManager)
	user, err := d.Accounts.Get(ctx, clara)
	must(t, err)
	in := user.Input()
	in.Role = directory.SystemAdministrator
	_, err = d.Accounts.UpdateUser(ctx, clara, clara, user.Revision, in)
	wantKind(t, err, fault.Forbidden)
	in = user.Input()
	in.Disabled = true
	_, err = d.Accounts.UpdateUser(ctx, clara, clara, user.Revision, in)
	wantKind(t, err, fault.Conflict)
	wantKind(t, d.Accounts.Trash(ctx, clara, clara), fault.Conflict)
	boss := member(t, d, "boss", directory.SystemAdministrator)
	user, err = d.Accounts.Get(ctx, boss)
	must(t, err)
	in = user.Input()
	in.Role = directory.NoRole
	_, err = d.Accounts.UpdateUser(ctx, boss, boss, user.Revision, in)
	wantKind(t, err, fault.Conflict) // the last one
}
