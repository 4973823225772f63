package directory_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/jid"
	"plenum/xmppd/store/storetest"
)

func TestSearch(t *testing.T) {
	d := open(t, storetest.Open(t))
	for _, in := range []directory.UserInput{
		{Login: "anna", DisplayName: "Anna Müller", Extension: "300", Email: "am@capulet.lit", Role: directory.PBXManager},
		{Login: "bob", DisplayName: "bob weiss", Extension: "40"},
		{Login: "clara", DisplayName: "Clara Weiß", Extension: "2000", MobileNumber: "0171 555"},
		{Login: "dora", DisplayName: "Ärla", Disabled: true},
		{Login: "eva", DisplayName: "Eva MULLER", Domain: "montague.lit"},
	} {
		in.Auth = directory.AuthNone
		_, err := d.Accounts.CreateUser(ctx, operator, in)
		must(t, err)
	}
	members(t, d, "gone")
	must(t, d.Accounts.Trash(ctx, operator, jid.MustParse("gone@capulet.lit")))
	sales, err := d.Permissions.Create(ctx, operator, directory.PermissionInput{Name: "Sales"})
	must(t, err)
	must(t, d.Permissions.Assign(ctx, operator, sales.ID, directory.Users, []string{"anna@capulet.lit", "dora@capulet.lit"}, nil))

	for _, test := range []struct {
		name  string
		query directory.UserQuery
		want  string
	}{
		{"everybody, by name", directory.UserQuery{}, "anna dora bob clara eva (5)"},
		{"by name, backwards", directory.UserQuery{Desc: true}, "eva clara bob dora anna (5)"},
		{"by login name", directory.UserQuery{Sort: directory.SortLogin}, "anna bob clara dora eva (5)"},
		{"by extension, as numbers, those without last", directory.UserQuery{Sort: directory.SortExtension}, "bob anna clara dora eva (5)"},
		{"by level, the highest first", directory.UserQuery{Sort: directory.SortRole, Limit: 1}, "anna (5)"},
		{"by the last change", directory.UserQuery{Sort: directory.SortChanged, Desc: true, Limit: 5}, "(5)"},
		{"a page", directory.UserQuery{Sort: directory.SortLogin, Offset: 1, Limit: 2}, "bob clara (5)"},
		{"a page past the end", directory.UserQuery{Offset: 9, Limit: 2}, "(5)"},
		{"without marks and case", directory.UserQuery{Text: "müller"}, "anna eva (2)"},
		{"ß is ss", directory.UserQuery{Text: "WEISS"}, "bob clara (2)"},
		{"words in any order", directory.UserQuery{Text: " weiß  cla "}, "clara (1)"},
		{"part of an extension", directory.UserQuery{Text: "200"}, "clara (1)"},
		{"part of an e-mail address", directory.UserQuery{Text: "am@"}, "anna (1)"},
		{"part of a mobile number", directory.UserQuery{Text: "0171"}, "clara (1)"},
		{"nothing fits", directory.UserQuery{Text: "%"}, "(0)"},
		{"of a domain", directory.UserQuery{Domain: "montague.lit"}, "eva (1)"},
		{"active", directory.UserQuery{State: directory.ActiveState, Sort: directory.SortLogin}, "anna bob clara eva (4)"},
		{"disabled", directory.UserQuery{State: directory.DisabledState}, "dora (1)"},
		{"in the bin", directory.UserQuery{State: directory.BinState, Sort: directory.SortDeleted}, "gone (1)"},
		{"of a permission", directory.UserQuery{Permission: sales.ID}, "anna dora (2)"},
		{"of a permission that everybody has", directory.UserQuery{Permission: directory.AllID, Text: "bob"}, "bob (1)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			page, err := d.Accounts.Search(test.query)
			must(t, err)
			var logins []string
			if test.query.Sort != directory.SortChanged {
				for _, account := range page.Accounts {
					logins = append(logins, account.JID.Local())
				}
			}
			if got := strings.TrimSpace(strings.Join(logins, " ") + fmt.Sprintf(" (%d)", page.Total)); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	for _, query := range []directory.UserQuery{{Sort: "password"}, {State: "dead"}, {Offset: -1}, {Limit: -1}} {
		_, err := d.Accounts.Search(query)
		wantKind(t, err, fault.Invalid)
	}
	_, err = d.Accounts.Search(directory.UserQuery{Permission: "none"})
	wantKind(t, err, fault.NotFound)
}

// What is kept sorted while it changes is the same as what is sorted anew.
func TestListsStaySorted(t *testing.T) {
	db := storetest.OpenMemory(t)
	d := open(t, db)
	sorts := []directory.SortKey{directory.SortName, directory.SortLogin, directory.SortExtension, directory.SortRole, directory.SortChanged, directory.SortDeleted}
	pages := func(d *directory.Directory) [][]directory.Account {
		var all [][]directory.Account
		for _, key := range sorts {
			for _, state := range []directory.UserState{directory.AnyState, directory.BinState} {
				page, err := d.Accounts.Search(directory.UserQuery{Sort: key, State: state})
				must(t, err)
				all = append(all, page.Accounts)
			}
		}
		return all
	}
	pages(d)
	for i := range 60 {
		login := fmt.Sprintf("u%d", i*7%20)
		user, err := d.Accounts.Get(ctx, jid.MustParse(login+"@capulet.lit"))
		switch {
		case err != nil:
			user.JID = member(t, d, login, directory.NoRole)
		case i%3 == 0:
			in := user.Input()
			in.DisplayName, in.Extension, in.Role = fmt.Sprint("Ä", i*13%31), fmt.Sprint(200+i), directory.Role(i%6)
			_, err = d.Accounts.UpdateUser(ctx, operator, user.JID, user.Revision, in)
			must(t, err)
		case i%3 == 1 && !user.InBin():
			must(t, d.Accounts.Trash(ctx, operator, user.JID))
		default:
			must(t, d.Accounts.Delete(ctx, user.JID))
		}
		if got, want := pages(d), pages(open(t, db)); !reflect.DeepEqual(got, want) {
			t.Fatalf("after change %d:\n%v\nwant\n%v", i, got, want)
		}
	}
}
