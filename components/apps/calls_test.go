package apps_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/apps"
	"plenum/components/directory"
	"plenum/components/telephony"
	"plenum/xmppd"
	"plenum/xmppd/xmpptest"
)

// play runs a test on one server, which has all calls.
func play(t *testing.T, fn func(t *testing.T, st *stage, srv *xmpptest.Server)) {
	synctest.Test(t, func(t *testing.T) {
		var st *stage
		srv := xmpptest.Start(t, func(s *xmppd.Server) { st = register(t, s) })
		fn(t, st, srv)
	})
}

// An app is a client that has asked for everything it may see.
type app struct {
	*xmpptest.Client
	t    *testing.T
	asks int
	vars map[string]string
}

func open(t *testing.T, srv *xmpptest.Server, name, scope string) *app {
	t.Helper()
	a := &app{Client: srv.Login(name), t: t}
	a.vars = a.asksFor("get", fmt.Sprintf(`<snapshot xmlns='urn:plenum:app:0' scope='%s'/>`, scope), `<snapshot xmlns='urn:plenum:app:0' n='0'>…</snapshot>`)
	return a
}

// asksFor sends a request and expects a result, or the condition of an error.
func (a *app) asksFor(typ, payload, want string) map[string]string {
	a.t.Helper()
	a.asks++
	a.Send(fmt.Sprintf(`<iq type='%s' id='q%d'>%s</iq>`, typ, a.asks, payload))
	if want != "" && !strings.HasPrefix(want, "<") {
		return a.finds(fmt.Sprintf(`<iq type='error' id='q%d'>…<error><%s xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>…</error></iq>`, a.asks, want))
	}
	return a.finds(fmt.Sprintf(`<iq type='result' id='q%d'>%s</iq>`, a.asks, want))
}

// finds waits for a stanza, whatever comes before it.
func (a *app) finds(pattern string) map[string]string {
	a.t.Helper()
	vars := map[string]string{}
	if err := xmpptest.Match(pattern, a.Find(pattern), vars); err != nil {
		a.t.Fatal(err)
	}
	return vars
}

func (a *app) does(command, want string) map[string]string {
	a.t.Helper()
	name, rest, _ := strings.Cut(command, " ")
	return a.asksFor("set", fmt.Sprintf("<%s xmlns='urn:plenum:app:0' %s/>", name, rest), want)
}

// hears waits for an event with a child.
func (a *app) hears(child string) map[string]string {
	a.t.Helper()
	return a.finds("<message type='headline'><event xmlns='urn:plenum:app:0'>…" + child + "…</event></message>")
}

