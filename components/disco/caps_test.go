package disco_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"plenum/components/disco"
	"plenum/components/ping"
	"plenum/components/version"
	"plenum/xmppd"
	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

// start runs a server that gives its capabilities.
func start(t *testing.T) (*xmpptest.Server, *disco.Service) {
	var d *disco.Service
	srv := xmpptest.Start(t, func(s *xmppd.Server) {
		d = disco.Register(s, disco.Config{Contacts: map[string][]string{"admin": {"mailto:a@example.org"}}})
		version.Register(s, d, version.Config{}, version.Software{Name: "Plenum", Version: "1"})
	}, ping.Register)
	return srv, d
}

func TestServerCapsHashIsThatOfTheRealAnswer(t *testing.T) {
	srv, _ := start(t)
	romeo := srv.Login("romeo")
	c := capsOf(t, romeo.Features())
	if hash, _ := c.Attr("hash"); hash != "sha-1" {
		t.Errorf("hash is %q", hash)
	}
	node, _ := c.Attr("node")
	ver, _ := c.Attr("ver")
	for _, attr := range []string{"", " node='" + node + "#" + ver + "'"} {
		romeo.Send("<iq type='get' id='1' to='example.org'><query xmlns='" + disco.NSInfo + "'" + attr + "/></iq>")
		reply := romeo.Find("<iq type='result' id='1'>…</iq>")
		q, _ := reply.First()
		info, err := disco.ParseInfo(q)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Hash(); ver == "" || got != ver {
			t.Errorf("announced %q, the answer to%s has %q", ver, attr, got)
		}
		if len(info.Forms) != 2 || len(info.Features) < 4 {
			t.Errorf("the answer has %d forms and %d features", len(info.Forms), len(info.Features))
		}
	}
	romeo.Send("<iq type='get' id='2' to='example.org'><query xmlns='" + disco.NSInfo + "' node='" + node + "#old'/></iq>")
	romeo.Expect("<iq type='error' id='2'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>…</error></iq>")
}

func capsOf(t *testing.T, features *xmlstream.Packet) xmlstream.Element {
	t.Helper()
	for e := range features.Children() {
		if e.Is(disco.NSCaps, "c") {
			return e
		}
	}
	t.Fatalf("no capabilities in %s", features.Raw())
	return xmlstream.Element{}
}

const exodusVer = "QgayPKawpkPSDYmwT/WM94uAlu0="

func caps(hash, ver string) string {
	return "<presence><c xmlns='" + disco.NSCaps + "' hash='" + hash + "' node='http://code.google.com/p/exodus' ver='" + ver + "'/></presence>"
}

// asked takes the server's question and answers it.
func asked(t *testing.T, c *xmpptest.Client, ver, children string) {
	t.Helper()
	q := c.Find("<iq type='get' from='example.org'><query xmlns='" + disco.NSInfo + "' node='http://code.google.com/p/exodus#" + ver + "'/></iq>")
	c.Send("<iq type='result' to='example.org' id='" + q.ID() + "'><query xmlns='" + disco.NSInfo + "'>" + children + "</query></iq>")
	synctest.Wait()
}

func notAsked(t *testing.T, c *xmpptest.Client) {
	t.Helper()
	c.Find("<presence>…</presence>")
	c.Silent()
}

