package adhoc_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"plenum/components/adhoc"
	"plenum/components/disco"
	"plenum/xmppd"
	"plenum/xmppd/dataform"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

func start(t testing.TB) (srv *xmpptest.Server, a *adhoc.Service) {
	t.Helper()
	return xmpptest.Start(t, func(s *xmppd.Server) { a = register(s) }), a
}

func command(attrs string) string {
	return "<iq type='set' id='1' to='example.org'><command xmlns='" + adhoc.NS + "' " + attrs + "/></iq>"
}

const (
	executing = "<iq type='result' id='1'><command xmlns='" + adhoc.NS + "' sessionid='$s' status='executing'>…</command></iq>"
	notNow    = "<iq type='error' id='1'><error type='cancel'><not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>…</error></iq>"
)

func TestAClientCarriesOutSoManyCommandsAtATime(t *testing.T) {
	srv, a := start(t)
	romeo, juliet := srv.Login("romeo"), srv.Login("juliet")
	var last string
	for range adhoc.MaxPerUser {
		romeo.Send(command("node='config'"))
		last = romeo.Expect(executing)["s"]
	}
	romeo.Send(command("node='config'"))
	romeo.Expect(notNow)
	juliet.Send(command("node='config'"))
	juliet.Expect(executing)
	if n := a.Running(); n != adhoc.MaxPerUser+1 {
		t.Errorf("%d sessions are kept", n)
	}
	romeo.Send(command("node='config' action='cancel' sessionid='" + last + "'"))
	romeo.Expect("<iq type='result' id='1'>…</iq>")
	romeo.Send(command("node='config'"))
	romeo.Expect(executing)
}

func TestWhoLogsOutCarriesOutNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, a := start(t)
		romeo, juliet := srv.Login("romeo"), srv.Login("juliet")
		for _, c := range []*xmpptest.Client{romeo, romeo, juliet} {
			c.Send(command("node='config'"))
			c.Expect(executing)
		}
		romeo.Close()
		synctest.Wait()
		if n := a.Running(); n != 1 {
			t.Errorf("%d sessions are kept", n)
		}
	})
}

func TestGuestsCarryOutNothing(t *testing.T) {
	srv, _ := start(t)
	got := make(chan *xmlstream.Packet, 1)
	x, err := srv.OpenSession(context.Background(), jid.MustParse("g1@"+srv.GuestDomain()+"/r"), func(p *xmlstream.Packet) { got <- p })
	if err != nil {
		t.Fatal(err)
	}
	for _, iq := range []string{command("node='hello'"), "<iq type='set' id='1'><command xmlns='" + adhoc.NS + "' node='own'/></iq>"} {
		if err := x.Submit(xmlstream.MustParse(iq)); err != nil {
			t.Fatal(err)
		}
		if err := xmpptest.Match("<iq type='error' id='1'><error type='cancel'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>", <-got, map[string]string{}); err != nil {
			t.Error(err)
		}
	}
}

func TestWhatOneFillsInIsNotShownToAnother(t *testing.T) {
	shared := &adhoc.Step{Form: dataform.New("form", "").Add(dataform.Field{Var: "v", Type: dataform.TextSingle})}
	shared.Next = func(context.Context, *adhoc.Request) (*adhoc.Step, error) { return shared, nil }
	srv := xmpptest.Start(t, func(s *xmppd.Server) {
		register(s).Add(adhoc.Command{Node: "shared", Target: xmppd.ToServer, Start: func(context.Context, *adhoc.Request) (*adhoc.Step, error) { return shared, nil }})
	})
	romeo, juliet := srv.Login("romeo"), srv.Login("juliet")
	romeo.Send(command("node='shared'"))
	id := romeo.Expect(executing)["s"]
	romeo.Send(fmt.Sprintf("<iq type='set' id='1' to='example.org'><command xmlns='%s' node='shared' sessionid='%s'><x xmlns='jabber:x:data' type='submit'>"+
		"<field var='v'><value>love</value></field></x></command></iq>", adhoc.NS, id))
	romeo.Expect(executing)
	romeo.Send(command("node='shared' action='prev' sessionid='" + id + "'"))
	if p := romeo.Next(); !strings.Contains(string(p.Raw()), "love") {
		t.Errorf("romeo's own is not there: %s", p.Raw())
	}
	juliet.Send(command("node='shared'"))
	if p := juliet.Next(); strings.Contains(string(p.Raw()), "love") {
		t.Errorf("juliet gets %s", p.Raw())
	}
}

