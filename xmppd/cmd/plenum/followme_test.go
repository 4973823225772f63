package main

import (
	"fmt"
	"testing"

	"github.com/emiago/sipgo/sip"

	"plenum/components/directory"
	"plenum/components/telephony"
	"plenum/sipbridge/siptest"
	"plenum/xmppd/jid"
)

// through the whole server, a telephone that is switched off for calls from inside does not ring, and is shown as gone.
func TestFollowMeOfATelephone(t *testing.T) {
	p, server := withPhones(t)
	romeo := newExtensionPhone(t, p, server, "romeo", "Romeo", "10")
	juliet := newExtensionPhone(t, p, server, "juliet", "Juliet", "12")
	holder, device := juliet.user.String(), p.org.Objects.DevicesOf(juliet.user)[0].ID
	set := func(on bool) {
		t.Helper()
		timer := directory.Timer{Enabled: on, Timeout: directory.NoTimeout}
		in := directory.FollowMeInput{Internal: timer, External: timer, Queue: timer}
		if _, err := p.org.FollowMe.Set(t.Context(), jid.JID{}, holder, device, directory.AnyRevision, in); err != nil {
			t.Fatal(err)
		}
	}
	shown := func(want telephony.Doing) {
		t.Helper()
		if s := p.telephony.PhoneState(juliet.user); s.Doing != want {
			t.Errorf("Juliet is %s, not %s", s.Doing, want)
		}
	}
	shown(telephony.Free)
	set(false)
	shown(telephony.Gone)
	made := romeo.Dial("12", romeo.sdp(1, "sendrecv"))
	made.Hears("183 INVITE") // he is told that she cannot be reached

	set(true)
	shown(telephony.Free)
	romeo.Dial("12", romeo.sdp(2, "sendrecv"))
	taken := juliet.Rung()
	taken.Say(486, nil)
	juliet.Request(sip.ACK)
}

// what a user is rung at are his own devices and those of his location, with the timers of each.
func TestWaysToAUser(t *testing.T) {
	p := assemble(t, t.TempDir())
	defer closing(t, p)
	ctx, operator := t.Context(), jid.JID{}
	juliet, err := p.accounts.CreateUser(ctx, operator, directory.UserInput{
		Login: "juliet", DisplayName: "Juliet", Extension: "12", Auth: directory.AuthNone, Voicemail: directory.VoicemailNone, Mobile: true, MobileNumber: "+4917612345",
	})
	if err != nil {
		t.Fatal(err)
	}
	hall, err := p.org.Objects.Create(ctx, operator, directory.Locations, directory.ObjectInput{Name: "Hall"})
	if err != nil {
		t.Fatal(err)
	}
	wall, err := p.org.Objects.CreateDevice(ctx, operator, directory.DeviceInput{Device: directory.PhoneDevice, Name: "Wall", Location: hall.ID})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.org.Seats.LogIn(ctx, juliet.JID, juliet.JID, hall.ID); err != nil {
		t.Fatal(err)
	}
	mobile := p.org.Objects.DevicesOf(juliet.JID)[0].ID
	names := map[string]string{"": "clients", mobile: "mobile", wall.ID: "wall"}
	ways := func(class directory.RingClass) (text string) {
		for _, w := range (telephony.Directory{Directory: p.org}).Ways(juliet.JID, class) {
			text += fmt.Sprintf("%s%s %v/%v, ", names[w.Device], w.Number, w.Delay, w.Ring)
		}
		return text
	}
	if got := ways(directory.RingExternal); got != "clients 0s/0s, wall 0s/0s, " {
		t.Errorf("at first she is rung at %s", got)
	}
	in := directory.FollowMeInput{Internal: directory.Timer{Timeout: 5}, External: directory.Timer{Enabled: true, Delay: 10, Timeout: 30}, Queue: directory.Timer{Enabled: true, Timeout: 999}}
	for _, at := range [][2]string{{juliet.JID.String(), mobile}, {hall.ID, wall.ID}} {
		if _, err := p.org.FollowMe.Set(ctx, operator, at[0], at[1], 0, in); err != nil {
			t.Fatal(err)
		}
	}
	for class, want := range map[directory.RingClass]string{
		directory.RingInternal: "clients 0s/0s, ", directory.RingExternal: "mobile+4917612345 10s/30s, clients 0s/0s, wall 10s/30s, ",
		directory.RingQueue: "mobile+4917612345 0s/0s, clients 0s/0s, wall 0s/0s, ",
	} {
		if got := ways(class); got != want {
			t.Errorf("for calls of the class %s she is rung at %s, want %s", class, got, want)
		}
	}
	in.GSM = true
	if _, err := p.org.FollowMe.Set(ctx, operator, juliet.JID.String(), mobile, directory.AnyRevision, in); err != nil {
		t.Fatal(err)
	}
	for class, want := range map[directory.RingClass]string{directory.RingInternal: "0s/5s", directory.RingExternal: "0s/30s", directory.RingQueue: "0s/0s"} {
		if got := ways(class); got != "mobile+4917612345 "+want+", " {
			t.Errorf("in GSM mode, for calls of the class %s she is rung at %s", class, got)
		}
	}
}

