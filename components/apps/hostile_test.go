package apps_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"plenum/xmppd/xmlstream"
	"plenum/xmppd/xmpptest"
)

// Whatever a user asks for who may not, or who means no good, is refused by a condition that says why; the call of others is not touched.
func TestHostileCommands(t *testing.T) {
	play(t, func(t *testing.T, st *stage, srv *xmpptest.Server) {
		juliet, nurse := open(t, srv, "juliet", "all"), open(t, srv, "nurse", "own")
		st.apps.Unlimited()
		st.does("desk calls 12")
		synctest.Wait()
		st.does("balustrade rings")
		st.does("balustrade answers")
		seen := juliet.hears(`<call id='$id' answered='…'><party leg='$romeo' doing='talking'/><party leg='$juliet' doing='talking'/></call>`)
		call, leg, other := " call='"+seen["id"]+"'", " leg='"+seen["romeo"]+"'", seen["juliet"]
		many := strings.Repeat("9", 50_000)
		for _, c := range []struct{ command, want string }{
			// another's call, by its ID
			{"hangup" + call, "forbidden"}, {"hangup" + call + leg, "forbidden"}, {"hold" + call, "forbidden"}, {"hold" + call + leg, "forbidden"}, {"resume" + call + leg, "forbidden"},
			{"answer" + call, "forbidden"}, {"transfer to='13'" + call, "forbidden"}, {"transfer to='13'" + call + leg, "forbidden"},
			{"transfer with='" + seen["id"] + "'" + call + leg, "forbidden"}, {"transfer with='" + seen["id"] + "'", "item-not-found"},
			{"transfer with='" + other + "'" + call, "item-not-found"}, {"hangup leg='" + other + "'", "item-not-found"}, {"hangup call='" + other + "'", "item-not-found"},
			{"hangup for='juliet@example.org'" + call, "bad-request"}, {"hold for='juliet@example.org'" + call, "bad-request"},
			// on behalf of another
			{"dial number='13' for='juliet@example.org'", "forbidden"}, {"pickup for='juliet@example.org'", "forbidden"}, {"profile id='dnd' for='juliet@example.org'", "forbidden"},
			{"forward target='13' for='juliet@example.org'", "forbidden"}, {"location for='juliet@example.org'", "forbidden"}, {"team id='" + st.org.Teams.List()[0].ID + "' do='logout' for='juliet@example.org'", "forbidden"},
			{"dial number='13' for='nobody@example.org'", "forbidden"}, {"dial number='13' for='@'", "bad-request"}, {"dial number='13' for='example.org'", "bad-request"},
			{"followme device='xmpp' for='juliet@example.org'", "bad-request"}, {"seen for='juliet@example.org'", "bad-request"}, {"outgoing device='auto' for='juliet@example.org'", "bad-request"},
			{"followme holder='juliet@example.org' device='xmpp' gsm='true'", "item-not-found"}, {"outgoing device='" + st.device("desk").ID + "'", "item-not-found"},
			{"dial number='13' device='" + st.device("desk").ID + "'", "item-not-found"},
			// nonsense, and far too much of it
			{"dial", "bad-request"}, {"dial number=''", "bad-request"}, {"dial number='abc'", "bad-request"}, {"dial number='" + many + "'", "bad-request"}, {"dial number='&#x661;&#x662;'", "bad-request"},
			{"dial number='13' device='" + many + "'", "item-not-found"}, {"pickup from='" + many + "'", "bad-request"}, {"pickup from='-1'", "bad-request"}, {"pickup call='" + many + "'", "item-not-found"}, {"dial number='take " + many + "'", "bad-request"},
			{"transfer to='" + many + "'", "item-not-found"}, {"hangup call='" + many + "'", "item-not-found"}, {"hold leg='" + many + "'", "item-not-found"},
			{"forward target='" + many + "'", "bad-request"}, {"forward active='perhaps'", "bad-request"}, {"forward target='12' revision='99999999999999999999'", "bad-request"},
			{"forward target='12' revision='9223372036854775807'", "conflict"}, {"location id='" + many + "'", "item-not-found"}, {"profile id='" + many + "'", "item-not-found"}, {"profile", "bad-request"},
			{"team id='" + many + "' do='login'", "item-not-found"}, {"team id='x' do='dance'", "bad-request"}, {"team id='" + st.org.Teams.List()[0].ID + "' do='pause' reason='" + many + "'", "conflict"},
			{"outgoing device='" + many + "'", "item-not-found"}, {"followme device='xmpp' revision='1e3'", "bad-request"},
		} {
			name, rest, _ := strings.Cut(c.command, " ")
			nurse.refused("<"+name+" xmlns='urn:plenum:app:0' "+rest+"/>", c.want)
		}
		for _, timer := range []string{"class='internal' delay='99999999999999999999'", "class='internal' enabled='true' delay='2147483647'", "class='internal' delay='-1'", "class='internal' ring='-5'", "class='all'", "", "class='queue' enabled='2'"} {
			nurse.refused("<followme xmlns='urn:plenum:app:0' device='xmpp'><timer "+timer+"/></followme>", "bad-request")
		}
		nurse.asksFor("set", "<dance xmlns='urn:plenum:app:0'/>", "service-unavailable")
		nurse.asksFor("get", "<dial xmlns='urn:plenum:app:0' number='13'/>", "service-unavailable")
		for _, ask := range []string{"scope='everything'", "journal='-1'", "journal='101'", "journal='1e1'", "events='maybe'", "numbers='2'"} {
			nurse.asksFor("get", "<snapshot xmlns='urn:plenum:app:0' "+ask+"/>", "bad-request")
		}
		nurse.asksFor("get", "<snapshot xmlns='urn:plenum:app:0' scope='all'/>", "forbidden")
		nurse.Send("<iq type='get' id='x' to='juliet@example.org'><snapshot xmlns='urn:plenum:app:0'/></iq>")
		nurse.Find("<iq type='error' id='x'>…<error><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>…</error></iq>")
		nurse.Send("<iq type='set' id='y' to='juliet@example.org'><hangup xmlns='urn:plenum:app:0'/></iq>")
		nurse.Find("<iq type='error' id='y'>…<error><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>…</error></iq>")
		if calls := st.calls.Calls(); len(calls) != 1 || len(calls[0].Parties) != 2 || calls[0].Parties[0].Holds || calls[0].Parties[1].Holds {
			t.Errorf("the call of the others was touched: %+v", calls)
		}
	})
}

// refused sends a command, which is refused by a condition with a text.
func (a *app) refused(payload, want string) {
	a.t.Helper()
	a.asks++
	a.Send(fmt.Sprintf(`<iq type='set' id='q%d'>%s</iq>`, a.asks, payload))
	var answer *xmlstream.Packet
	for answer == nil || answer.Kind() != xmlstream.IQ {
		answer = a.Next()
	}
	e, _ := answer.Child("jabber:client", "error")
	text, _ := e.Child("urn:ietf:params:xml:ns:xmpp-stanzas", "text")
	if _, ok := e.Child("urn:ietf:params:xml:ns:xmpp-stanzas", want); answer.Type() != "error" || !ok || text.Text() == "" || len(text.Text()) > 300 {
		a.t.Errorf("%.90s is answered %.400s; want %s", payload, answer.Raw(), want)
	}
}
