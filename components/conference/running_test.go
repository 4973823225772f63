package conference_test

import (
	"testing"

	"plenum/components/conference"
	"plenum/components/muc"
	"plenum/xmppd"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
	"plenum/xmppd/xmpptest"
)

// TestThatAConferenceRunsIsStored on every database, until it has ended, and is what those are told who come back after a restart.
func TestThatAConferenceRunsIsStored(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, users := newAccess(), xmpptest.NewUsers()
		var c *conference.Service
		begin := func() *xmpptest.Server {
			a.tell = nil
			return xmpptest.StartWith(t, xmpptest.Options{Store: db, Users: users, Register: func(s *xmppd.Server) {
				var err error
				if c, err = registerWith(s, conference.Config{}, muc.Config{}, a, newExchange(s), conference.Rules{}); err != nil {
					t.Fatal(err)
				}
			}})
		}
		stored := func() (n int) {
			t.Helper()
			if err := db.Commit(ctx, func(tx *store.Tx) error { // it is written after all that came before
				return tx.QueryRow(`SELECT count(*) FROM conference_running`).Scan(&n)
			}); err != nil {
				t.Fatal(err)
			}
			return n
		}
		waits := func(srv *xmpptest.Server, token, reason string) *xmpptest.Client {
			t.Helper()
			visitor := enter(srv.Visit(token), "Visitor")
			visitor.Send(initiate("j", page))
			visitor.Find("<message type='headline'><no-store xmlns='urn:xmpp:hints'/><conference " + nsConf + " state='waiting' you='waiting' reason='" + reason + "'>…</conference></message>")
			return visitor
		}
		srv := begin()
		token := open(t, c)
		waits(srv, token, "no-moderator")
		if n := stored(); n != 1 {
			t.Errorf("%d conferences are stored", n)
		}
		srv.Stop()
		srv = begin()
		if n := stored(); n != 0 {
			t.Errorf("%d conferences are stored that were cut off", n)
		}
		visitor := waits(srv, token, "restarted")
		visitor.Find("<presence from='" + focus + "'><show>chat</show>…</presence>") // else the room shows the end alone, which is what it showed before
		visitor.Send("<iq type='set' id='t' to='" + focus + "'><jingle xmlns='urn:xmpp:jingle:1' action='session-terminate' sid='s'/></iq>")
		visitor.Find("<iq type='result' id='t'/>")
		visitor.Find("<presence from='" + focus + "'><show>away</show>…</presence>")
		if n := stored(); n != 0 {
			t.Errorf("%d conferences are stored that have ended", n)
		}
	})
}