// a mobile telephone is called at the provider, and has the call when 1 is pressed there.
func TestAMobileTelephoneOverATrunk(t *testing.T) {
	p, server := withPhones(t)
	p.startSIP()
	romeo := newExtensionPhone(t, p, server, "romeo", "Romeo", "10")
	ctx, operator := t.Context(), jid.JID{}
	juliet, err := p.accounts.CreateUser(ctx, operator, directory.UserInput{
		Login: "juliet", DisplayName: "Juliet", Extension: "12", Auth: directory.AuthNone, Voicemail: directory.VoicemailNone, Mobile: true, MobileNumber: "+4917612345",
	})
	if err != nil {
		t.Fatal(err)
	}
	socket := loopback(t)
	provider := &extensionPhone{siptest.New(t, socket, server, "provider", "", "127.0.0.1"), t, jid.MustParse("provider@localhost"), loopback(t)}
	_, err = p.org.Trunks.Create(ctx, operator, directory.TrunkInput{
		Name: "Telco", Enabled: true, Kind: directory.AddressTrunk, Country: "+49", Area: "211", National: "0", Prefix: "0",
		Accounts: []directory.TrunkAccount{{Title: "Main", Host: "127.0.0.1", Port: int(addressOf(socket).Port()), Transport: directory.TransportUDP}},
	}, &directory.NumberBlock{Base: "+49 211 12345", Digits: 2, Central: "10"})
	if err != nil {
		t.Fatal(err)
	}
	timer := directory.Timer{Enabled: true, Timeout: directory.NoTimeout}
	in := directory.FollowMeInput{Internal: timer, External: timer, Queue: timer}
	if _, err := p.org.FollowMe.Set(ctx, operator, juliet.JID.String(), p.org.Objects.DevicesOf(juliet.JID)[0].ID, 0, in); err != nil {
		t.Fatal(err)
	}
	made := romeo.Dial("12", romeo.sdp(1, "sendrecv"))
	taken := provider.Rung()
	if to := taken.Invite.Recipient.User; to != "+4917612345" {
		t.Errorf("the provider is to call %s", to)
	}
	taken.Say(180, nil)
	made.Hears("180 INVITE")
	taken.Say(200, provider.sdp(1, "sendrecv"))
	provider.Request(sip.ACK)
	provider.hears("the question", lively)
	taken.Do(sip.INFO, []byte("Signal=1\r\nDuration=160\r\n"), sip.NewHeader("Content-Type", "application/dtmf-relay"))
	taken.Hears("200 INFO")
	answer := made.Hears("200 INVITE").Body()
	made.Ack(nil)
	romeo.says(0x22, answer, 1)
	provider.hears("Romeo", steady(0x22))
	made.Bye()
	taken.Reply(provider.Request(sip.BYE), 200, nil)
}

// What rings of somebody stops when he is disabled or deleted, and the caller is told that he cannot be reached.
func TestWhatRingsOfADeletedUserStops(t *testing.T) {
	p, server := withPhones(t)
	romeo := newExtensionPhone(t, p, server, "romeo", "Romeo", "10")
	for i, away := range []func(user jid.JID) error{
		func(user jid.JID) error { return p.org.Accounts.Disable(t.Context(), user) },
		func(user jid.JID) error { return p.org.Accounts.Trash(t.Context(), jid.JID{}, user) },
		func(user jid.JID) error { return p.org.Accounts.Delete(t.Context(), user) },
	} {
		number := fmt.Sprint(20 + i)
		juliet := newExtensionPhone(t, p, server, "juliet"+number, "Juliet", number)
		made := romeo.Dial(number, romeo.sdp(1+i, "sendrecv"))
		rung := juliet.Rung()
		rung.Say(180, nil)
		made.Hears("180 INVITE")
		if err := away(juliet.user); err != nil {
			t.Fatal(err)
		}
		rung.Reply(juliet.Request(sip.CANCEL), 200, nil)
		rung.Say(487, nil)
		juliet.Request(sip.ACK)
		made.Hears("480 INVITE")
		made.Ack(nil)
	}
}
