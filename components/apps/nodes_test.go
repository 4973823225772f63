package apps_test

import (
	"testing"
	"testing/synctest"
	"time"

	"plenum/components/directory"
	"plenum/xmppd"
	"plenum/xmppd/cluster"
	"plenum/xmppd/xmpptest"
)

// playTwo runs a test on two servers that are one. Telephones register at a alone.
func playTwo(t *testing.T, fn func(t *testing.T, st *stage, a, b *xmpptest.Server)) {
	synctest.Test(t, func(t *testing.T) {
		stages := map[cluster.NodeID]*stage{}
		a, b := xmpptest.Two(t, func(s *xmppd.Server) {
			stages[s.Node().ID] = registerAt(t, s, s.Node().ID == "b")
		})
		time.Sleep(3 * time.Second) // they have found each other
		synctest.Wait()
		fn(t, stages["a"], a, b)
	})
}

// an app at one node sees and controls the calls of another, by the same rules; those of a node that dies are over.
func TestAppsControlCallsOfAnotherNode(t *testing.T) {
	playTwo(t, func(t *testing.T, st *stage, a, b *xmpptest.Server) {
		juliet, romeo, nurse := open(t, b, "juliet", "all"), open(t, b, "romeo", "own"), open(t, b, "nurse", "own")
		atA := open(t, a, "romeo/a", "own")
		desk, kitchen := st.device("desk"), st.device("kitchen")
		romeo.vars = romeo.asksFor("get", `<snapshot xmlns='urn:plenum:app:0'/>`, `<snapshot xmlns='urn:plenum:app:0' n='0'>…<devices outgoing='auto'>…<device id='`+desk.ID+`' online='true'>…</device>…</devices>…</snapshot>`)

		// dialled at b, where no telephone is
		name := romeo.does("dial number='13'", `<call xmlns='urn:plenum:app:0' id='$id'/>`)["id"]
		id, call := "call='"+name+"'", "<call id='"+name+"'"
		synctest.Wait()
		st.does("desk rings")
		romeo.hears(call + `><party doing='ringing' own='true'/></call>`)
		romeo.does("answer "+id, "")
		synctest.Wait()
		st.does("kitchen rings")
		seen := juliet.hears(call + ` dialled='13'><party leg='$romeo' doing='calling' user='romeo@example.org' device='` + desk.ID + `'/><party leg='$nurse' doing='ringing' device='` + kitchen.ID + `'/></call>`)
		atA.hears(call + `><party doing='calling' own='true'/><party doing='ringing'/></call>`)
		nurse.does("answer "+id, "")
		nurse.hears(call + `><party doing='talking'/><party doing='talking' own='true'/></call>`)
		nurse.does("hold "+id, "")
		juliet.hears(call + `><party/><party holds='true'/></call>`)
		nurse.does("resume "+id, "")
		juliet.hears(call + `><party doing='talking'/><party doing='talking'/></call>`)

		// what may not be done is refused at b, what cannot be at a
		nurse.does("hold "+id+" leg='"+seen["romeo"]+"'", "forbidden")
		nurse.does("transfer "+id+" to='99'", "item-not-found")
		nurse.does("answer "+id, "not-acceptable")
		nurse.does("hangup call='nonsense'", "item-not-found")
		juliet.does("hold "+id, "bad-request")

		// moved to Juliet, who picks another up meanwhile
		juliet.does("transfer "+id+" leg='"+seen["nurse"]+"' to='12'", "")
		synctest.Wait()
		st.does("balustrade rings")
		juliet.hears(call + ` dialled='12'><party doing='calling'/><party doing='ringing' own='true'/></call>`)
		nurse.hears(call + ` over='true'/>…<entry direction='in' result='transfer'/>`)
		nurse.does("pickup from='12'", `<call xmlns='urn:plenum:app:0' id='$id'/>`)
		synctest.Wait()
		st.does("kitchen answers")
		nurse.hears(`<call><party doing='talking' user='romeo@example.org'/><party doing='talking' own='true'/></call>`)
		juliet.does("hangup "+id, "")
		romeo.hears(call + ` over='true'/>`)

		// the journal, what was seen, and the device of outgoing calls
		romeo.does("outgoing device='"+desk.ID+"'", "")
		atA.hears(`<devices outgoing='` + desk.ID + `'>…</devices>`)
		st.does("desk vanishes")
		time.Sleep(time.Second)
		romeo.does("dial number='13' device='"+desk.ID+"'", "recipient-unavailable")

		// a node that dies
		st.does("desk appears")
		synctest.Wait()
		st.does("desk calls 12")
		synctest.Wait()
		st.does("balustrade rings")
		dying := juliet.hears(`<call id='$id' dialled='12'>…</call>`)
		a.Kill()
		juliet.hears(`<call id='` + dying["id"] + `' over='true'/>`)
		juliet.does("hangup call='"+dying["id"]+"'", "item-not-found")
		romeo.does("dial number='12'", "recipient-unavailable")
	})
}

// who waits for a team at the node with the telephones, and what its members do there, is seen at another.
func TestTeamsOfAnotherNode(t *testing.T) {
	playTwo(t, func(t *testing.T, st *stage, a, b *xmpptest.Server) {
		kitchen := st.org.Teams.List()[0]
		in := kitchen.Input()
		in.Notify = directory.NotifyNonMembers
		if _, err := st.org.Teams.Update(t.Context(), operator, kitchen.ID, kitchen.Revision, in); err != nil {
			t.Fatal(err)
		}
		juliet, romeo := open(t, b, "juliet", "all"), open(t, b, "romeo", "own")
		juliet.asksFor("get", `<snapshot xmlns='urn:plenum:app:0' scope='all'/>`, `<snapshot xmlns='urn:plenum:app:0' n='0'>…<teams>…<team id='`+kitchen.ID+`'>…<member jid='juliet@example.org' doing='free'/>…</team></teams>…</snapshot>`)
		st.does("kitchen calls 500")
		synctest.Wait()
		st.does("balustrade rings")
		seen := juliet.hears(`<team id='` + kitchen.ID + `'>…<member jid='juliet@example.org' doing='ringing'/>…<caller call='$id' number='13'><rings jid='juliet@example.org'/></caller></team>`)
		romeo.hears(`<pickups><caller call='` + seen["id"] + `' team='` + kitchen.ID + `' number='13'/></pickups>`)
		romeo.does("pickup call='"+seen["id"]+"' device='"+st.device("desk").ID+"'", "<call xmlns='urn:plenum:app:0' id='…'/>")
		synctest.Wait()
		st.does("desk answers")
		romeo.hears(`<pickups/>…<call id='` + seen["id"] + `'><party user='nurse@example.org' doing='talking'/><party doing='talking' own='true'/></call>`)
		juliet.hears(`<team id='` + kitchen.ID + `'>…<member jid='juliet@example.org' doing='free'/>…</team>`)
	})
}