// a supervisor sees all calls, moves one and ends it; others see their own, and are refused.
func TestSupervisor(t *testing.T) {
	play(t, func(t *testing.T, st *stage, srv *xmpptest.Server) {
		juliet, romeo := open(t, srv, "juliet", "all"), open(t, srv, "romeo", "own")
		st.does("desk calls 13")
		synctest.Wait()
		st.does("kitchen rings")
		call := juliet.hears(`<call id='$id' dialled='13' began='…'><party leg='$romeo' role='caller' user='romeo@example.org' device='…' number='10' name='Romeo Montague' doing='calling'/>` +
			`<party leg='$nurse' role='callee' user='nurse@example.org' device='…' number='13' name='Nurse' doing='ringing'/></call>`)
		id := "call='" + call["id"] + "'"
		romeo.hears(`<call id='` + call["id"] + `'><party role='caller' own='true'/><party role='callee' user='nurse@example.org'/></call>`)
		st.does("kitchen answers")
		juliet.hears(`<call id='` + call["id"] + `' answered='…'><party doing='talking'/><party doing='talking'/></call>`)
		romeo.hears(`<call answered='…'>…</call>`)
		time.Sleep(10 * time.Second)
		// what may not be done
		nurse := open(t, srv, "nurse", "own")
		nurse.does("hold "+id+" leg='"+call["romeo"]+"'", "forbidden")
		nurse.does("hangup call='nonsense'", "item-not-found")
		nurse.does("dial number='12' for='romeo@example.org'", "forbidden")
		nurse.does("pickup for='romeo@example.org'", "forbidden")
		nurse.does("transfer "+id, "bad-request")
		nurse.does("transfer "+id+" to='12' with='x'", "bad-request")
		nurse.does("transfer "+id+" to='99'", "item-not-found")
		nurse.does("transfer "+id+" with='nonsense'", "item-not-found")
		nurse.does("answer "+id, "not-acceptable")
		juliet.does("hold "+id, "bad-request") // whose?
		juliet.does("hangup "+id+" leg='nobody'", "item-not-found")
		// moved: the nurse is let go, Romeo comes to Juliet
		juliet.does("transfer "+id+" leg='"+call["nurse"]+"' to='12'", "")
		synctest.Wait()
		st.does("balustrade rings")
		juliet.hears(`<call dialled='12'><party user='romeo@example.org' doing='calling'/><party user='juliet@example.org' doing='ringing' own='true'/></call>`)
		nurse.hears(`<call over='true'/>…<entry chain='…' direction='in' user='romeo@example.org' number='10' via='dial' result='transfer' seconds='10'/>`)
		st.does("balustrade answers")
		juliet.hears(`<call><party doing='talking'/><party doing='talking'/></call>`)
		time.Sleep(time.Second)
		juliet.does("hangup "+id, "")
		juliet.hears(`<call id='` + call["id"] + `' over='true'/>…<entry via='transfer' result='hangup'/>`)
		romeo.hears(`<call over='true'/>`)
		// without the permission nothing of others is left
		st.does("desk calls 13")
		synctest.Wait()
		st.does("kitchen rings")
		next := juliet.hears(`<call id='$id' dialled='13'>…</call>`)
		supervise(t, st.org, "juliet", false)
		juliet.hears(`<self>…</self>…<call id='` + next["id"] + `' over='true'/>`)
		juliet.does("hangup call='"+next["id"]+"'", "forbidden")
	})
}

// what a user does with his own calls, without the telephone in his hand.
func TestOwnCalls(t *testing.T) {
	play(t, func(t *testing.T, st *stage, srv *xmpptest.Server) {
		romeo := open(t, srv, "romeo", "own")
		romeo.does("hangup", "item-not-found")
		romeo.does("dial", "bad-request")
		romeo.does("dial number='let me in'", "bad-request")
		romeo.does("dial number='"+strings.Repeat("1", 500)+"'", "bad-request")
		romeo.does("dial number='12' device='balustrade'", "item-not-found")
		romeo.does("dial number='12' device='xmpp'", "recipient-unavailable")
		romeo.does("outgoing device='"+st.device("lyre").ID+"'", "")
		call := romeo.does("dial number='12'", "<call xmlns='urn:plenum:app:0' id='$id'/>")
		synctest.Wait()
		st.does("lyre rings")
		romeo.hears(`<call id='` + call["id"] + `' dialled='12'><party role='caller' doing='ringing' own='true'/></call>`)
		romeo.does("answer", "") // its telephone may not listen
		romeo.hears(`<call id='` + call["id"] + `' dialled='12'><party role='caller' doing='calling' own='true'/>…</call>`)
		st.does("balustrade rings")
		st.does("balustrade answers")
		romeo.hears(`<call answered='…'><party doing='talking' own='true'/><party user='juliet@example.org' name='Juliet' doing='talking'/></call>`)
		romeo.does("hold", "")
		romeo.hears(`<call><party holds='true' own='true'/><party doing='talking'/></call>`)
		second := romeo.does("dial number='13' device='"+st.device("desk").ID+"'", "<call xmlns='urn:plenum:app:0' id='$id'/>")
		synctest.Wait()
		st.does("desk rings")
		st.does("desk answers")
		synctest.Wait()
		romeo.does("resume", "bad-request") // which?
		st.does("kitchen rings")
		st.does("kitchen answers")
		synctest.Wait()
		romeo.does("resume call='"+call["id"]+"'", "")
		romeo.does("transfer call='"+call["id"]+"' with='"+second["id"]+"'", "")
		romeo.hears(`<call over='true'/>…<entry direction='out' result='transfer'/>`)
		if calls := st.calls.Calls(); len(calls) != 1 || calls[0].In(user("romeo")) || !calls[0].In(user("juliet")) || !calls[0].In(user("nurse")) {
			t.Errorf("what goes on: %+v", calls)
		}
		// nothing of his can be called
		st.does("desk vanishes")
		st.does("lyre vanishes")
		romeo.hears(`<devices><device name='desk' id='…'>…</device><device name='lyre'>…</device><device id='xmpp'>…</device></devices>`)
		romeo.does("dial number='12'", "recipient-unavailable")
	})
}

