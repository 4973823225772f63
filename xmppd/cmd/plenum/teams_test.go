package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"

	"plenum/components/directory"
	"plenum/components/telephony"
	"plenum/components/telephony/voicemail"
	"plenum/sipbridge/events"
	"plenum/xmppd/fault"
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

// who waits for a team shows by the lamps and in the messages of those whom the team has chosen, who take him with *8 and its
// extension.
func TestACallerOfATeamIsPickedUpByTelephone(t *testing.T) {
	p, server := withPhones(t)
	romeo := newExtensionPhone(t, p, server, "romeo", "Romeo", "10")
	juliet := newExtensionPhone(t, p, server, "juliet", "Juliet", "12")
	nurse := newExtensionPhone(t, p, server, "nurse", "Nurse", "13")
	group, err := p.org.Permissions.Create(t.Context(), jid.JID{}, directory.PermissionInput{Name: "House", Types: []directory.PermissionType{directory.PickupGroup}})
	if err != nil {
		t.Fatal(err)
	}
	in := directory.DefaultTeam()
	in.Name, in.Extension, in.Notify, in.PickupGroup = "House", "500", directory.NotifyNonMembers, group.ID
	in.Members = []directory.TeamMember{{User: juliet.user}}
	team, err := p.org.Teams.Create(t.Context(), jid.JID{}, in)
	if err != nil {
		t.Fatal(err)
	}
	assign := func(kind directory.Kind, id string) {
		t.Helper()
		if err := p.org.Permissions.Assign(t.Context(), jid.JID{}, group.ID, kind, []string{id}, nil); err != nil {
			t.Fatal(err)
		}
	}
	assign(directory.Teams, team.ID)
	assign(directory.Users, nurse.user.String())

	made := romeo.Dial("500", romeo.sdp(1, "sendrecv"))
	made.Hears("200 INVITE")
	made.Ack(nil)
	rung := juliet.Rung()
	rung.Say(180, nil)
	waits := p.telephony.Pickups(nurse.user)
	if len(waits) != 1 || waits[0].Number != "10" || waits[0].Name != "Romeo" || len(p.telephony.Pickups(romeo.user)) != 0 {
		t.Fatalf("the nurse hears of %+v, Romeo of %+v", waits, p.telephony.Pickups(romeo.user))
	}
	message := string(pickupMessage(p.cfg.numbersDomain(), telephony.PickupCode, nurse.user, waits[0]).Raw())
	for _, part := range []string{`type='headline'`, `from='500@pbx.`, "<body>Romeo (10) waits for House. Dial *8500 to take the call.</body>", nsPickup, `call='` + waits[0].Call} {
		if !strings.Contains(strings.ReplaceAll(message, `"`, `'`), part) {
			t.Errorf("%s is not in %s", part, message)
		}
	}
	lamp := func(who *extensionPhone, want string) {
		t.Helper()
		list, err := lamps{p}.Dialogs(events.Phone{Owner: who.user}, "500")
		got := fmt.Sprint(len(list))
		if err != nil {
			got = fault.KindOf(err).String()
		} else if len(list) > 0 {
			got = fmt.Sprint(list[0].State, " ", list[0].Number)
		}
		if got != want {
			t.Errorf("the lamp shows %s, not %s", got, want)
		}
	}
	lamp(juliet, "early 10")
	lamp(nurse, "early 10")
	lamp(romeo, "early ") // a colleague sees that somebody waits
	taken := nurse.Dial("*8500", nurse.sdp(1, "sendrecv"))
	answer := taken.Hears("200 INVITE").Body()
	taken.Ack(nil)
	rung.Reply(juliet.Request(sip.CANCEL), 200, nil)
	nurse.says(0x33, answer, 1)
	romeo.hears("the nurse", steady(0x33))
	lamp(juliet, "0")
	if left := p.telephony.Pickups(nurse.user); len(left) != 0 {
		t.Errorf("the nurse still hears of %+v", left)
	}
	made.Bye()
}

// B9: callers whom nobody takes leave a message for the team; it is in the box of its members, and of who watches it.
func TestTheVoicemailOfATeam(t *testing.T) {
	p, server := withPhones(t)
	romeo := newExtensionPhone(t, p, server, "romeo", "Romeo", "10")
	juliet := newExtensionPhone(t, p, server, "juliet", "Juliet", "12")
	in := directory.DefaultTeam()
	in.Name, in.Extension, in.AfterTarget = "House", "500", directory.ForwardToBox
	in.Members = []directory.TeamMember{{User: juliet.user, Dynamic: true}}
	team, err := p.org.Teams.Create(t.Context(), jid.JID{}, in)
	if err != nil {
		t.Fatal(err)
	}
	box := telephony.TeamBox(p.cfg.numbersDomain(), team.ID)
	if err := p.voicemail.SetSettings(t.Context(), juliet.user, voicemail.Settings{Monitored: box}); err != nil {
		t.Fatal(err)
	}
	made := romeo.Dial("500", romeo.sdp(1, "sendrecv"))
	made.Hears("200 INVITE")
	made.Ack(nil)
	romeo.hears("the greeting", lively)
	made.Bye()
	owner, counts, err := lamps{p}.Messages(events.Phone{Owner: juliet.user}, "12")
	if err != nil || owner != box || counts.New != 0 || counts.Account != ownMailbox {
		t.Errorf("the lamp of who watches it shows %+v of %s, %v", counts, owner, err)
	}
	if who, ok := (boxOwners{p.org, p.cfg.numbersDomain()}).AtExtension("500"); !ok || who.JID != box || who.Name != "House" || !who.Team {
		t.Errorf("the box at 500 is %+v", who)
	}
	if err := p.org.Teams.Delete(t.Context(), jid.JID{}, team.ID); err != nil {
		t.Fatal(err)
	}
	p.boxes.Wait()
	if owner, _, err := (lamps{p}).Messages(events.Phone{Owner: juliet.user}, "12"); err != nil || owner != juliet.user {
		t.Errorf("without the team the lamp is of %s, %v", owner, err)
	}
}
