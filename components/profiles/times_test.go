package profiles_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/directory"
	"plenum/components/profiles"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmpptest"
)

// a time that comes while the server does not run is observed when it runs again, unless that is more than an hour later; what a user has chosen
// since is not taken from him by a time that was observed before.
func TestTimesThatAreMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := memory(t)
		romeo := jid.MustParse("romeo@" + xmpptest.Domain)
		var org *directory.Directory
		run := func() *xmpptest.Server {
			return xmpptest.StartWith(t, xmpptest.Options{Store: db, Register: func(s *xmppd.Server) { org = register(t, s) }})
		}
		is := func(name string) {
			t.Helper()
			synctest.Wait()
			if p, use := org.Profiles.Of(romeo); p.Name != name {
				t.Errorf("at %s he is in %s: %+v", time.Now().UTC().Format(time.TimeOnly), p.Name, use)
			}
		}
		srv := run() // at midnight
		time.Sleep(time.Minute)
		is("Available")
		srv.Stop()
		time.Sleep(5 * time.Minute) // six past; the profile began at five past
		srv = run()
		is("Lunch")
		time.Sleep(time.Minute)
		is("Available")
		if _, err := org.Profiles.Choose(context.Background(), romeo, romeo, id(t, org, "Lunch")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(23*time.Hour + 30*time.Minute)
		is("Lunch") // he stays in it as long as he likes
		if _, err := org.Profiles.Choose(context.Background(), romeo, romeo, directory.DNDID); err != nil {
			t.Fatal(err)
		}
		srv.Stop()
		time.Sleep(90 * time.Minute)
		srv = run() // an hour later than the profile's time
		time.Sleep(2 * time.Minute)
		is("DND")
		srv.Stop()
	})
}

func TestConfig(t *testing.T) {
	for name, ok := range map[string]bool{"": true, "Europe/Berlin": true, "UTC": true, "Verona": false, "../etc/passwd": false} {
		if c := (profiles.Config{TimeZone: name}); (c.Validate() == nil) != ok {
			t.Errorf("the time zone %q: %v", name, c.Validate())
		}
	}
}