// a call that rings at another is taken, or refused to who may not.
func TestPickup(t *testing.T) {
	play(t, func(t *testing.T, st *stage, srv *xmpptest.Server) {
		romeo := open(t, srv, "romeo", "own")
		st.does("balustrade calls 13")
		synctest.Wait()
		st.does("kitchen rings")
		romeo.does("pickup from='*74'", "bad-request")
		romeo.does("pickup from='13' device='"+st.device("desk").ID+"'", "<call xmlns='urn:plenum:app:0' id='…'/>")
		synctest.Wait()
		st.does("desk answers")
		romeo.hears(`<call answered='…'><party user='juliet@example.org' doing='talking'/><party user='romeo@example.org' doing='talking' own='true'/></call>`)
	})
}

// Callers who wait for a team, and its members, are seen by them; and so is who wraps up and is free again by himself.
func TestTeams(t *testing.T) {
	play(t, func(t *testing.T, st *stage, srv *xmpptest.Server) {
		nurse := open(t, srv, "nurse", "own")
		st.does("desk calls 500")
		synctest.Wait()
		st.does("balustrade rings")
		nurse.hears(`<team name='Kitchen'><reason/><member jid='juliet@example.org' doing='ringing'/><member jid='nurse@example.org' doing='out'/>` +
			`<caller call='…' number='10' name='Romeo Montague' since='…'><rings jid='juliet@example.org'/></caller></team>`)
		st.does("balustrade answers")
		nurse.hears(`<team name='Kitchen'><reason/><member jid='juliet@example.org' doing='talking' calls='1'/><member/></team>`)
		time.Sleep(time.Second)
		st.does("balustrade hangs up")
		nurse.hears(`<team name='Kitchen'><reason/><member jid='juliet@example.org' doing='wrapup'/><member/></team>`)
		time.Sleep(time.Minute)
		nurse.hears(`<team name='Kitchen'><reason/><member jid='juliet@example.org' doing='free' calls='1'/><member/></team>`)
	})
}

// Who was rung and is not any more has the call in his journal when it is over, though it goes on without him.
func TestJournalOfWhoHasLeft(t *testing.T) {
	play(t, func(t *testing.T, st *stage, srv *xmpptest.Server) {
		nurse := open(t, srv, "nurse", "own")
		st.does("desk calls 13")
		synctest.Wait()
		st.does("kitchen rings")
		nurse.hears(`<call id='…'>…</call>`)
		st.does("kitchen answers")
		nurse.hears(`<call answered='…'>…</call>`)
		time.Sleep(time.Second)
		nurse.Drain()
		nurse.does("transfer to='12'", "")
		synctest.Wait()
		nurse.hears(`<call over='true'/>…<entry direction='in' result='transfer'/>`)
		juliet := open(t, srv, "juliet", "own")
		st.does("balustrade rings")
		juliet.hears(`<call id='…'>…</call>`)
		st.does("balustrade declines")
		juliet.hears(`<call over='true'/>…<entry direction='in' outcome='refused' via='transfer' result='noanswer' detail='dst'/>`)
	})
}

// A call that was missed is counted until it was seen, at whatever client.
func TestMissedCalls(t *testing.T) {
	play(t, func(t *testing.T, st *stage, srv *xmpptest.Server) {
		nurse := open(t, srv, "nurse", "own")
		st.does("desk calls 13")
		synctest.Wait()
		st.does("kitchen rings")
		nurse.hears(`<call id='…'>…</call>`)
		st.does("desk hangs up")
		nurse.hears(`<missed calls='1'/>…<call over='true'/>…<entry direction='in' outcome='missed' name='Romeo Montague' number='10' result='noanswer' detail='abandon'/>`)
		time.Sleep(time.Second)
		nurse.Drain()
		nurse.does("seen", "")
		nurse.hears(`<missed calls='0'/>`)
	})
}

