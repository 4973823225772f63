package archive_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/archive"
	"plenum/xmppd"
	"plenum/xmppd/jid"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
	"plenum/xmppd/xmpptest"
)

const allMessages = "<iq type='set' id='1'><query xmlns='urn:xmpp:mam:2'/></iq>"

func TestPreferencesAndMessagesGoWithTheAccount(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var a *archive.Service
		srv := xmpptest.StartWith(t, xmpptest.Options{Store: db, Register: func(s *xmppd.Server) { a, _ = register(t, s, archive.Config{}) }})
		romeo := srv.Login("romeo")
		prefs := "<prefs xmlns='urn:xmpp:mam:2' default='roster'><always><jid>romeo@example.org</jid><jid>ü@x.org</jid></always><never/></prefs>"
		for _, p := range []string{"<prefs xmlns='urn:xmpp:mam:2' default='never'/>", prefs} { // the second overwrites
			romeo.Send("<iq type='set' id='1'>" + p + "</iq>")
			romeo.Expect("<iq type='result' id='1'>…</iq>")
		}
		romeo.Send("<message to='romeo@example.org/r'><body>a</body></message>")
		romeo.Expect("<message><body>a</body><stanza-id xmlns='urn:xmpp:sid:0' by='romeo@example.org' id='…'/></message>")
		romeo.Send(allMessages)
		romeo.Expect("<message>…</message>")
		romeo.Expect("<iq type='result' id='1'>…</iq>")
		for range 2 {
			if err := a.ForgetAccount(context.Background(), jid.MustParse("romeo@example.org")); err != nil {
				t.Fatal(err)
			}
		}
		romeo.Send(allMessages)
		romeo.Expect("<iq type='result' id='1'>…</iq>")
		romeo.Send("<iq type='get' id='2'><prefs xmlns='urn:xmpp:mam:2'/></iq>")
		romeo.Expect("<iq type='result' id='2'><prefs xmlns='urn:xmpp:mam:2' default='always'><always/><never/></prefs></iq>")
	})
}

func TestConfig(t *testing.T) {
	for name, c := range map[string]struct {
		cfg archive.Config
		ok  bool
	}{
		"nothing said":      {archive.Config{}, true},
		"contacts only":     {archive.Config{Mode: "roster", Keep: 24 * time.Hour}, true},
		"an unknown mode":   {archive.Config{Mode: "sometimes"}, false},
		"less than an hour": {archive.Config{Keep: time.Minute}, false},
		"less than nothing": {archive.Config{Keep: -time.Hour}, false},
	} {
		if err := c.cfg.Validate(); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOffMeansOff(t *testing.T) {
	srv := xmpptest.Start(t, func(s *xmppd.Server) { register(t, s, archive.Config{Off: true}) })
	romeo := srv.Login("romeo")
	romeo.Send("<message to='romeo@example.org/r'><body>a</body></message>")
	romeo.Expect("<message><body>a</body></message>")
	romeo.Send(allMessages)
	romeo.Expect("<iq type='error' id='1'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")
}

func TestOldMessagesAreSwept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a *archive.Service
		srv := xmpptest.Start(t, func(s *xmppd.Server) { a, _ = register(t, s, archive.Config{Keep: 24 * time.Hour}) })
		go a.Sweep(srv.Context())
		count := func(want int) {
			t.Helper()
			romeo := srv.Login("romeo")
			defer romeo.Close()
			romeo.Send(allMessages)
			for range want {
				romeo.Expect("<message>…</message>")
			}
			romeo.Expect("<iq type='result' id='1'>…</iq>")
		}
		send := func() {
			juliet := srv.Login("juliet")
			defer juliet.Close()
			juliet.Send("<message to='romeo@example.org'><body>a</body></message>")
			juliet.Silent()
		}
		srv.Login("romeo").Close()
		send()
		time.Sleep(20 * time.Hour)
		send()
		count(2)
		time.Sleep(6 * time.Hour)
		count(1)
		time.Sleep(48 * time.Hour)
		count(0)
	})
}
