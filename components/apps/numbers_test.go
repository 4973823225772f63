package apps_test

import (
	"testing"
	"time"

	"plenum/components/directory"
	"plenum/xmppd/xmpptest"
)

// who asks for the numbers of colleagues and teams is told of each that changes; others are told nothing of them.
func TestNumbersAreTold(t *testing.T) {
	play(t, func(t *testing.T, st *stage, srv *xmpptest.Server) {
		ctx := t.Context()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		kitchen := st.org.Teams.List()[0]
		juliet, romeo := open(t, srv, "juliet", "own"), open(t, srv, "romeo", "own")
		juliet.asksFor("get", `<snapshot xmlns='urn:plenum:app:0' numbers='true'/>`, `<snapshot xmlns='urn:plenum:app:0' n='0'>…<numbers><number user='nurse@example.org' extension='13'/>`+
			`<number user='romeo@example.org' extension='10'/><number team='`+kitchen.ID+`' name='Kitchen' extension='500'/></numbers>…</snapshot>`)
		_, err := st.org.Accounts.CreateUser(ctx, operator, directory.UserInput{Login: "tybalt", DisplayName: "Tybalt", Extension: "14", Password: "Wherefore4"})
		must(err)
		juliet.hears(`<number user='tybalt@example.org' extension='14'/>`)
		must(st.org.Teams.LogIn(ctx, user("nurse"), kitchen.ID, user("nurse"), true)) // the team has the same number as before
		juliet.Expect(`<message type='headline'><event xmlns='urn:plenum:app:0'><team id='` + kitchen.ID + `'>…</team></event></message>`)
		in := kitchen.Input()
		in.Extension = "501"
		_, err = st.org.Teams.Update(ctx, operator, kitchen.ID, st.org.Teams.List()[0].Revision, in)
		must(err)
		juliet.hears(`<number team='` + kitchen.ID + `' name='Kitchen' extension='501'/>`)
		must(st.org.Accounts.Trash(ctx, operator, user("tybalt")))
		juliet.hears(`<numbers><number user='nurse@example.org'/><number user='romeo@example.org'/><number team='` + kitchen.ID + `'/></numbers>`)
		// who is in no common permission any more sees nothing
		all, err := st.org.Permissions.Get(directory.AllID)
		must(err)
		none := all.Input()
		none.Types = nil
		_, err = st.org.Permissions.Update(ctx, operator, all.ID, all.Revision, none)
		must(err)
		juliet.hears(`<numbers/>`)
		_, err = st.org.Accounts.CreateUser(ctx, operator, directory.UserInput{Login: "paris", DisplayName: "Paris", Extension: "15", Password: "Wherefore4"})
		must(err)
		time.Sleep(time.Second)
		juliet.Drain()
		for _, p := range romeo.Drain() {
			if e, ok := p.Child("urn:plenum:app:0", "event"); ok {
				for c := range e.Children() {
					if c.Local() == "number" || c.Local() == "numbers" {
						t.Errorf("who has not asked for numbers is told %s", p.Raw())
					}
				}
			}
		}
	})
}
