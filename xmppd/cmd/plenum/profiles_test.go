package main

import (
	"testing"

	"github.com/emiago/sipgo/sip"

	"plenum/components/directory"
)

// through the whole server, DND stops the telephone that rings, and Available lets it ring again.
func TestProfileSilencesTelephones(t *testing.T) {
	p, server := withPhones(t)
	romeo := newExtensionPhone(t, p, server, "romeo", "Romeo", "10")
	juliet := newExtensionPhone(t, p, server, "juliet", "Juliet", "12")
	choose := func(profile string) {
		t.Helper()
		if _, err := p.profileEngine.Choose(t.Context(), juliet.user, juliet.user, profile); err != nil {
			t.Fatal(err)
		}
	}

	made := romeo.Dial("12", romeo.sdp(1, "sendrecv"))
	taken := juliet.Rung()
	taken.Say(180, nil)
	made.Hears("180 INVITE")
	choose(directory.DNDID)
	taken.Reply(juliet.Request(sip.CANCEL), 200, nil)
	taken.Say(487, nil)
	juliet.Request(sip.ACK)
	made.Hears("480 INVITE")
	made.Ack(nil)

	choose(directory.AvailableID)
	romeo.Dial("12", romeo.sdp(2, "sendrecv"))
	again := juliet.Rung()
	if again.Invite.CallID().Value() == taken.Invite.CallID().Value() {
		t.Error("the call of before rings again")
	}
	again.Say(486, nil)
	juliet.Request(sip.ACK)
}