func TestClientCaps(t *testing.T) {
	has := func(d *disco.Service, srv *xmpptest.Server, c *xmpptest.Client, feature string) bool {
		return d.Caps.Of(srv.Session(c.JID)).Has(feature)
	}
	const muc, evil = "http://jabber.org/protocol/muc", "urn:evil"
	for name, f := range map[string]func(t *testing.T, srv *xmpptest.Server, d *disco.Service){
		"an answer with the right hash counts for all who announce it": func(t *testing.T, srv *xmpptest.Server, d *disco.Service) {
			romeo, juliet := srv.Login("romeo"), srv.Login("juliet")
			romeo.Send(caps("sha-1", exodusVer))
			asked(t, romeo, exodusVer, exodus)
			juliet.Send(caps("sha-1", exodusVer))
			notAsked(t, juliet)
			if !has(d, srv, romeo, muc) || !has(d, srv, juliet, muc) {
				t.Error("the capabilities are not known")
			}
		},
		"an answer with another hash counts for its client alone": func(t *testing.T, srv *xmpptest.Server, d *disco.Service) {
			tybalt, juliet := srv.Login("tybalt"), srv.Login("juliet")
			tybalt.Send(caps("sha-1", exodusVer))
			asked(t, tybalt, exodusVer, exodus+"<feature var='"+evil+"'/>")
			juliet.Send(caps("sha-1", exodusVer))
			asked(t, juliet, exodusVer, exodus)
			if !has(d, srv, tybalt, evil) || has(d, srv, juliet, evil) || !has(d, srv, juliet, muc) {
				t.Error("the false answer was used for another client, or not for its own")
			}
		},
		"a hash that is not known counts for its client alone": func(t *testing.T, srv *xmpptest.Server, d *disco.Service) {
			tybalt, juliet := srv.Login("tybalt"), srv.Login("juliet")
			tybalt.Send(caps("sha-512", "x"))
			asked(t, tybalt, "x", exodus)
			juliet.Send(caps("sha-512", "x"))
			asked(t, juliet, "x", exodus)
		},
		"the same presence again is no new question": func(t *testing.T, srv *xmpptest.Server, d *disco.Service) {
			romeo := srv.Login("romeo")
			romeo.Send(caps("sha-1", "other"))
			asked(t, romeo, "other", exodus)
			romeo.Find("<presence>…</presence>")
			romeo.Send(caps("sha-1", "other"))
			notAsked(t, romeo)
		},
		"who gives no usable answer is asked again with the next presence": func(t *testing.T, srv *xmpptest.Server, d *disco.Service) {
			romeo := srv.Login("romeo")
			romeo.Send(caps("sha-1", exodusVer))
			q := romeo.Find("<iq type='get' from='example.org'>…</iq>")
			romeo.Send("<iq type='error' to='example.org' id='" + q.ID() + "'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")
			synctest.Wait()
			romeo.Send(caps("sha-1", exodusVer))
			asked(t, romeo, exodusVer, exodus)
			if !has(d, srv, romeo, muc) {
				t.Error("the capabilities are not known")
			}
		},
		"an answer that is too large counts for nothing": func(t *testing.T, srv *xmpptest.Server, d *disco.Service) {
			romeo := srv.Login("romeo")
			romeo.Send(caps("sha-1", exodusVer))
			asked(t, romeo, exodusVer, strings.Repeat("<feature var='x'/>", disco.MaxFeatures+1))
			if d.Caps.Of(srv.Session(romeo.JID)) != nil {
				t.Error("the answer was used")
			}
		},
		"somebody else's answer counts for nothing": func(t *testing.T, srv *xmpptest.Server, d *disco.Service) {
			romeo, tybalt := srv.Login("romeo"), srv.Login("tybalt")
			romeo.Send(caps("sha-1", exodusVer))
			q := romeo.Find("<iq type='get' from='example.org'>…</iq>")
			tybalt.Send("<iq type='result' to='example.org' id='" + q.ID() + "'><query xmlns='" + disco.NSInfo + "'><feature var='" + evil + "'/></query></iq>")
			synctest.Wait()
			if has(d, srv, romeo, evil) {
				t.Error("the answer was used")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv, d := start(t)
				f(t, srv, d)
			})
		})
	}
}

func TestOnChangeTellsEachChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, d := start(t)
		var told []bool
		d.Caps.OnChange(func(_ *xmppd.Session, c *disco.Capabilities) { told = append(told, c.Notify("urn:node")) })
		romeo := srv.Login("romeo")
		romeo.Send(caps("sha-1", "1"))
		asked(t, romeo, "1", exodus)
		romeo.Send(caps("sha-1", "2"))
		asked(t, romeo, "2", exodus+"<feature var='urn:node+notify'/>")
		if len(told) != 2 || told[0] || !told[1] {
			t.Errorf("told %v", told)
		}
	})
}
