package main

import (
	"testing"

	"github.com/emiago/sipgo/sip"

	"plenum/components/directory"
	"plenum/xmppd/jid"
)

// a telephone dials a team, hears music, and talks to the member who takes the call; the other's telephone is told so.
func TestATelephoneCallsATeam(t *testing.T) {
	p, server := withPhones(t)
	romeo := newExtensionPhone(t, p, server, "romeo", "Romeo", "10")
	juliet := newExtensionPhone(t, p, server, "juliet", "Juliet", "12")
	nurse := newExtensionPhone(t, p, server, "nurse", "Nurse", "13")
	in := directory.DefaultTeam()
	in.Name, in.Extension = "House", "500"
	in.Members = []directory.TeamMember{{User: juliet.user}, {User: nurse.user, Dynamic: true}}
	team, err := p.org.Teams.Create(t.Context(), jid.JID{}, in)
	if err != nil {
		t.Fatal(err)
	}

	made := romeo.Dial("500", romeo.sdp(1, "sendrecv"))
	made.Hears("200 INVITE")
	made.Ack(nil)
	romeo.hears("music", lively)
	first := juliet.Rung()
	first.Say(180, nil)
	if err := p.org.Teams.LogIn(t.Context(), nurse.user, team.ID, nurse.user, true); err != nil {
		t.Fatal(err)
	}
	second := nurse.Rung() // who has logged in meanwhile is rung too
	second.Say(200, nurse.sdp(1, "sendrecv"))
	nurse.Request(sip.ACK)
	first.Reply(juliet.Request(sip.CANCEL), 200, nil)
	nurse.says(0x33, second.Invite.Body(), 1)
	romeo.hears("the nurse", steady(0x33))
	state, err := p.telephony.TeamState(t.Context(), team.ID)
	if err != nil || len(state.Waiting) != 0 || state.Members[nurse.user].Doing != "talking" || state.Members[nurse.user].Calls != 1 {
		t.Errorf("in the team: %+v, %v", state, err)
	}
	made.Bye()
	second.Reply(nurse.Request(sip.BYE), 200, nil)
}
