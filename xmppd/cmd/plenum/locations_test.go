package main

import (
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"plenum/components/directory"
	"plenum/sipbridge/siptest"
	"plenum/xmppd/jid"
	"plenum/xmppd/xmpptest"
)

// at the telephone of a location Juliet logs in by code; it rings for her then, and calls as she.
func TestATelephoneOfALocation(t *testing.T) {
	p, server := withPhones(t)
	romeo := newExtensionPhone(t, p, server, "romeo", "Romeo", "10")
	ctx, operator := t.Context(), jid.JID{}
	juliet, err := p.accounts.CreateUser(ctx, operator, directory.UserInput{
		Login: "juliet", DisplayName: "Juliet", Extension: "12", Auth: directory.AuthNone, CallWaiting: true, Voicemail: directory.VoicemailNone, PIN: new("4711"),
	})
	if err != nil {
		t.Fatal(err)
	}
	hall, err := p.org.Objects.Create(ctx, operator, directory.Locations, directory.ObjectInput{Name: "Hall"})
	if err != nil {
		t.Fatal(err)
	}
	device, err := p.org.Objects.CreateDevice(ctx, operator, directory.DeviceInput{Device: directory.PhoneDevice, Name: "Hall", Location: hall.ID})
	if err != nil {
		t.Fatal(err)
	}
	secret, err := p.org.Objects.NewSecret(ctx, operator, device.ID)
	if err != nil {
		t.Fatal(err)
	}
	phone := &extensionPhone{siptest.New(t, loopback(t), server, device.SIPUser, secret, "localhost"), t, juliet.JID, loopback(t)}
	if res := phone.Register(time.Hour); res.StatusCode != 200 {
		t.Fatalf("the telephone registers: %s", res.StartLine())
	}
	refused := phone.Dial("10", phone.sdp(1, "sendrecv"))
	refused.Hears("403 INVITE") // it is nobody's
	refused.Ack(nil)

	code := phone.Dial("*4412#4711", phone.sdp(1, "sendrecv"))
	code.Hears("200 INVITE")
	code.Ack(nil)
	for late := time.Now().Add(xmpptest.Timeout); ; time.Sleep(10 * time.Millisecond) {
		if seat, ok := p.org.Seats.At(juliet.JID); ok && seat.Location == hall.ID {
			break
		}
		if time.Now().After(late) {
			t.Fatal("Juliet is not logged in")
		}
	}
	code.Bye()

	made := romeo.Dial("12", romeo.sdp(1, "sendrecv"))
	rung := phone.Rung()
	if from := rung.Invite.From(); from.Address.User != "10" {
		t.Errorf("the hall is called by %s", from.Value())
	}
	rung.Say(180, nil)
	made.Hears("180 INVITE")
	rung.Say(603, nil)
	phone.Request(sip.ACK)
	made.Hears("603 INVITE")
	made.Ack(nil)

	made = phone.Dial("10", phone.sdp(1, "sendrecv"))
	rung = romeo.Rung()
	if from := rung.Invite.From(); from.Address.User != "12" || from.DisplayName != "Juliet" {
		t.Errorf("Romeo is called by %s", from.Value())
	}
	rung.Say(603, nil)
	romeo.Request(sip.ACK)
	made.Hears("603 INVITE")
	made.Ack(nil)
}