func TestVoicemailCounters(t *testing.T) {
	play(t, func(t *testing.T, st *stage, srv *xmpptest.Server) {
		romeo := open(t, srv, "romeo", "own")
		st.boxes.gets(user("romeo"), 3)
		romeo.hears(`<voicemail new='3' old='0'/>`)
	})
}

// B9: members see what is in the box of their team, and others do not.
func TestVoicemailOfTeams(t *testing.T) {
	play(t, func(t *testing.T, st *stage, srv *xmpptest.Server) {
		juliet, romeo := open(t, srv, "juliet", "own"), open(t, srv, "romeo", "own")
		st.boxes.gets(telephony.TeamBox("pbx."+xmpptest.Domain, st.org.Teams.List()[0].ID), 2)
		juliet.hears(`<voicemail new='0' old='0'><team name='Kitchen' new='2' old='0'/></voicemail>`)
		romeo.Silent()
	})
}

// who is chosen to hear of callers of a team does, and takes one.
func TestCallersOfATeamAreShownAndPickedUp(t *testing.T) {
	play(t, func(t *testing.T, st *stage, srv *xmpptest.Server) {
		kitchen := st.org.Teams.List()[0]
		in := kitchen.Input()
		in.Notify = directory.NotifyNonMembers
		if _, err := st.org.Teams.Update(t.Context(), operator, kitchen.ID, kitchen.Revision, in); err != nil {
			t.Fatal(err)
		}
		romeo := open(t, srv, "romeo", "own")
		st.does("kitchen calls 500")
		romeo.hears(`<pickups><caller call='…' team='` + kitchen.ID + `' team-name='Kitchen' extension='500' name='Nurse' number='13' since='…'/></pickups>`)
		id := st.calls.Calls()[0].ID
		romeo.does("pickup call='"+id+"' from='500'", "bad-request")
		romeo.does("pickup call='"+id+"' device='"+st.device("desk").ID+"'", "<call xmlns='urn:plenum:app:0' id='…'/>")
		synctest.Wait()
		st.does("desk answers")
		romeo.hears(`<pickups/>…<call id='` + id + `' answered='…'><party user='nurse@example.org' doing='talking'/><party user='romeo@example.org' doing='talking' own='true'/></call>`)
	})
}

// Changes that come together are one event, of which the last state is seen; what is as before is not told.
func TestEventsAreFew(t *testing.T) {
	play(t, func(t *testing.T, st *stage, srv *xmpptest.Server) {
		romeo := open(t, srv, "romeo", "own")
		for i := range 50 {
			st.boxes.gets(user("romeo"), i)
		}
		romeo.Expect(`<message type='headline'><event xmlns='urn:plenum:app:0' n='1'><voicemail new='49' old='0'/></event></message>`)
		st.boxes.gets(user("romeo"), 49)
		st.boxes.gets(user("juliet"), 7)
		romeo.Silent()
	})
}

func TestLimits(t *testing.T) {
	play(t, func(t *testing.T, _ *stage, srv *xmpptest.Server) {
		romeo := open(t, srv, "romeo", "own")
		for range apps.SnapshotsPerMinute - 1 {
			romeo.asksFor("get", `<snapshot xmlns='urn:plenum:app:0'/>`, `<snapshot xmlns='urn:plenum:app:0'>…</snapshot>`)
		}
		romeo.asksFor("get", `<snapshot xmlns='urn:plenum:app:0'/>`, "resource-constraint")
		for range apps.CommandsPerMinute {
			romeo.does("hangup", "item-not-found")
		}
		romeo.does("hangup", "resource-constraint")
		time.Sleep(time.Minute)
		romeo.does("hangup", "item-not-found")
		romeo.asksFor("get", `<snapshot xmlns='urn:plenum:app:0'/>`, `<snapshot xmlns='urn:plenum:app:0'>…</snapshot>`)
	})
}

// Sessions that end are told nothing, and nothing of them is left.
func TestSubscriptionEndsWithTheSession(t *testing.T) {
	play(t, func(t *testing.T, st *stage, srv *xmpptest.Server) {
		romeo := open(t, srv, "romeo", "own")
		st.boxes.gets(user("romeo"), 1)
		romeo.Close()
		time.Sleep(time.Minute)
		if n := st.apps.Subscribers(); n != 0 {
			t.Errorf("%d are told of changes", n)
		}
	})
}
