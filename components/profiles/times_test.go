package profiles_test

import (
	"context"
	"strings"
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

// times are meant in the zone of each user, also when its clock is put forward or back; who has none is in that of the organisation.
func TestTimesInTheZoneOfTheUser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var org *directory.Directory
		var p *profiles.Service
		srv := xmpptest.StartWith(t, xmpptest.Options{Store: memory(t), Register: func(s *xmppd.Server) { org, p = registered(t, s) }})
		defer srv.Stop()
		ctx := context.Background()
		at := func(name string) jid.JID { return jid.MustParse(name + "@" + xmpptest.Domain) }
		for name, zone := range map[string]string{"juliet": "America/New_York", "nurse": "Asia/Kathmandu"} {
			a, err := org.Accounts.Get(ctx, at(name))
			if err != nil {
				t.Fatal(err)
			}
			in := a.Input()
			in.TimeZone = &zone
			if _, err := org.Accounts.UpdateUser(ctx, operator, a.JID, a.Revision, in); err != nil {
				t.Fatal(err)
			}
		}
		early, err := org.Profiles.Create(ctx, operator, directory.ProfileInput{Name: "Early", Triggers: []directory.ProfileTrigger{
			{At: "02:30", Until: "03:30", Days: []time.Weekday{time.Sunday}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		// Every line: the time in UTC, and who is in the profile then.
		for _, c := range []struct{ at, want string }{
			{"2026-03-08 02:29", ""}, {"2026-03-08 02:30", "romeo"}, {"2026-03-08 03:29", "romeo"}, {"2026-03-08 03:30", ""},
			{"2026-03-08 06:59", ""}, {"2026-03-08 07:00", "juliet"}, // 02:30 does not come in New York: it is 03:00
			{"2026-03-08 07:29", "juliet"}, {"2026-03-08 07:30", ""},
			{"2026-03-14 20:44", ""}, {"2026-03-14 20:45", "nurse"}, {"2026-03-14 21:45", ""}, // Sunday, in Kathmandu
			{"2026-11-01 02:30", "romeo"}, {"2026-11-01 03:30", ""}, {"2026-11-01 06:30", ""}, {"2026-11-01 07:29", ""}, {"2026-11-01 07:30", "juliet"}, // EST again
			{"2026-11-01 08:30", ""},
		} {
			now, err := time.Parse("2006-01-02 15:04", c.at)
			if err != nil {
				t.Fatal(err)
			}
			for _, moment := range []time.Time{now.Add(-time.Minute), now} {
				if err := p.Look(ctx, moment); err != nil {
					t.Fatal(err)
				}
			}
			var got []string
			for _, user := range org.Profiles.Users(early.ID) {
				got = append(got, user.Local())
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("at %s UTC %q are in the profile, want %q", c.at, got, c.want)
			}
		}
	})
}

func TestConfig(t *testing.T) {
	for name, ok := range map[string]bool{"": true, "Europe/Berlin": true, "UTC": true, "Verona": false, "../etc/passwd": false} {
		if c := (profiles.Config{TimeZone: name}); (c.Validate() == nil) != ok {
			t.Errorf("the time zone %q: %v", name, c.Validate())
		}
	}
}