func TestCommandsThatCannotBeAdded(t *testing.T) {
	done := func(context.Context, *adhoc.Request) (*adhoc.Step, error) { return adhoc.Done(""), nil }
	xmpptest.Start(t, func(s *xmppd.Server) {
		a := register(s)
		for name, c := range map[string]adhoc.Command{
			"a node twice":         {Node: "hello", Target: xmppd.ToServer, Start: done},
			"no node":              {Target: xmppd.ToServer, Start: done},
			"the node of the list": {Node: adhoc.NS, Target: xmppd.ToServer, Start: done},
			"nothing to do":        {Node: "x", Target: xmppd.ToServer},
		} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s: it was added", name)
					}
				}()
				a.Add(c)
			}()
		}
		a.Add(adhoc.Command{Node: "hello", Target: xmppd.ToAccount, Start: done}) // another target is another command
	})
}

// Gajim looks for the commands of one's own account at the server.
func TestCommandsOfAccountsAtTheServer(t *testing.T) {
	srv := xmpptest.Start(t, func(s *xmppd.Server) {
		a := adhoc.Register(s, disco.Register(s, disco.Config{}))
		whose := func(_ context.Context, r *adhoc.Request) (*adhoc.Step, error) { return adhoc.Done("for %s", r.To), nil }
		a.Add(adhoc.Command{Node: "mine", Name: "Mine", Target: xmppd.ToAccount, AtServer: true, Start: func(context.Context, *adhoc.Request) (*adhoc.Step, error) {
			return &adhoc.Step{Next: whose}, nil
		}})
		a.Add(adhoc.Command{Node: "hidden", Name: "Hidden", Target: xmppd.ToAccount, Start: whose})
	})
	romeo := srv.Login("romeo")
	const list = "<query xmlns='http://jabber.org/protocol/disco#items' node='" + adhoc.NS + "'>"
	romeo.Send("<iq type='get' id='1' to='example.org'>" + list + "</query></iq>")
	romeo.Find("<iq type='result' id='1'>" + list + "<item jid='example.org' node='mine' name='Mine'/></query></iq>")
	romeo.Send("<iq type='set' id='2' to='example.org'><command xmlns='" + adhoc.NS + "' node='mine'/></iq>")
	id := romeo.Expect("<iq type='result' id='2'><command xmlns='" + adhoc.NS + "' sessionid='$s' status='executing'>…</command></iq>")["s"]
	romeo.Send("<iq type='set' id='3' to='example.org'><command xmlns='" + adhoc.NS + "' node='mine' sessionid='" + id + "'/></iq>")
	romeo.Find("<iq type='result' id='3'><command xmlns='" + adhoc.NS + "' status='completed'><note type='info'>for romeo@example.org</note></command></iq>")
	romeo.Send("<iq type='set' id='4' to='example.org'><command xmlns='" + adhoc.NS + "' node='hidden'/></iq>")
	romeo.Find("<iq type='error' id='4'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>…</error></iq>")
}

func FuzzCommand(f *testing.F) {
	srv, _ := start(f)
	got := make(chan *xmlstream.Packet, 4)
	x, err := srv.OpenSession(context.Background(), jid.MustParse("romeo@example.org/r"), func(p *xmlstream.Packet) { got <- p })
	if err != nil {
		f.Fatal(err)
	}
	submitted := "<x xmlns='jabber:x:data' type='submit'><field var='service'><value>a</value></field><field var='number'><value>1</value></field></x>"
	f.Add("node='config' action='next' sessionid='ID'", submitted, 1)
	f.Add("node='config' action='prev' sessionid='ID'", "", 3)
	f.Add("node='hello'", "<note/>", 0)
	f.Fuzz(func(t *testing.T, attrs, children string, steps int) {
		ask := func(attrs, children string) *xmlstream.Packet {
			p, err := xmlstream.Parse([]byte("<iq type='set' id='1' to='example.org'><command xmlns='"+adhoc.NS+"' "+attrs+">"+children+"</command></iq>"), xmlstream.NSClient, xmlstream.C2S)
			if err != nil {
				return nil
			}
			if err := x.Submit(p); err != nil {
				t.Fatal(err)
			}
			return <-got // exactly one answer
		}
		p := ask("node='config'", "")
		e, _ := p.First()
		id, _ := e.Attr("sessionid")
		for range steps % 4 {
			ask("node='config' sessionid='"+id+"' action='next'", submitted)
		}
		if p := ask(strings.ReplaceAll(attrs, "ID", id), children); p != nil && p.Type() != "result" && p.Type() != "error" {
			t.Errorf("got %s", p.Raw())
		}
		ask("node='config' action='cancel' sessionid='"+id+"'", "")
		if len(got) > 0 {
			t.Errorf("one answer too many: %s", (<-got).Raw())
		}
	})
}
