package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"plenum/components/directory"
	"plenum/xmppd/jid"
	"plenum/xmppd/sasl"
	"plenum/xmppd/store/storetest"
)

// The size that the console has to be quick at.
const (
	manyUsers       = 10000
	manyPermissions = 200
)

// crowd is an organisation of that size, in which each permission has a tenth of the users.
func crowd(t testing.TB) (*world, *browser) {
	t.Helper()
	w := newNode(t, storetest.OpenFile(t), sasl.NewLimiter(sasl.LimiterConfig{}))
	var all errgroup.Group // many at a time, which the writer commits together
	all.SetLimit(64)
	for i := range manyUsers {
		all.Go(func() error {
			_, err := w.dir.Accounts.CreateUser(ctx, jid.JID{}, directory.UserInput{
				Login: fmt.Sprintf("user%05d", i), DisplayName: fmt.Sprintf("User %05d of many", (i*7919)%manyUsers), Auth: directory.AuthExternal,
				Extension: fmt.Sprint(20000 + i), Softphone: true})
			return err
		})
	}
	if err := all.Wait(); err != nil {
		t.Fatal(err)
	}
	for i := range manyPermissions {
		p, err := w.dir.Permissions.Create(ctx, jid.JID{}, directory.PermissionInput{
			Name: fmt.Sprintf("Department %03d", i), Types: []directory.PermissionType{directory.XMPPGroup}, Auto: directory.Auto{Devices: true}})
		if err != nil {
			t.Fatal(err)
		}
		var members []string
		for j := i % 10; j < manyUsers; j += 10 {
			members = append(members, address(fmt.Sprintf("user%05d", j)).String())
		}
		if err := w.dir.Permissions.Assign(ctx, jid.JID{}, p.ID, directory.Users, members, nil); err != nil {
			t.Fatal(err)
		}
	}
	return w, w.admin()
}

// BenchmarkManyUsers is what the console waits for, with 10,000 users and 200 permissions.
func BenchmarkManyUsers(b *testing.B) {
	w, clara := crowd(b)
	some := w.dir.Permissions.List()[100].ID
	for _, path := range []string{
		"/session", "/overview", "/overview/series?range=24h",
		"/users", "/users?q=9999", "/users?sort=extension&desc=true&offset=9900", "/users?limit=500", "/users?permission=" + some, user("user05000"), user("user05000") + "/permissions",
		"/users/next-extension", "/bin", "/permissions", "/permissions?limit=500", "/permissions/" + some, "/permissions/" + some + "/members",
		"/permissions/" + some + "/members?assigned=false&q=77&limit=500", "/audit",
	} {
		b.Run("GET "+strings.ReplaceAll(strings.ReplaceAll(path, some, "ID"), "/", "|"), func(b *testing.B) {
			w.t, clara.w.t = b, b
			for b.Loop() {
				clara.want(http.StatusOK, clara.get(path))
			}
		})
	}
	b.Run("PUT user", func(b *testing.B) {
		w.t, clara.w.t = b, b
		revision := clara.get(user("user00001")).json["revision"]
		for i := 0; b.Loop(); i++ {
			revision = clara.want(http.StatusOK, clara.put(user("user00001"), form(map[string]any{"auth": "external", "displayName": fmt.Sprint("N", i), "revision": revision}))).json["revision"]
		}
	})
}
